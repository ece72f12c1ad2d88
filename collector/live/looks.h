/*
 * looks.h - snapshots of pages in doubt: taken now, put into the log where they belong.
 *
 * A listing is true for the time of its reading only; calls that ended before may still be in the ring, and others may
 * change pages while it is read.  So a look is taken at the end of one pass and enters the order in the next, by the time
 * of its reading (window.c), without the pages that calls can have changed meanwhile.  Those stay in doubt.
 */
#ifndef PAGETRAIL_LIVE_LOOKS_H
#define PAGETRAIL_LIVE_LOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "processes.h"
#include "../vm/ranges.h"
#include "session.h"
#include "snapshot.h"

/* A listing that was read. */
struct look {
	int32_t pid;
	uint64_t begin_ns, end_ns;
	struct ranges wanted; /* the pages in doubt then */
	struct line smaps;
	bool has_vmlck; /* VmLck, the same before and after the reading */
	uint64_t vmlck_bytes;
};

struct looks {
	struct look **taken; /* by end time; not yet in the order */
	size_t count, room;
	struct snapshot *ready; /* made by others, to be put into the log next */
	size_t readies, ready_room;
};

void looks_free(struct looks *looks);

/*
 * looks_wanted - the model wants to see [from, to) of a process
 */
void looks_wanted(struct traced *traced, uint64_t from, uint64_t to);

/*
 * looks_take - read what is wanted and due; a process that is gone, or may not be looked at, is left out
 */
void looks_take(struct looks *looks, const struct processes *processes, const struct session *session);

/*
 * looks_take_of - the same for one process, due or not
 */
void looks_take_of(struct looks *looks, struct traced *traced, const struct session *session);

/*
 * looks_put - a snapshot that was taken otherwise and can go into the log as it is: what it shows has not changed since,
 * and all that came before is there
 */
void looks_put(struct looks *looks, struct snapshot snapshot);

/*
 * looks_ready - the next of those, its parts the caller's to free
 *
 * Return: one without parts if there is none.
 */
struct snapshot looks_ready(struct looks *looks);

/*
 * looks_next - the next that was taken, out of the list, the caller's to look_free(); NULL: none
 */
struct look *looks_next(struct looks *looks);
void look_free(struct look *look);

#endif
