/*
 * looks.h - snapshots the model asked for: taken now, put into the log where they belong.
 *
 * A listing shows the state at the moment of reading; calls that ended before may still be in the ring.  So a look is
 * taken at the end of one pass and enters the order in the next, among the records by its own end time.
 */
#ifndef PAGETRAIL_LIVE_LOOKS_H
#define PAGETRAIL_LIVE_LOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "processes.h"
#include "session.h"
#include "snapshot.h"

struct looks {
	struct snapshot *taken;	/* by end time */
	size_t count, room;
	struct line smaps;	/* kept for its memory */
};

void looks_free(struct looks *looks);

/*
 * looks_wanted - the model wants to see [from, to) of a process
 */
void looks_wanted(struct traced *traced, uint64_t from, uint64_t to);

/*
 * looks_take - read those that are wanted and due; a process that is gone, or may not be looked at, is left out
 */
void looks_take(struct looks *looks, const struct processes *processes, const struct session *session);

/*
 * looks_put - add one that was taken otherwise, later than all before it
 */
void looks_put(struct looks *looks, struct snapshot snapshot);

/*
 * looks_next - the oldest snapshot taken at or before @until_ns, out of the list; its parts are the caller's to free
 *
 * Return: one without parts if there is none.
 */
struct snapshot looks_next(struct looks *looks, uint64_t until_ns);

#endif
