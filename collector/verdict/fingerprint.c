#include "fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../report/frame.h"
#include "../report/sitekey.h"

#define FRAMES_TOLD 4	/* as findings are grouped: what lies beyond is of the first of a group only */

uint64_t hash_line(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return (hash ^ '\n') * 0x100000001b3;
}

static struct fingerprint make(const char *rule, const char *place)
{
	const uint64_t hash = hash_line(hash_line(HASH_BEGIN, rule), place);
	struct fingerprint print;

	snprintf(print.hex, sizeof(print.hex), "%016" PRIx64, hash);
	return print;
}

static bool same_module(const struct symbol_frame *a, const struct symbol_frame *b)
{
	return a->module && b->module ? !strcmp(a->module, b->module) : a->module == b->module;
}

static size_t frames_told(enum rule_id rule, const struct symbol_frame *frame, size_t count)
{
	size_t told = 0, most = count < FRAMES_TOLD ? count : FRAMES_TOLD;

	if (rule_table[rule].severity != SEVERITY_NOTE)
		return most;
	while (told < most && same_module(&frame[told], &frame[0]))
		told++;
	return told;
}

static void put_place(struct text *place, const struct finding *finding, struct symbols *symbols)
{
	const uint32_t stack = finding->about.stack;
	size_t count = 0, told;
	const struct symbol_frame *frame = stack ? symbols_stack(symbols, stack, &count, NULL) : NULL;
	const struct symbol_frame *caller = stack ? symbols_caller(symbols, stack) : NULL;

	if (!count) {
		sitekey_module(place, finding->exe);
		return;
	}
	told = frames_told(finding->rule, frame, count);
	sitekey_stack(place, frame, told);
	if (caller && caller < frame + told && !caller->function && caller->module)
		text_printf(place, "\n+0x%" PRIx64, caller->offset);
}

struct fingerprint fingerprint_finding(const struct finding *finding, struct symbols *symbols, struct text *place)
{
	struct text own = { 0 };
	struct fingerprint print;

	put_place(&own, finding, symbols);
	print = make(rule_table[finding->rule].name, text_read(&own));
	if (place)
		text_put(place, text_read(&own));
	text_free(&own);
	return print;
}

struct fingerprint fingerprint_name(const char *name)
{
	return make(name, "");
}
