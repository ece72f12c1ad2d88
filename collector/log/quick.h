/*
 * quick.h - the quickest way through a line: a call exactly as the shim spells it.
 */
#ifndef PAGETRAIL_QUICK_H
#define PAGETRAIL_QUICK_H

#include <stdbool.h>
#include <stddef.h>

#include "parser.h"

/*
 * quick_call - read a call whose fields stand in the shim's order, without a space between them
 * @parser: has room for the texts of the line
 * @record: zeroed
 *
 * Judges nothing: what it takes, the other ways through a line take too and read alike.
 * Return: false for every other line; the record is then half filled.
 */
bool quick_call(struct parser *parser, const char *line, size_t length, struct record *record);

#endif
