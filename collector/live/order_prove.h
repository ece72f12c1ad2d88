/*
 * order_prove.h - what the results of calls that overlap prove about their order.  Pure.
 *
 * The kernel gives out an address only while it is free, changes only pages that are mapped, and refuses for the want of one;
 * with the pages known before, that leaves few of the orders that time allows.  Where it leaves several that end differently,
 * nothing is chosen: that is a race.
 */
#ifndef PAGETRAIL_LIVE_ORDER_PROVE_H
#define PAGETRAIL_LIVE_ORDER_PROVE_H

#include <stddef.h>
#include <stdint.h>

#include "order_page.h"
#include "../vm/ranges.h"

struct prove_call {
	uint64_t begin_ns, end_ns;
	const struct touches *touches;
};

/* Two calls, by index: @first came first. */
struct prove_pair {
	uint32_t first, second;
};

/* Pages on which the order of two calls, @first having ended first, cannot be told; one call twice: what it did. */
struct prove_race {
	uint32_t first, second;
	uint64_t start, end;
};

struct proof {
	struct prove_pair *before;
	size_t befores, before_room;
	struct prove_race *race;
	size_t races, race_room;
};

void proof_free(struct proof *proof);

/*
 * prove - replace *@proof by what is known of the order of some calls of one address space
 * @call: by end
 * @overlap, @overlaps: those of them that overlap in time and conflict (touches_conflict()), first < second
 * @space: the pages before the first of them; NULL: nothing is known
 * @doubt: of these not even that
 *
 * Calls that overlap and are in no race and no pair may be taken in any order that time allows.
 */
void prove(struct proof *proof, const struct prove_call *call, size_t calls, const struct prove_pair *overlap,
	   size_t overlaps, const struct space *space, const struct ranges *doubt);

#endif
