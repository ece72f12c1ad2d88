/*
 * restate.h - what the model knows of all processes that are there, as records: the head of a log that continues another.
 */
#ifndef PAGETRAIL_LIVE_RESTATE_H
#define PAGETRAIL_LIVE_RESTATE_H

#include <stddef.h>
#include <stdint.h>

#include "../vm/world.h"
#include "processes.h"

/*
 * restate_fn - one record as journal_prepare() wants it
 * @event: "start" for a process, NULL for a snapshot
 */
typedef void restate_fn(void *arg, enum record_type type, const char *event, const char *text, size_t length);

/*
 * restate - a start record with "carried" for every process that has not ended, in order of appearance, and the
 * snapshots of its VMAs
 * @processes: one that called exit, and whose end is not in the log, has not ended; argv is from there
 * @t_ns: when that is said
 *
 * Applied to an empty world they make the same state, but for its history: what set it, peaks, pages that were revealed.
 */
void restate(const struct world *world, const struct processes *processes, uint64_t t_ns, restate_fn *put, void *arg);

#endif
