/* parse_policy.c - any bytes as a policy and as a baseline: read or refused with a message. */
#include <stdlib.h>
#include <string.h>

#include "../../collector/verdict/baseline.h"
#include "../../collector/verdict/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_told(int code, const struct err *err)
{
	if (code && (code > 0 || strncmp(err->text, "FILE", 4)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct baseline baseline = { 0 };
	struct policy policy;
	struct err err = { "" };

	is_told(policy_parse((const char *)data, size, "FILE", &policy, &err), &err);
	policy_free(&policy);
	err.text[0] = '\0';
	is_told(baseline_parse((const char *)data, size, "FILE", &baseline, &err), &err);
	baseline_free(&baseline);
	return 0;
}
