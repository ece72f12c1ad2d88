/*
 * settle.h - a process that is about to set a mark, or to end, waits until no page of it is in doubt: what its log says of
 * that moment must be true.  Private to the recorder.
 */
#ifndef PAGETRAIL_LIVE_SETTLE_H
#define PAGETRAIL_LIVE_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

struct settle {
	struct settle_waiting {
		uint64_t position; /* of its slot */
		int32_t pid;
	} *waiting;
	size_t count, room;
};

void settle_free(struct settle *settle);

/*
 * settle_wanted - a SLOT_CHECK record that asks for it was drained
 */
void settle_wanted(struct recorder *recorder, int32_t pid, uint64_t position);

/*
 * settle_run - after a pass: look at the pages of those that wait, then let them go on
 *
 * Where other threads change pages all the time, some may stay in doubt: they are looked at a few times, no longer.
 */
void settle_run(struct recorder *recorder);

#endif
