/*
 * replay.h - a log replayed: every recorded result against what the model allows.  Pure.
 *
 * replay_apply() is world_apply() with possible_ask() before it.  An answer that rests on pages of which the log does
 * not tell the state for certain (unsure.h) is not counted as a finding, also where that turns out later: a race is
 * named when its second call is there, and a look shows that there was doubt.  Nor is one that rests on pages, or on a sum,
 * that a call which overlaps it in time may have changed.  So what was found is final only at the end.
 */
#ifndef PAGETRAIL_REPLAY_H
#define PAGETRAIL_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "possible.h"
#include "world.h"

#define REPLAY_KEPT 1000 /* findings kept whole; others are counted */

/* A result that the kernel cannot have given. */
struct replay_finding {
	struct record record;	/* a call; its strings and arrays are gone */
	struct impossible found;
	uint64_t space;		/* space_id() */
};

struct replay_counts {
	uint64_t calls, judged;	/* all; those that returned */
	uint64_t open;		/* judged impossible, and the state was not certain */
	uint64_t more;		/* impossible, beyond REPLAY_KEPT */
};

struct replay;

/*
 * replay_new - @world stays the caller's and is changed by replay_apply() only
 */
struct replay *replay_new(struct world *world);
void replay_free(struct replay *replay);

/*
 * replay_let_leave - processes that have ended leave the world: world_let_leave()
 */
void replay_let_leave(struct replay *replay, left_fn *left, void *arg);

void replay_apply(struct replay *replay, const struct record *record);

/*
 * replay_end - no more records come
 */
void replay_end(struct replay *replay);

/*
 * replay_found - what was found, in the order of the log; valid until the next replay_apply()
 */
const struct replay_finding *replay_found(const struct replay *replay, size_t *count);

struct replay_counts replay_counts(const struct replay *replay);

#endif
