/*
 * scan.h - the fast way through a line: flat JSON objects of plain ASCII, as the shim writes its calls.
 */
#ifndef PAGETRAIL_SCAN_H
#define PAGETRAIL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "fields.h"

/* Bytes that may stand in a string as they are: ASCII without controls, quote and backslash. */
extern const bool scan_plain[256];

/*
 * scan_object - split a flat object into its fields
 * @fields: receives the items; they point into the line
 *
 * Takes exactly the objects that jansson takes too and that are plain: at most FIELDS_MAX fields, integers of 64 bits,
 * strings without escapes or bytes above 0x7f, no array, object or fraction.
 * Return: false for anything else, well-formed or not: then jansson has the word.
 */
bool scan_object(const char *line, size_t length, struct fields *fields);

#endif
