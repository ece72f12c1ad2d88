/*
 * overlap.h - calls that overlap one in time, as far as a result rests on what they did.  Pure; for replay.c.
 *
 * Of calls that overlap, the log has the order that the recorder chose.  It asks what they leave behind: of two that leave
 * the same in either order it does not tell which came first, although the result of one may depend on it.
 */
#ifndef PAGETRAIL_OVERLAP_H
#define PAGETRAIL_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "possible.h"
#include "record.h"
#include "touch.h"

/* So many calls that overlap one are told apart. */
#define LATEST 64

/* What a call may have changed. */
struct reach {
	struct span span[TOUCH_MAX];
	uint8_t spans;
	bool sums;	/* and what is counted or ruled of the whole address space */
};

/* The calls applied last. */
struct latest {
	struct latest_call {
		uint64_t space;		/* space_id() */
		uint64_t end_ns;
		struct reach reach;
	} call[LATEST];
	size_t count;			/* of all; the last is call[(count - 1) % LATEST] */
};

/*
 * overlap_reach - of a call, whether it worked or not
 */
struct reach overlap_reach(const struct record *record);

/*
 * overlap_bears_on - would what was found be another if a call that reaches so far had come on its other side
 */
bool overlap_bears_on(const struct reach *reach, const struct impossible *found);

void overlap_remember(struct latest *latest, const struct record *record, uint64_t space);

/*
 * overlap_latest - does what was found about @record rest on what one of the latest calls did at the same time
 *
 * Return: true as well if more overlap it than are remembered.
 */
bool overlap_latest(const struct latest *latest, const struct record *record, uint64_t space,
		    const struct impossible *found);

#endif
