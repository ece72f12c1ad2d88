/*
 * pagestate.h - what a page is at the end of its story, or what lies near where nothing is mapped.
 */
#ifndef PAGETRAIL_PAGESTATE_H
#define PAGETRAIL_PAGESTATE_H

#include "../vm/world.h"
#include "held.h"
#include "jout.h"
#include "view.h"
#include "who.h"

struct pagestate {
	const struct process *process;
	uint64_t page, page_bytes;
	uint64_t told;		/* records that spoke of the page; 0: it was never mapped */
	uint64_t doubt;		/* the last call about it that never returned, 0: none */
	const struct held *held;
	struct who *who;	/* the records behind the locks that hold it */
};

/*
 * pagestate_print - "now: rw- private anon, NOT locked  (mapped #3, ...)"
 *
 * And the other locks that hold it; where nothing is mapped, the VMAs on both sides.
 */
void pagestate_print(const struct view *view, const struct pagestate *state);

/*
 * pagestate_json - "now": the range that the page lies in, with what holds this page, or null and "nearest": [...]
 */
void pagestate_json(struct jout *json, const struct pagestate *state);

#endif
