/*
 * order.h - the order of what the ring brought: by end, but for calls of one address space that overlap in time on the same
 * pages.  Pure.
 *
 * Whoever ended before another began comes first, so calls of one thread keep their order.  Of calls that overlap, those
 * come first of which the results prove it (order_prove.h).  A call that has begun and not returned may turn out to have
 * come before others that have: those wait for it, and with them all that ended later, but not longer than the caller
 * allows.  What cannot be told is a race, named when the later of the two comes out.
 *
 *	order_begin(order, item, count, pending, pendings);	fill in the touches it asks for, then
 *	order_decide(order, given_up_ns);
 *	while (order_next(order, &index))			deal with item[index], then
 *		while (order_race(order, &race))		with what was left open about it
 *	what order_next() did not give out is given again to the next order_begin()
 */
#ifndef PAGETRAIL_LIVE_ORDER_H
#define PAGETRAIL_LIVE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "order_prove.h"

enum order_kind {
	ORDER_POINT, /* what has an end only */
	ORDER_CALL,
	ORDER_LOOK /* a reading of the kernel's list: of no moment in particular between its beginning and its end */
};

struct order_item {
	uint64_t begin_ns, end_ns, position;
	int32_t pid;
	int32_t parent;	   /* of a child that says it is one: its parent; else 0 */
	int32_t child;	   /* of a call that made one: its child; else 0 */
	uint8_t kind;	   /* enum order_kind */
	bool overlaps;	   /* in time, with another of its process: then ->touches is needed */
	bool forced;	   /* came out although something may have come first */
	uint32_t cargo;	   /* the caller's */
	uint64_t seq;	   /* the caller's, set when it comes out */
	struct touches *touches; /* the caller's; NULL: it has none, or is no call */
};

/* A call under way. */
struct order_pending {
	uint64_t begin_ns, position;
	int32_t pid;		/* 0: it is over, its address space with it */
	bool overlaps;		/* as above */
	bool gone;		/* it will not return */
	struct touches touches; /* filled in by the caller where it overlaps */
};

/* The order of two is not known. */
struct order_race {
	int32_t pid;
	uint64_t first_seq, second_seq; /* as they came out; the same twice: what this one call did */
	uint64_t start, end;
	bool rules;    /* both change what mappings are made with: which is in force from now on */
	bool copy;     /* one of them is a fork: whether its child has these pages as before or after the other */
	int32_t child; /* then */
};

struct order;

/* What the caller knows of a process's pages now: all that came out so far. */
typedef void order_pages_fn(void *arg, int32_t pid, const struct space **space, const struct ranges **doubt);

struct order *order_new(order_pages_fn *pages, void *arg);
void order_free(struct order *order);

/*
 * order_begin - sort the items by end and find those that overlap
 * @item, @pending: used until the last order_next()
 *
 * Return: whether any do.
 */
bool order_begin(struct order *order, struct order_item *item, size_t count, struct order_pending *pending,
		 size_t pendings);

/*
 * order_decide - which can come out now
 * @given_up_ns: what ended before is waited for no longer
 */
void order_decide(struct order *order, uint64_t given_up_ns);

/*
 * order_next - the next item to come out
 *
 * Return: false: the others wait.
 */
bool order_next(struct order *order, size_t *index);

/*
 * order_race - what is not known about the item that came out last, now that its ->seq is set
 *
 * Return: false: nothing more.
 */
bool order_race(struct order *order, struct order_race *race);

/*
 * order_overlapped - did the item overlap in time with one that can change a fact: enum fact
 *
 * Looks at the items of this round and the calls under way.
 */
bool order_overlapped(const struct order *order, size_t index, uint8_t facts);

/*
 * order_moved - the pages that may have changed between the beginning and the end of the item, for a look
 */
void order_moved(const struct order *order, size_t index, struct ranges *moved);

#endif
