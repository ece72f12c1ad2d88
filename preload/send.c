/*
 * send.c - reserving and publishing slots.  Lock-free: a writer that is killed, or jumps away, or sleeps, between any two
 * instructions here hinders nobody but its own slot.
 */
#include "send.h"

#include <linux/futex.h>
#include <stddef.h>
#include <time.h>

#include "clock.h"
#include "raw.h"

static struct ring *ring;
static struct ring_slot *slots;
/* As they were at the start: whoever writes over the ring's header leads nobody astray. */
static uint32_t slot_count;
static size_t slots_at;

/* Cleared for good when a seccomp filter comes into force, which may kill for a futex(2). */
bool send_may_sleep = true;

void send_attach(struct ring *mapped)
{
	ring = mapped;
	if (!mapped)
		return;
	if (!slot_count) {
		slot_count = mapped->slots;
		slots_at = ring_slot_offset(mapped->dict_buckets, mapped->dict_words);
	}
	slots = (struct ring_slot *)((char *)mapped + slots_at);
}

uint64_t send_tail(void)
{
	return ring ? atomic_load_explicit(&ring->tail, memory_order_relaxed) : 0;
}

uint32_t send_index(const struct ring_slot *slot)
{
	return (uint32_t)(slot - slots);
}

struct ring_slot *send_slot(uint64_t position)
{
	return ring ? &slots[position & (slot_count - 1)] : NULL;
}

uint64_t send_position(const struct ring_slot *slot)
{
	return atomic_load_explicit(&slot->state, memory_order_relaxed) >> 3;
}

void send_publish(struct ring_slot *slot, enum slot_state state)
{
	uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);

	/* release: pairs with the collector's acquire load of the state word */
	atomic_store_explicit(&slot->state, (word & ~7ull) | state, memory_order_release);
}

/* The next position's slot, if it is free.  *busy tells an unread slot (the ring is full) from a stuck one. */
static struct ring_slot *try_position(bool *full)
{
	uint64_t position = atomic_fetch_add_explicit(&ring->tail, 1, memory_order_relaxed);
	struct ring_slot *slot = &slots[position & (slot_count - 1)];
	uint64_t word = atomic_load_explicit(&slot->state, memory_order_acquire);

	*full = (word & 7) == SLOT_READY;
	/* used by a later position already: the collector has done with ours */
	if ((word & 7) != SLOT_FREE || word >> 3 > position)
		return NULL;
	/* acquire: pairs with the collector's release when it freed the slot */
	if (!atomic_compare_exchange_strong_explicit(&slot->state, &word, position << 3 | SLOT_RESERVED,
						     memory_order_acquire, memory_order_relaxed))
		return NULL;
	return slot;
}

void send_pause(const void *word, uint32_t seen, long ns)
{
	const struct timespec patience = { 0, ns };

	if (!send_may_sleep) {
		for (int i = 0; i < 1000; i++)
			__builtin_ia32_pause();
		return;
	}
	raw_syscall6(SYS_futex, (long)word, FUTEX_WAIT, seen, (long)&patience, 0, 0);
}

static void sleep_until_freed(uint32_t seen)
{
	atomic_fetch_add_explicit(&ring->waiters, 1, memory_order_seq_cst);
	send_pause(&ring->freed, seen, 50000000);
	atomic_fetch_sub_explicit(&ring->waiters, 1, memory_order_relaxed);
}

bool send_collector_alive(void)
{
	uint64_t beat = atomic_load_explicit(&ring->heartbeat_ns, memory_order_relaxed);
	uint64_t now = clock_session_ns();

	return now < beat || now - beat < SEND_PATIENCE_NS;
}

/* Called when a whole lap found no free slot: wait for one, or decide that the record is lost. */
static bool keep_trying(uint32_t seen)
{
	if (atomic_load_explicit(&ring->closed, memory_order_relaxed))
		return false;
	if (atomic_load_explicit(&ring->on_full, memory_order_relaxed) == FULL_DROP)
		return false;
	if (!send_collector_alive()) {
		/* nobody reads: every later writer must find out at once, not after its own two seconds */
		atomic_store_explicit(&ring->on_full, FULL_DROP, memory_order_relaxed);
		return false;
	}
	sleep_until_freed(seen);
	return true;
}

static struct ring_slot *reserve_slowly(void)
{
	uint32_t tries = 0, seen = atomic_load_explicit(&ring->freed, memory_order_relaxed);

	atomic_fetch_add_explicit(&ring->stalls, 1, memory_order_relaxed);
	for (;;) {
		bool full;
		struct ring_slot *slot = try_position(&full);

		if (slot)
			return slot;
		/* an unread slot means a full ring; anything else is one stuck slot to pass over */
		if (!full && ++tries < slot_count)
			continue;
		if (!keep_trying(seen)) {
			atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
			return NULL;
		}
		tries = 0;
		seen = atomic_load_explicit(&ring->freed, memory_order_relaxed);
	}
}

struct ring_slot *send_reserve(void)
{
	bool full;
	struct ring_slot *slot;

	for (int tries = 0; tries < 4; tries++) {
		slot = try_position(&full);
		if (__builtin_expect(slot != NULL, 1))
			return slot;
		if (full)
			break;
	}
	return reserve_slowly();
}
