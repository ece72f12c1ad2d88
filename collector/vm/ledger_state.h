/*
 * ledger_state.h - the ledger (ledger.h) and what its parts do for each other.  Private to ledger*.c.
 *
 *	ledger.c		what a record's changes and a lock call that worked make of it
 *	ledger_request.c	requests: made of a record, found again, given back
 *	ledger_end.c		how pages stop being held
 *	ledger_remap.c		mremap: requests go along with their pages
 */
#ifndef PAGETRAIL_LEDGER_STATE_H
#define PAGETRAIL_LEDGER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"

struct ledger {
	struct pieces pieces;			/* value: struct lock_request */
	struct lock_request *oldest, *newest;
	struct arena requests;
	struct lock_request *current;		/* of the record being applied; NULL: none yet */
	uint64_t future;			/* seq of the mlockall in force for new mappings */
	ledger_ended *ended;
	void *arg;
};

/* Pieces kept while the ledger changes. */
struct copying {
	struct piece *part;
	size_t count, room;
};

/*
 * ledger_copy_part - a pieces_visit
 * @arg: struct copying, which gets one more
 */
bool ledger_copy_part(void *arg, const struct piece *piece);

enum call_effect ledger_effect(const struct record *record);
bool ledger_is_call(const struct record *record, enum call_effect effect);

/*
 * ledger_failed - a call that failed, or has not returned
 */
bool ledger_failed(const struct record *record);

/*
 * ledger_is_onfault - does the lock call ask for lock-on-fault
 */
bool ledger_is_onfault(const struct record *record);

/*
 * ledger_request_new - the newest request; it holds nothing yet
 * @after: the mapping that came to be locked, NULL: a lock call asked
 */
struct lock_request *ledger_request_new(struct ledger *ledger, const struct record *record, const struct vma *after);
void ledger_request_free(struct ledger *ledger, struct lock_request *request);

/*
 * ledger_hold - the request holds these pages, besides whoever holds them already
 */
void ledger_hold(struct ledger *ledger, struct lock_request *request, uint64_t start, uint64_t end);

/*
 * ledger_end_all - nobody holds these pages any more, and is told so
 */
void ledger_end_all(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end,
		    enum lock_end how);

/*
 * ledger_end_full - the same, but for requests that asked for no more than lock-on-fault: those have not lost anything
 */
void ledger_end_full(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end);

/*
 * ledger_forget - the pages have moved, and their requests with them: nobody is told
 */
void ledger_forget(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end);

/*
 * ledger_remap - a change made by mremap
 */
void ledger_remap(struct ledger *ledger, const struct record *record, const struct delta *delta);

#endif
