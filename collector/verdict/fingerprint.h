/*
 * fingerprint.h - a name for a finding that another run, machine or build of the program gives it too.
 *
 * Of a finding it is made of the rule and of the place that findings are grouped by: the four innermost functions of
 * the stack, of rules whose severity is a note those of the innermost module, as sitekey.h writes them, without
 * addresses and lines.  Where the program's own frame has no symbol, its offset in the module tells one place from the
 * other: such a fingerprint is that of one build.  A finding without a stack has the program's name instead.
 */
#ifndef PAGETRAIL_FINGERPRINT_H
#define PAGETRAIL_FINGERPRINT_H

#include "../audit/audit.h"
#include "../report/text.h"
#include "../sym/symbols.h"

struct fingerprint {
	char hex[17];	/* 16 digits */
};

/*
 * fingerprint_finding - of a finding
 * @place: receives the lines it is made of, after the rule; may be NULL
 */
struct fingerprint fingerprint_finding(const struct finding *finding, struct symbols *symbols, struct text *place);

/*
 * fingerprint_name - of an expectation or a budget: of its id
 */
struct fingerprint fingerprint_name(const char *name);

/*
 * hash_line - FNV-1a of a line, 64 bits: the same on every machine
 * @hash: of the lines before, HASH_BEGIN for none
 */
#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)
uint64_t hash_line(uint64_t hash, const char *text);

#endif
