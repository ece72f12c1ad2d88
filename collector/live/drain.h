/*
 * drain.h - from the slots of the ring (preload/abi/ring.h) to whole records, in the order in which they ended.
 *
 * The only code that frees slots.  Everything read from the ring is copied before it is judged, and nothing in it is
 * believed: a hostile ring costs records, never memory safety or an endless loop.
 */
#ifndef PAGETRAIL_LIVE_DRAIN_H
#define PAGETRAIL_LIVE_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../preload/abi/ring.h"

struct drain;

/* One record.  Its text (for SLOT_STACK its words) is batch.text + text, @length bytes, copied from all its slots. */
struct drain_entry {
	uint64_t begin_ns;	/* of a call; 0: not told */
	uint64_t end_ns;	/* when it ended; 0 for an unfinished call */
	uint64_t position;	/* grows with the time of reservation */
	size_t text;
	uint32_t length;
	int32_t pid;		/* as the slot says: not verified */
	uint8_t kind;		/* enum slot_kind, never SLOT_PART */
	bool unfinished;	/* a call that began and never returned */
};

/* Valid until the next call of the function that returned it. */
struct drain_batch {
	const struct drain_entry *entry;
	size_t count;
	const char *text;
};

/*
 * drain_new - begin to read a ring
 * @ring: mapped and filled; its geometry is copied now and never read again
 * @slots, @slot_count: the slots and how many they are (a power of two)
 */
struct drain *drain_new(struct ring *ring, struct ring_slot *slots, uint32_t slot_count);
void drain_free(struct drain *drain);

/*
 * drain_collect - take every record that is complete and ended by @now_ns; free their slots and wake waiting writers
 * @now_ns: ns since the session's start, read before the call
 *
 * The batch is closed under "happened before": a record in it that saw the effect of another one (same thread, or
 * through any synchronisation) never comes without it. Modules come first, then stacks, then everything else by end
 * time.
 */
struct drain_batch drain_collect(struct drain *drain, uint64_t now_ns);

/* A call that had begun when a pass ended and was not in its batch. */
struct drain_pending {
	uint64_t begin_ns, position;
	int32_t pid;
};

/*
 * drain_pending - those of the last drain_collect(), valid until the next
 * @count: receives how many
 *
 * They are all that can have come before a record of the batch: a call that was not seen to have begun took effect after
 * everything in it.
 */
const struct drain_pending *drain_pending(const struct drain *drain, size_t *count);

/*
 * drain_release - free the slot of a SLOT_CHECK record, which drain_collect() took but left, and wake its writer
 * @position: the entry's
 */
void drain_release(struct drain *drain, uint64_t position);

/*
 * drain_abandon - give up the slots of a process image that is gone (dead, or replaced by exec)
 * @before: only positions below this one; UINT64_MAX: all
 *
 * Return: its calls that began and never returned, in the order in which they began. Call it after a drain_collect()
 * that began after the image was gone, else finished calls could be taken for unfinished ones.
 */
struct drain_batch drain_abandon(struct drain *drain, int32_t pid, uint64_t before);

/*
 * drain_give_up - the same for one call under way, which its thread will not come back to
 * @position: as drain_under_way() told it
 */
struct drain_batch drain_give_up(struct drain *drain, uint64_t position);

/*
 * drain_peek - what one pending call has said so far, its slot left alone
 *
 * Return: nothing if it has ended meanwhile, or is being completed.
 */
struct drain_batch drain_peek(struct drain *drain, uint64_t position);

/*
 * drain_under_way - the calls under way now, of any process, slots left alone: for the end of a session
 */
struct drain_batch drain_under_way(struct drain *drain);

/*
 * drain_rescan - look at every slot again, not only at those expected to change
 *
 * Finds what a tail hid that was written over. Cheap, to be called some times a second.
 */
void drain_rescan(struct drain *drain);

/*
 * drain_handed_out - positions handed out so far, as far as is known
 */
uint64_t drain_handed_out(const struct drain *drain);

/*
 * drain_damaged - records dropped because their slots made no sense
 */
uint64_t drain_damaged(const struct drain *drain);

#endif
