/*
 * chars.h - strings that may hold any byte, made fit for formats that cannot.
 */
#ifndef PAGETRAIL_CHARS_H
#define PAGETRAIL_CHARS_H

#include <stdbool.h>

#include "../report/text.h"

/*
 * chars_clean - add a string with U+FFFD in the place of each byte that is not UTF-8 and each character that XML 1.0
 * does not have (section 2.2): control characters but tab, newline and return; U+FFFE, U+FFFF
 */
void chars_clean(struct text *text, const char *string);

/*
 * chars_xml - add a string, cleaned, as XML text
 * @attribute: it stands in an attribute: quotes, newlines and tabs are escaped, too
 */
void chars_xml(struct text *text, const char *string, bool attribute);

/*
 * chars_command - add a string, cleaned, to a workflow command of GitHub Actions: percent, return and newline escaped
 * @property: also colon and comma, as in what stands before "::"
 */
void chars_command(struct text *text, const char *string, bool property);

#endif
