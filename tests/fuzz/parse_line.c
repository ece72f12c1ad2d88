/* parse_line.c - any bytes as a line of a log: the quick ways through it say what jansson says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/collector/records.h"

#include "../../collector/log/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct parser *parser, *other;
	struct err err = { "" }, why = { "" };
	struct record record, reference;
	int fast, slow;

	if (!parser) {
		parser = parser_new();
		other = parser_new();
	}
	fast = parse_line(parser, (const char *)data, size, &record, &err);
	slow = parse_line_reference(other, (const char *)data, size, &reference, &why);
	if (fast == slow && !strcmp(err.text, why.text) && (fast || same_record(&record, &reference)))
		return 0;
	fprintf(stderr, "%.*s\nours:    %d %s\njansson: %d %s\n", (int)size, (const char *)data, fast, err.text, slow,
		why.text);
	abort();
}
