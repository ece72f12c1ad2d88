/*
 * pagestate.h - what a page is at the end of its story, or what lies near where nothing is mapped.
 */
#ifndef PAGETRAIL_PAGESTATE_H
#define PAGETRAIL_PAGESTATE_H

#include "../vm/space.h"
#include "jout.h"
#include "view.h"

struct pagestate {
	uint64_t page, page_bytes;
	uint64_t told;		/* records that spoke of the page; 0: it was never mapped */
	uint64_t doubt;		/* the last call about it that never returned, 0: none */
};

/*
 * pagestate_print - "now: rw- private anon, NOT locked  (mapped #3, ...)"
 *
 * Where nothing is mapped, the VMAs on both sides as well.
 */
void pagestate_print(const struct view *view, const struct space *space, const struct pagestate *state);

/*
 * pagestate_json - "now": the range that holds the page, or null and "nearest": [...]
 */
void pagestate_json(struct jout *json, const struct space *space, const struct pagestate *state);

#endif
