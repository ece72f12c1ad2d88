/*
 * order_touch.h - which pages a call is about, what it needs of them, and what it does to them: all that is asked about
 * calls of several threads when they are put in order.  Pure.
 *
 * A call that works changes all its pages at one moment, while it holds the mmap lock for writing: do_mmap(),
 * do_vmi_munmap(), do_mprotect_pkey(), do_mlock(), madvise_walk_vmas(), mremap(2), dup_mmap().  What mlock(2) and
 * MAP_POPULATE do afterwards, faulting pages in, changes nothing that is asked for here.
 */
#ifndef PAGETRAIL_LIVE_ORDER_TOUCH_H
#define PAGETRAIL_LIVE_ORDER_TOUCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/record.h"
#include "../vm/space.h"

/* What there is to know about a page, one bit each. */
enum fact {
	FACT_MAPPING = 1, /* is there a mapping, and of what */
	FACT_PROT = 2,
	FACT_LOCK = 4,
	FACT_ADVICE = 8,
	FACT_SEAL = 16,
	FACT_RULES = 32, /* not of the page: what mappings are made with (MCL_FUTURE, personality, prctl) */
	FACT_PAGE = 31
};

enum act {
	ACT_NONE,
	ACT_MAKE,    /* a new mapping, whatever was there */
	ACT_REMOVE,  /* no mapping any more */
	ACT_PROTECT, /* these four only where there is a mapping */
	ACT_LOCK,
	ACT_ADVISE,
	ACT_SEAL,
	ACT_FUTURE,  /* the lock of mappings made from now on */
	ACT_RULE,    /* another rule of the process */
	ACT_UNCLEAR  /* afterwards nothing is known */
};

/* What a page must have been for the call to end as it did. */
enum need { NEED_NOTHING, NEED_MAPPED, NEED_FREE };

struct touch {
	uint64_t start, end; /* page-aligned, start < end */
	uint8_t act;	     /* enum act */
	uint8_t need;	     /* enum need, of every page */
	uint8_t somewhere;   /* enum need, of one page at least: what a call that failed complains of */
	uint8_t sees, sets;  /* enum fact */
	bool maybe;	     /* the act need not have reached every page */
	bool faults;	     /* ->somewhere, or it could not fault a page in */
	uint8_t prot, lock;  /* ACT_MAKE, ACT_PROTECT; ACT_MAKE, ACT_LOCK, ACT_FUTURE */
	uint16_t set, clear; /* ACT_ADVISE: enum vma_advice */
	uint64_t object;     /* ACT_MAKE: the same number, the same kind of mapping; ACT_RULE: of the call */
};

#define TOUCHES_MAX 4

struct touches {
	struct touch touch[TOUCHES_MAX];
	uint8_t count;
	bool anywhere; /* under way, and the kernel chooses the address: it may be any that is free */
	bool copies;   /* fork: the child has the pages as they are at one moment */
	bool spreads;  /* what it does to one page depends on others: mremap, and calls that stop half-way */
	bool ends;     /* exec and exit, under way: the address space may go at any moment */
	bool refused;  /* a lock that failed */
	bool limited;  /* and how much else was locked may have been the reason */
};

/*
 * touches_of - for a call that has returned, or is under way (no HAS_RET)
 * @space: what is known of its address space; NULL: nothing
 * @id: a number of the call's own
 */
struct touches touches_of(const struct record_call *call, const struct space *space, uint64_t id);

/*
 * touches_everything - a call that cannot be read, or a record that can mean anything
 */
struct touches touches_everything(void);

/*
 * touch_conflict - do two touches, made in the other order, leave the pages they share otherwise, or could they have ended
 * otherwise
 */
bool touch_conflict(const struct touch *a, const struct touch *b);

/*
 * touches_conflict - the same of two calls
 */
bool touches_conflict(const struct touches *a, const struct touches *b);

/*
 * touches_set - does the call change any page
 */
bool touches_set(const struct touches *touches);

#endif
