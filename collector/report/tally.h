/*
 * tally.h - counts of calls: by call, and by call and place in the program.
 */
#ifndef PAGETRAIL_TALLY_H
#define PAGETRAIL_TALLY_H

#include "../vm/coverage.h"
#include "../sym/symbols.h"
#include "../vm/space.h"
#include "view.h"

struct tally;

/* What one call changed, summed over its deltas. */
struct tally_change {
	uint64_t page_bytes;
	uint64_t pages;
	bool replaced;
};

struct tally *tally_new(void);
void tally_free(struct tally *tally);

/*
 * tally_change_add - count a delta, if more than history differs
 */
void tally_change_add(struct tally_change *change, const struct delta *delta);

/*
 * tally_add - count a call
 * @change: what it changed, and whether it is an execve that worked although it never returned
 * @caller: the place; NULL: not known
 */
void tally_add(struct tally *tally, const struct record *record, const struct tally_change *change,
	       const struct symbol_frame *caller);

/*
 * tally_text, tally_json - print both tables, most calls first; @top: places to show, 0 for all; @coverage: what was
 * seen
 */
void tally_text(const struct view *view, struct tally *tally, size_t top);
void tally_json(const struct view *view, struct tally *tally, size_t top, const struct coverage *coverage);

#endif
