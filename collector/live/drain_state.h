/*
 * drain_state.h - the drain (drain.h) and what its parts do for each other.  Private to drain*.c.
 *
 *	drain.c		a pass: which slots are looked at, and when a batch is closed
 *	drain_slots.c	slots are watched, held for a writer that waits, and freed
 *	drain_gather.c	records are copied out of their slots, and put in order
 *	drain_left.c	calls that began and have not returned
 */
#ifndef PAGETRAIL_LIVE_DRAIN_STATE_H
#define PAGETRAIL_LIVE_DRAIN_STATE_H

#include "drain.h"

#define STATE_BITS 3
#define STATE_MASK 7u

/* Records copied out of the ring. */
struct gather {
	struct drain_entry *entry;
	size_t count, room;
	char *text;
	size_t used, text_room;
};

struct drain {
	struct ring *ring;
	struct ring_slot *slots;
	uint32_t slot_count;
	uint64_t next;		/* first position not yet known to be handed out */
	uint64_t *watch;	/* one bit a slot */
	uint64_t *held;		/* one bit a slot: taken, its writer waits until drain_release() */
	struct gather ready, left;
	struct drain_pending *pending;	/* of the last round */
	size_t pending_count, pending_room;
	uint64_t damaged;
	uint32_t freed;		/* slots freed and not yet announced */
};

/* The slots of one record besides its head. */
struct chain {
	uint32_t index[SLOT_CHAIN_MAX];
	uint32_t count;
	bool sound;
};

static inline uint64_t drain_word(const struct drain *drain, uint32_t index)
{
	/* acquire: pairs with the writer's release when it published the slot */
	return atomic_load_explicit(&drain->slots[index].state, memory_order_acquire);
}

static inline bool drain_is_held(const struct drain *drain, uint32_t index)
{
	return drain->held[index / 64] >> index % 64 & 1;
}

/* The first slot from @index on that is worth a look, slot_count: none. */
static inline uint32_t drain_watched_from(const struct drain *drain, uint32_t index)
{
	for (uint64_t left; index < drain->slot_count; index = (index | 63) + 1) {
		left = drain->watch[index / 64] >> index % 64;
		if (left)
			return index + (uint32_t)__builtin_ctzll(left);
	}
	return drain->slot_count;
}

/* ---- drain.c ---- */

/*
 * drain_watch_new - from now on every slot is worth a look whose position has been handed out since the last time
 */
void drain_watch_new(struct drain *drain);

/* ---- drain_slots.c ---- */

/*
 * drain_later_position_known - was the slot given out again after @position
 *
 * Before its first use it holds a position that is none of its own.
 */
bool drain_later_position_known(const struct drain *drain, uint32_t index, uint64_t position);

/*
 * drain_watch_slot, drain_ignore_slot - is the slot worth a look
 */
void drain_watch_slot(struct drain *drain, uint32_t index);
void drain_ignore_slot(struct drain *drain, uint32_t index);

/*
 * drain_free_chain - give back the slots of a record
 */
void drain_free_chain(struct drain *drain, uint32_t head, const struct chain *chain);

/*
 * drain_hold_head - the same, but for the head: its writer waits for that until drain_release()
 */
void drain_hold_head(struct drain *drain, uint32_t head, const struct chain *chain);

/*
 * drain_drop_damaged - the same, for slots that make no sense
 */
void drain_drop_damaged(struct drain *drain, uint32_t head, const struct chain *chain);

/*
 * drain_announce_freed - wake writers that wait for free slots
 */
void drain_announce_freed(struct drain *drain);

/* ---- drain_gather.c ---- */

/*
 * drain_take_record - copy the record that begins in this slot
 * @release: free its slots, but for the head of one that waits
 *
 * Return: false: it was damaged.
 */
bool drain_take_record(struct drain *drain, uint32_t index, struct gather *gather, bool release);

/*
 * drain_in_order - what was gathered: modules, stacks, then everything else by end
 */
struct drain_batch drain_in_order(const struct gather *gather);

#endif
