/*
 * parse.h - one line of a log -> struct record.
 *
 * Calls, the bulk of every log, go through a strict scanner of flat JSON objects; what is nested, escaped, not ASCII or
 * not JSON at all goes through jansson, so that one place judges what is well-formed.
 * Untrusted input: no line may crash it, hang it, or make it read or allocate beyond the line's own size.
 */
#ifndef PAGETRAIL_PARSE_H
#define PAGETRAIL_PARSE_H

#include <stddef.h>

#include "../util/err.h"
#include "../vm/record.h"

struct parser;

struct parser *parser_new(void);
void parser_free(struct parser *parser);

/*
 * parse_line - parse one line, without its newline
 * @line: @length bytes, not changed, not NUL-terminated
 * @record: receives the record; its strings live until the next call
 *
 * Unknown fields are ignored, unknown types become RECORD_OTHER, an unknown call name RECORD_OTHER too.
 * Return: 0, or -EINVAL with a message naming the field, what it held and what was expected.
 */
int parse_line(struct parser *parser, const char *line, size_t length, struct record *record, struct err *err);

/*
 * parse_line_reference - the same by jansson alone: slower, the oracle the scanner is tested against
 */
int parse_line_reference(struct parser *parser, const char *line, size_t length, struct record *record,
			 struct err *err);

#endif
