/*
 * ledger.h - who asked for the locks of one address space, and what became of each request.  Pure.
 *
 * The kernel keeps one lock bit per page: locks do not nest, one munlock ends all requests for its pages.  Programs
 * think in requests.  The ledger keeps every request that is outstanding with the pages it still holds; a page may have
 * several.  It is told of every change of a page that has or gets a lock, and tells of every request that ends, page
 * range by page range.  Memory is bounded by the requests outstanding; the same call again from the same place for the
 * same bytes is one request with a count.
 */
#ifndef PAGETRAIL_LEDGER_H
#define PAGETRAIL_LEDGER_H

#include "pieces.h"
#include "space.h"

struct ledger;

enum lock_how {
	LOCK_HOW_CALL,		/* mlock, mlock2 */
	LOCK_HOW_ALL,		/* mlockall(MCL_CURRENT) */
	LOCK_HOW_FUTURE,	/* made while mlockall(MCL_FUTURE) was in force */
	LOCK_HOW_MAP,		/* mmap(MAP_LOCKED) */
	LOCK_HOW_SECRET,	/* mapping of memfd_secret */
	LOCK_HOW_OTHER,		/* a call that gave its pages a lock in another way: remap_file_pages */
	LOCK_HOW_LISTED,	/* a snapshot showed the lock: the call was not seen */
	LOCK_HOW_COUNT
};

enum lock_end {
	LOCK_END_UNLOCK,	/* munlock */
	LOCK_END_UNLOCKALL,
	LOCK_END_UNMAP,		/* munmap, or a failed MAP_FIXED that left a hole */
	LOCK_END_REPLACED,	/* MAP_FIXED, SHM_REMAP, remap_file_pages, or an mremap to these pages */
	LOCK_END_REMAP,		/* mremap: the tail it cut off, or what MREMAP_DONTUNMAP unlocked */
	LOCK_END_DETACH,	/* shmdt */
	LOCK_END_BREAK,		/* brk, sbrk: the heap shrank */
	LOCK_END_ONFAULT,	/* a full lock became a lock-on-fault by a later request */
	LOCK_END_LISTED,	/* a snapshot showed that the lock was gone */
	LOCK_END_EXEC,
	LOCK_END_EXIT,
	LOCK_END_COUNT
};

/* Valid as long as it holds a page, and during the callback that tells of its end. */
struct lock_request {
	uint64_t seq, t_ns;
	int32_t pid, tid;
	uint32_t stack;
	enum call_id call;	/* CALL_COUNT: LOCK_HOW_LISTED */
	enum lock_how how;
	uint64_t because;	/* LOCK_HOW_FUTURE: seq of the mlockall, 0: not seen */
	uint64_t addr, bytes;	/* as asked; bytes UINT64_MAX: the whole address space */
	bool onfault;
	bool failed;		/* the call failed and left the lock all the same */
	bool moved;		/* some of its pages have gone elsewhere by mremap, and it with them */
	uint64_t count, last_seq;	/* asked so often, most recently by that record */
	uint64_t pages;		/* it came to hold, moved ones counted once */
	uint64_t held;		/* pages it still holds */
	struct lock_request *older, *newer;	/* the ledger's own */
};

/* A request ended on [start, end). */
struct lock_release {
	const struct lock_request *request;	/* held: what is left after this */
	uint64_t start, end;
	enum lock_end how;
	const struct record *record;		/* the call, or whatever else ended it */
};
typedef void ledger_ended(void *arg, const struct lock_release *release);

/*
 * ledger_new - no request
 * @ended: called for each run of pages on which a request ends, after it has; may be NULL
 */
struct ledger *ledger_new(ledger_ended *ended, void *arg);
void ledger_free(struct ledger *ledger);

/*
 * ledger_change - a run of pages changes; call for each delta of each record while it is being applied
 */
void ledger_change(struct ledger *ledger, const struct record *record, const struct delta *delta);

/*
 * ledger_settle - the record has been applied
 * @space: as it is now
 *
 * A lock of pages that had one changes no page and is a request all the same.
 */
void ledger_settle(struct ledger *ledger, const struct record *record, const struct space *space);

/*
 * ledger_close - end every request
 */
void ledger_close(struct ledger *ledger, const struct record *record, enum lock_end how);

/*
 * ledger_requests - the outstanding request made first; the next is request->newer
 */
const struct lock_request *ledger_requests(const struct ledger *ledger);

/*
 * ledger_each - every run of pages in [start, end) and the request that holds it
 * @fn: piece->value is the const struct lock_request *; pieces may overlap, as may requests
 */
void ledger_each(const struct ledger *ledger, uint64_t start, uint64_t end, pieces_visit *fn, void *arg);

/*
 * ledger_is_changed_by - may this delta concern a ledger: a cheap test before ledger_change()
 */
static inline bool ledger_is_changed_by(const struct delta *delta)
{
	return (delta->before && delta->before->lock) || (delta->after && delta->after->lock);
}

/*
 * lock_how_name, lock_end_name - in reports and in JSON: "mlockall", "munlock"
 */
const char *lock_how_name(enum lock_how how);
const char *lock_end_name(enum lock_end how);

#endif
