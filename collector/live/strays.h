/*
 * strays.h - calls under way whose thread will not come back to them: it jumped out of a signal handler past them, or
 * was cancelled in them.  Their slots would stay taken until the process ends, and enough of them would stop every
 * writer.
 */
#ifndef PAGETRAIL_LIVE_STRAYS_H
#define PAGETRAIL_LIVE_STRAYS_H

#include <stddef.h>
#include <stdint.h>

#include "drain.h"

/* Handlers that interrupt each other inside recorded calls, at most: a thread with more under way has left some. */
#define STRAYS_NESTED_MAX 64

/*
 * strays_find - which of the calls under way are given up
 * @batch: all of them, by position
 * @old: positions below this one have been under way for a while
 * @ring_path: what a process maps that is really one of ours, whatever its pid means in its own namespace
 * @position: receives the positions, room for batch->count
 *
 * Return: how many.
 */
size_t strays_find(const struct drain_batch *batch, uint64_t old, const char *ring_path, uint64_t *position);

#endif
