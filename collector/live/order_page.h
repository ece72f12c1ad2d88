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

/* More calls at once are not told apart: the orders they can have had are too many. */
#define ORDER_CALLS_MAX 10

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

/* Every state after every set of calls that can have come first. */
struct page_orders {
	struct page_call call[ORDER_CALLS_MAX]; /* by end */
	unsigned count;
	struct page_node {
		struct page page;
		bool lives; /* some order goes through here and on to the end */
	} (*node)[ORDER_STATES_MAX];
	uint8_t *nodes; /* of each set */
	bool overflow;	/* some set has more states than there is room for */
};

void page_orders_init(struct page_orders *orders);
void page_orders_free(struct page_orders *orders);

/*
 * page_orders_run - ->call and ->count are set: find all orders
 * @from, @count: the states the page can have had before; at most ORDER_STATES_MAX
 *
 * Return: false if no order gives the results there were, or there are too many states.
 */
bool page_orders_run(struct page_orders *orders, const struct page *from, size_t count);

/*
 * page_orders_can - can call @first have come before call @second
 */
bool page_orders_can(const struct page_orders *orders, unsigned first, unsigned second);

/*
 * page_orders_differ - with both calls over, can the page have been in different states
 */
bool page_orders_differ(const struct page_orders *orders, unsigned a, unsigned b);

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
struct page_met page_orders_met(const struct page_orders *orders, unsigned call);

#endif
