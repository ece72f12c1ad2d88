/*
 * order_page.h - what a few calls, made in every order there can have been, make of one page.  Pure.
 *
 * The calls are known by what they needed and did (order_touch.h); a state of the page that a call could not have met rules
 * the order out that led to it.
 */
#ifndef PAGETRAIL_LIVE_ORDER_PAGE_H
#define PAGETRAIL_LIVE_ORDER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "order_touch.h"

/*
 * More calls at the same time are not told apart: the orders they can have had are too many. How many follow one another
 * while one of them goes on is another matter: a thread that is put to sleep in munmap may miss a thousand of another's.
 */
#define ORDER_CALLS_MAX 10

/* Sets of calls that can have come first; with three at work all the time it is four for each call. */
#define ORDER_SETS_MAX 16384

/* Different states after the same calls; more are taken for anything. */
#define ORDER_STATES_MAX 8

enum page_mapped { PAGE_UNMAPPED, PAGE_MAPPED, PAGE_UNKNOWN };

/* Codes beside the kernel's own for what is not known: PAGE_AS_IT_WAS for what nobody has touched yet. */
#define PAGE_AS_IT_WAS 0x80

struct page {
	uint64_t object; /* 0: unmapped; 1: what was there before, memory of its own; 2: another object; else touch->object */
	uint64_t rule;	 /* the last call that changed one; the one the page was made or protected under */
	uint64_t under;
	uint16_t advice;
	uint8_t mapped; /* enum page_mapped */
	uint8_t prot, lock, sealed;
	uint8_t future;
};

/*
 * page_known, page_unknown - a page as the model has it, NULL: unmapped; a page in doubt
 */
struct page page_known(const struct vma *vma);
struct page page_unknown(void);

/*
 * page_apply - what a touch makes of the page
 * @reached: of a touch that need not have reached every page, did it reach this one
 *
 * Return: false if the call cannot have met such a page.
 */
bool page_apply(struct page *page, const struct touch *touch, bool reached);

/*
 * page_same - the same state, whatever the rules for what comes later
 */
bool page_same(const struct page *a, const struct page *b);

/* One call as far as this page goes. */
struct page_call {
	uint64_t begin_ns, end_ns;
	struct touch touch[TOUCHES_MAX];
	uint8_t touches;
};

struct page_node {
	struct page page;
	bool lives; /* some order goes through here and on to the end */
};

/* Calls that can have come before all others, and what the page can be then. */
struct page_set {
	uint32_t below;			 /* all calls up to here, this one not, */
	uint32_t extra[ORDER_CALLS_MAX]; /* and these behind it, ascending; */
	uint32_t extras;
	uint32_t next;			 /* 1 + index of the next in its bucket, 0: none */
	uint32_t nodes;
	struct page_node node[ORDER_STATES_MAX];
	bool lives, split; /* some node does; some do, and are not the same */
};

/* When a call can have come. */
struct page_time {
	uint32_t first; /* so many had ended when it began, */
	uint32_t last;	/* and the first that began when it had ended */
};

/* With all calls below one gone, these can come next, or have come. */
struct page_due {
	uint32_t call[ORDER_CALLS_MAX];
	uint32_t count;
};

#define ORDER_BUCKETS 1024

/* Every state after every set of calls that can have come first. */
struct page_orders {
	struct page_call *call; /* by end */
	struct page_time *time; /* of each */
	struct page_due *due;	/* by what is gone */
	size_t count, room;
	struct page_set *set;	/* by size */
	size_t sets, set_room;
	uint32_t *of_size;	/* the first set of so many calls */
	size_t sizes;
	size_t split_end;	/* behind the last that is split */
	uint32_t bucket[ORDER_BUCKETS];
	bool overflow;		/* more sets, or states of one, than there may be */
};

/*
 * page_orders_size - make room for @count calls, to be set by the caller; orders start as { 0 }
 */
void page_orders_size(struct page_orders *orders, size_t count);
void page_orders_free(struct page_orders *orders);

/*
 * page_orders_run - ->call is set: find all orders
 * @from, @count: the states the page can have had before; at most ORDER_STATES_MAX
 *
 * ->time is set in any case.
 * Return: false if no order gives the results there were, or there are too many orders or states.
 */
bool page_orders_run(struct page_orders *orders, const struct page *from, size_t count);

/*
 * page_orders_can - can call @first have come before call @second
 */
bool page_orders_can(const struct page_orders *orders, size_t first, size_t second);

/*
 * page_orders_differ - with both calls over, can the page have been in different states
 */
bool page_orders_differ(const struct page_orders *orders, size_t a, size_t b);

/*
 * page_orders_end - the states in the end, at most ORDER_STATES_MAX
 */
size_t page_orders_end(const struct page_orders *orders, struct page *end);

/* What a call can have met. */
struct page_met {
	bool mapped, free, untouchable; /* untouchable: mapped, and mlock(2) may not be able to fault it in */
};

/*
 * page_orders_met - what @call can have met here
 */
struct page_met page_orders_met(const struct page_orders *orders, size_t call);

#endif
