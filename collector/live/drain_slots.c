/*
 * drain_slots.c - slots of the ring are watched, held for a writer that waits, and freed: nobody else frees one.
 */
#include "drain_state.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

bool drain_later_position_known(const struct drain *drain, uint32_t index, uint64_t position)
{
	if ((position & (drain->slot_count - 1)) != index)
		return index < drain->next;
	return position + drain->slot_count < drain->next;
}

void drain_watch_slot(struct drain *drain, uint32_t index)
{
	drain->watch[index / 64] |= 1ull << index % 64;
}

void drain_ignore_slot(struct drain *drain, uint32_t index)
{
	drain->watch[index / 64] &= ~(1ull << index % 64);
}

/* ---- freeing ---- */

static void free_slot(struct drain *drain, uint32_t index)
{
	struct ring_slot *slot = &drain->slots[index];
	uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);

	slot->pid = 0;	/* so that a reserved slot names its owner or nobody, never the one before */
	/* release: pairs with the acquire of the writer that reserves it */
	atomic_store_explicit(&slot->state, (word & ~(uint64_t)STATE_MASK) | SLOT_FREE, memory_order_release);
	drain->freed++;
	if (!drain_later_position_known(drain, index, word >> STATE_BITS))
		drain_ignore_slot(drain, index);
}

void drain_free_chain(struct drain *drain, uint32_t head, const struct chain *chain)
{
	for (uint32_t i = 0; i < chain->count; i++)
		free_slot(drain, chain->index[i]);
	free_slot(drain, head);
}

/* The text has been copied; only the head, which the writer watches, stays taken. */
void drain_hold_head(struct drain *drain, uint32_t head, const struct chain *chain)
{
	for (uint32_t i = 0; i < chain->count; i++)
		free_slot(drain, chain->index[i]);
	drain->held[head / 64] |= 1ull << head % 64;
}

void drain_drop_damaged(struct drain *drain, uint32_t index, const struct chain *chain)
{
	drain->damaged++;
	drain_free_chain(drain, index, chain);
}

void drain_announce_freed(struct drain *drain)
{
	if (!drain->freed)
		return;
	/* both sequentially consistent: a writer counts itself in before it looks at freed, we the other way round */
	atomic_fetch_add_explicit(&drain->ring->freed, drain->freed, memory_order_seq_cst);
	drain->freed = 0;
	if (atomic_load_explicit(&drain->ring->waiters, memory_order_seq_cst))
		syscall(SYS_futex, &drain->ring->freed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void drain_release(struct drain *drain, uint64_t position)
{
	uint32_t index = (uint32_t)(position & (drain->slot_count - 1));

	if (!drain_is_held(drain, index))
		return;
	drain->held[index / 64] &= ~(1ull << index % 64);
	if (drain_word(drain, index) != (position << STATE_BITS | SLOT_READY))
		return;
	free_slot(drain, index);
	drain_announce_freed(drain);
	/* a futex is 32 bits wide: the writer waits for the low half, which holds the state */
	syscall(SYS_futex, &drain->slots[index].state, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
