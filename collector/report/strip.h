/*
 * strip.h - pages drawn as characters, one each: ***.....***.....
 *
 * One strip per mapping, whatever its VMAs were split into.
 */
#ifndef PAGETRAIL_STRIP_H
#define PAGETRAIL_STRIP_H

#include "rows.h"

/*
 * strip_print - draw all rows
 * @rows: after rows_cut()
 * @locked: only strips with a locked page
 *
 * A strip of at most 64 pages (32 on a narrow terminal) is one line; a longer one is broken there, each line with its
 * address and the number of pages before it, and lines that only repeat the one before are counted instead of drawn.
 */
void strip_print(const struct view *view, const struct rows *rows, struct who *who, uint64_t page_bytes, bool locked);

/*
 * strip_legend - what the characters mean
 */
void strip_legend(const struct view *view);

/*
 * strip_char - the character of a page
 *
 * '*' locked, 'o' locked on fault; without a lock of its own '!' writable and executable, '+' locked through another
 * mapping or with its segment, 'x' executable, '-' no access, '.' other
 */
char strip_char(const struct row *row);

#endif
