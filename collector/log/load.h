/*
 * load.h - a line through jansson, with all numbers of 64 bits.
 */
#ifndef PAGETRAIL_LOAD_H
#define PAGETRAIL_LOAD_H

#include <stddef.h>

#include <jansson.h>

#include "../util/err.h"

/*
 * load_object - read one line that must be one JSON object
 * @line: @length bytes
 * @object: receives a reference the caller drops
 *
 * A key that occurs twice, bytes that are not UTF-8 and a NUL in a string are refused. jansson has no integers above
 * INT64_MAX; such a number becomes a string of a NUL byte and its digits, which field_of() turns back (no string of the
 * line itself can begin with a NUL). A line of more than 262144 lists and objects is refused before it takes memory.
 * Return: 0, or -EINVAL and a message.
 */
int load_object(const char *line, size_t length, json_t **object, struct err *err);

#endif
