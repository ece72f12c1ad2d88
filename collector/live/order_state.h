/*
 * order_state.h - what the order keeps of a round, and what its parts do for each other.  Private to order*.c.
 *
 *	order.c			a round from its beginning to the last item that can come out
 *	order_overlap.c		which items overlap in time
 *	order_wait.c		which of them must wait for others, and which come first for a reason known at once
 *	order_cluster.c		what the results of those that overlap prove
 *	order_race.c		what they leave open
 *	order_meanwhile.c	what else went on during one item
 */
#ifndef PAGETRAIL_LIVE_ORDER_STATE_H
#define PAGETRAIL_LIVE_ORDER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "order.h"

#define NONE SIZE_MAX

/* One process's items, chained. */
struct lane {
	int32_t pid;
	uint64_t round; /* in which it was last used */
	size_t last;	/* item, or NONE */
	uint64_t pending_ns; /* the earliest beginning of a call under way */
	uint64_t begin_ns;   /* the earliest beginning of the items behind the one at hand */
};

/* What the order keeps about an item. */
struct place {
	size_t previous, next; /* of the same process */
	size_t cluster;	       /* the first item of those that overlap, one the next, with this one */
	bool paired;	       /* of the first: some of them conflict, and what is known of that is not yet looked into */
	bool last;	       /* of its cluster */
	bool out;
	bool visiting;
	size_t befores, links; /* 1 + index of the first in the lists below, 0: none */
};

/* @first must come out before the item whose list this is in. */
struct before {
	size_t first, next;
};

struct race {
	size_t first, second;
	uint64_t start, end;
	bool rules, copy, told;
};

/* An item's part in a race. */
struct link {
	size_t race, next;
};

/* One that was given up waiting for others: it came out, and they may still conflict with it. */
struct past {
	struct order_item item;
	struct touches touches;
};

struct order {
	order_pages_fn *pages;
	void *arg;
	struct order_item *item;
	size_t count;
	struct order_pending *pending;
	size_t pendings;
	size_t cut;  /* items from here on wait */
	size_t next; /* the next in order of end */
	size_t last; /* the one that came out last, NONE: none */
	size_t told; /* where order_race() is: 1 + index of the link, */
	size_t past_told; /* then how many of the past */
	uint64_t round;
	struct lane *lane;
	size_t lanes; /* a power of two */
	struct place *place;
	size_t place_room;
	size_t *child; /* items that are children speaking up */
	size_t children, child_room;
	struct prove_pair *pair;
	size_t pairs, pair_room;
	struct before *before;
	size_t befores, before_room;
	struct race *race;
	size_t races, race_room;
	struct link *link;
	size_t links, link_room;
	struct past *past;
	size_t pasts, past_room;
	struct prove_call *call; /* scratch, with the items they are */
	size_t *member;
	uint32_t *number;
	size_t call_room;
	struct proof proof;
};

/*
 * order_lane - what is kept of the items of @pid in this round; a new lane is empty
 */
struct lane *order_lane(const struct order *order, int32_t pid);

/*
 * order_find_overlaps - set ->overlaps of items and calls under way, and the places of the items
 *
 * Return: whether any do.
 */
bool order_find_overlaps(struct order *order);

/*
 * order_made_by - can the call under way have made the child that speaks up
 */
bool order_made_by(const struct order_pending *pending, const struct order_item *item);

/*
 * order_put_before - item @first must come out before item @second
 */
void order_put_before(struct order *order, size_t first, size_t second);

/*
 * order_find_clusters - which of the items that need not wait overlap, one the next
 */
void order_find_clusters(struct order *order);

/*
 * order_prove_cluster - find out in which order the items of a cluster came, before the first of them comes out
 * @cluster: its first item
 */
void order_prove_cluster(struct order *order, size_t cluster);

/*
 * order_put_race - the order of ->first and ->second is not known
 */
void order_put_race(struct order *order, const struct race *race);

/*
 * order_race_rules - do both change what mappings are made with: no page shows it
 */
bool order_race_rules(const struct touches *a, const struct touches *b);

/*
 * order_keep_past - remember the item that came out last, if it was given up waiting for others
 */
void order_keep_past(struct order *order);

/*
 * order_drop_past - forget those that nothing of this round can overlap any more
 */
void order_drop_past(struct order *order);

#endif
