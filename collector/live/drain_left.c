/*
 * drain_left.c - calls that began and have not returned, and perhaps never will.
 */
#include "drain_state.h"

static void take_unfinished(struct drain *drain, uint32_t index, bool release)
{
	struct gather *left = &drain->left;

	if (!drain_take_record(drain, index, left, release))
		return;
	left->entry[left->count - 1].unfinished = true;
	left->entry[left->count - 1].end_ns = 0;
}

static bool belongs(const struct drain *drain, uint32_t index, int32_t pid, uint64_t before)
{
	uint64_t word = drain_word(drain, index);

	return (word & STATE_MASK) != SLOT_FREE && word >> STATE_BITS < before &&
	       *(const volatile int32_t *)&drain->slots[index].pid == pid;
}

/* What is gone hands out no more positions, so its slots are among those worth a look. */
struct drain_batch drain_abandon(struct drain *drain, int32_t pid, uint64_t before)
{
	static const struct chain no_chain = { .count = 0 };

	drain->left.count = 0;
	drain->left.used = 0;
	drain_watch_new(drain);
	for (uint32_t i = 0; (i = drain_watched_from(drain, i)) < drain->slot_count; i++)
		if (belongs(drain, i, pid, before) && (drain_word(drain, i) & STATE_MASK) == SLOT_BEGUN)
			take_unfinished(drain, i, true);
	/* what remains was never published: a record that was being written, and parts without a head */
	for (uint32_t i = 0; (i = drain_watched_from(drain, i)) < drain->slot_count; i++)
		if (belongs(drain, i, pid, before) && (drain_word(drain, i) & STATE_MASK) != SLOT_READY)
			drain_free_chain(drain, i, &no_chain);
	drain_announce_freed(drain);
	return drain_in_order(&drain->left);
}

struct drain_batch drain_give_up(struct drain *drain, uint64_t position)
{
	uint32_t index = (uint32_t)(position & (drain->slot_count - 1));

	drain->left.count = 0;
	drain->left.used = 0;
	if (drain_word(drain, index) == (position << STATE_BITS | SLOT_BEGUN))
		take_unfinished(drain, index, true);
	drain_announce_freed(drain);
	return drain_in_order(&drain->left);
}

struct drain_batch drain_peek(struct drain *drain, uint64_t position)
{
	uint32_t index = (uint32_t)(position & (drain->slot_count - 1));
	uint64_t begun = position << STATE_BITS | SLOT_BEGUN;

	drain->left.count = 0;
	drain->left.used = 0;
	if (drain_word(drain, index) == begun)
		take_unfinished(drain, index, false);
	/* the writer changes the text, and its length, before the state */
	atomic_thread_fence(memory_order_acquire);
	if (drain_word(drain, index) != begun)
		drain->left.count = 0;
	return (struct drain_batch){ drain->left.entry, drain->left.count, drain->left.text };
}

struct drain_batch drain_under_way(struct drain *drain)
{
	drain->left.count = 0;
	drain->left.used = 0;
	drain_watch_new(drain);
	for (uint32_t i = 0; (i = drain_watched_from(drain, i)) < drain->slot_count; i++)
		if ((drain_word(drain, i) & STATE_MASK) == SLOT_BEGUN)
			take_unfinished(drain, i, false);
	return drain_in_order(&drain->left);
}
