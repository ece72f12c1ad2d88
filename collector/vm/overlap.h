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

/* So many calls that overlap one are told apart. */
#define LATEST 64

/* The calls applied last. */
struct latest {
	struct latest_call {
		uint64_t space;		/* space_id() */
		struct record record;	/* overlap_bare() */
	} call[LATEST];
	size_t count;			/* of all; the last is call[(count - 1) % LATEST] */
};

/*
 * overlap_bare - a call's record without strings and arrays, which do not outlive it
 */
struct record overlap_bare(const struct record *record);

/*
 * overlap_end_ns - when a call returned, ns since the header's start_ns; of one that did not, when it began
 */
uint64_t overlap_end_ns(const struct record *record);

/*
 * overlap_bears_on - would what was found be another if this call had come on its other side
 */
bool overlap_bears_on(const struct record *record, const struct impossible *found);

void overlap_remember(struct latest *latest, const struct record *record, uint64_t space);

/*
 * overlap_latest - does what was found about @record rest on what one of the latest calls did at the same time
 *
 * Return: true as well if more overlap it than are remembered.
 */
bool overlap_latest(const struct latest *latest, const struct record *record, uint64_t space,
		    const struct impossible *found);

#endif
