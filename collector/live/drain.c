/*
 * drain.c - see drain.h.
 *
 * A position that was handed out does not say that its slot was taken: the writer may have found the slot busy and
 * passed over it, may be about to take it, or may be dead. So the collector keeps one bit for each slot worth a look
 * (watch): set when a position of the slot is handed out, cleared when the slot is free again and no later position of
 * it is known. The state word alone decides what a slot holds.
 */
#include "drain.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../util/alloc.h"

#define STATE_BITS 3
#define STATE_MASK 7u

/* How often one pass looks again for what ended before it began; each round needs a writer that published meanwhile. */
#define ROUNDS_MAX 16

/* An end time further ahead than this is no race with the clock but a wrong clock. */
#define CLOCK_SLACK_NS 1000000000ull

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

struct drain *drain_new(struct ring *ring, struct ring_slot *slots, uint32_t slot_count)
{
	struct drain *drain = alloc_zero(1, sizeof(*drain));

	drain->ring = ring;
	drain->slots = slots;
	drain->slot_count = slot_count;
	drain->watch = alloc_zero(slot_count / 64 + 1, sizeof(uint64_t));
	drain->held = alloc_zero(slot_count / 64 + 1, sizeof(uint64_t));
	return drain;
}

static void gather_free(struct gather *gather)
{
	free(gather->entry);
	free(gather->text);
}

void drain_free(struct drain *drain)
{
	if (!drain)
		return;
	gather_free(&drain->ready);
	gather_free(&drain->left);
	free(drain->pending);
	free(drain->watch);
	free(drain->held);
	free(drain);
}

uint64_t drain_handed_out(const struct drain *drain)
{
	return drain->next;
}

uint64_t drain_damaged(const struct drain *drain)
{
	return drain->damaged;
}

/* ---- copying ---- */

static void gather_text(struct gather *gather, const struct ring_slot *slot, uint32_t bytes)
{
	if (gather->text_room - gather->used < SLOT_TEXT) {
		gather->text_room = gather->text_room * 2 + 64 * SLOT_TEXT;
		gather->text = alloc_resize(gather->text, gather->text_room, 1);
	}
	memcpy(gather->text + gather->used, slot->text, bytes);
	/* Whoever can write the ring must not change the text once it was checked: later reads may only see the copy */
	__asm__ volatile("" ::: "memory");
	gather->used += bytes;
}

static struct drain_entry *gather_entry(struct gather *gather)
{
	if (gather->count == gather->room) {
		gather->room = gather->room * 2 + 64;
		gather->entry = alloc_resize(gather->entry, gather->room, sizeof(*gather->entry));
	}
	return &gather->entry[gather->count];
}

static bool chain_has(const struct chain *chain, uint32_t index)
{
	for (uint32_t i = 0; i < chain->count; i++)
		if (chain->index[i] == index)
			return true;
	return false;
}

static uint64_t slot_word(const struct drain *drain, uint32_t index)
{
	/* acquire: pairs with the writer's release when it published the slot */
	return atomic_load_explicit(&drain->slots[index].state, memory_order_acquire);
}

static bool is_part(const struct drain *drain, uint32_t index)
{
	return (slot_word(drain, index) & STATE_MASK) == SLOT_CHAINED &&
	       *(const volatile uint8_t *)&drain->slots[index].kind == SLOT_PART;
}

/* Copies the text of a head and its parts; on an unsound chain the text gathered so far is meaningless. */
static struct chain gather_chain(struct drain *drain, uint32_t head, struct gather *gather)
{
	const struct ring_slot *slot = &drain->slots[head];
	struct chain chain = { .count = 0 };

	for (;;) {
		uint32_t bytes = *(const volatile uint16_t *)&slot->length;
		uint32_t next = *(const volatile uint32_t *)&slot->next;

		if (bytes > SLOT_TEXT)
			return chain;
		gather_text(gather, slot, bytes);
		if (next == 0)
			break;
		if (--next >= drain->slot_count || chain_has(&chain, next) || chain.count == SLOT_CHAIN_MAX ||
		    !is_part(drain, next))
			return chain;
		chain.index[chain.count++] = next;
		slot = &drain->slots[next];
	}
	chain.sound = true;
	return chain;
}

/* ---- freeing ---- */

/* Was the slot given out again after @position? Before its first use it holds a position that is none of its own. */
static bool later_position_known(const struct drain *drain, uint32_t index, uint64_t position)
{
	if ((position & (drain->slot_count - 1)) != index)
		return index < drain->next;
	return position + drain->slot_count < drain->next;
}

static void set_watch(struct drain *drain, uint32_t index)
{
	drain->watch[index / 64] |= 1ull << index % 64;
}

static void clear_watch(struct drain *drain, uint32_t index)
{
	drain->watch[index / 64] &= ~(1ull << index % 64);
}

static void free_slot(struct drain *drain, uint32_t index)
{
	struct ring_slot *slot = &drain->slots[index];
	uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);

	slot->pid = 0;	/* so that a reserved slot names its owner or nobody, never the one before */
	/* release: pairs with the acquire of the writer that reserves it */
	atomic_store_explicit(&slot->state, (word & ~(uint64_t)STATE_MASK) | SLOT_FREE, memory_order_release);
	drain->freed++;
	if (!later_position_known(drain, index, word >> STATE_BITS))
		clear_watch(drain, index);
}

static void free_chain(struct drain *drain, uint32_t head, const struct chain *chain)
{
	for (uint32_t i = 0; i < chain->count; i++)
		free_slot(drain, chain->index[i]);
	free_slot(drain, head);
}

/* The text has been copied; only the head, which the writer watches, stays taken. */
static void hold_head(struct drain *drain, uint32_t head, const struct chain *chain)
{
	for (uint32_t i = 0; i < chain->count; i++)
		free_slot(drain, chain->index[i]);
	drain->held[head / 64] |= 1ull << head % 64;
}

static bool is_held(const struct drain *drain, uint32_t index)
{
	return drain->held[index / 64] >> index % 64 & 1;
}

static void announce_freed(struct drain *drain)
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

	if (!is_held(drain, index))
		return;
	drain->held[index / 64] &= ~(1ull << index % 64);
	if (slot_word(drain, index) != (position << STATE_BITS | SLOT_READY))
		return;
	free_slot(drain, index);
	announce_freed(drain);
	/* a futex is 32 bits wide: the writer waits for the low half, which holds the state */
	syscall(SYS_futex, &drain->slots[index].state, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* ---- taking ---- */

static void drop_damaged(struct drain *drain, uint32_t index, const struct chain *chain)
{
	drain->damaged++;
	free_chain(drain, index, chain);
}

static bool is_kind(uint8_t kind)
{
	return kind >= SLOT_CALL && kind <= SLOT_CHECK && kind != SLOT_PART;
}

/* Copies the record that begins in this slot. Its slots are freed if @release, but for the head of one that waits. */
static bool take_record(struct drain *drain, uint32_t index, struct gather *gather, bool release)
{
	const volatile struct ring_slot *slot = &drain->slots[index];
	struct drain_entry *entry = gather_entry(gather);
	struct chain chain;

	entry->begin_ns = slot->begin_ns;
	entry->end_ns = slot->end_ns;
	entry->position = slot_word(drain, index) >> STATE_BITS;
	entry->pid = slot->pid;
	entry->kind = slot->kind;
	entry->unfinished = false;
	entry->text = gather->used;
	chain = gather_chain(drain, index, gather);
	if (!chain.sound || !is_kind(entry->kind)) {
		gather->used = entry->text;
		if (release)
			drop_damaged(drain, index, &chain);
		return false;
	}
	entry->length = (uint32_t)(gather->used - entry->text);
	gather->count++;
	if (release && entry->kind == SLOT_CHECK && (slot_word(drain, index) & STATE_MASK) == SLOT_READY)
		hold_head(drain, index, &chain);
	else if (release)
		free_chain(drain, index, &chain);
	return true;
}

/* Not yet: it ended after this pass began, so records that ended before it may still be on their way. */
static bool is_early(uint64_t end_ns, uint64_t now_ns)
{
	return !now_ns || (end_ns > now_ns && end_ns - now_ns < CLOCK_SLACK_NS);
}

static void note_pending(struct drain *drain, uint32_t index, uint64_t word)
{
	const volatile struct ring_slot *slot = &drain->slots[index];

	if (drain->pending_count == drain->pending_room) {
		drain->pending_room = drain->pending_room * 2 + 16;
		drain->pending = alloc_resize(drain->pending, drain->pending_room, sizeof(*drain->pending));
	}
	drain->pending[drain->pending_count++] =
		(struct drain_pending){ slot->begin_ns, word >> STATE_BITS, slot->pid };
}

/* @now_ns: 0: take nothing, only note what is pending. */
static bool visit(struct drain *drain, uint32_t index, uint64_t now_ns)
{
	static const struct chain no_chain = { .count = 0 };
	uint64_t word = slot_word(drain, index);
	unsigned state = word & STATE_MASK;

	if (state == SLOT_FREE || is_held(drain, index))
		return false;
	if (state > SLOT_CHAINED || (word >> STATE_BITS & (drain->slot_count - 1)) != index) {
		drop_damaged(drain, index, &no_chain);
		return false;
	}
	if (state == SLOT_READY && !is_early(*(const volatile uint64_t *)&drain->slots[index].end_ns, now_ns))
		return take_record(drain, index, &drain->ready, true);
	if ((state == SLOT_READY || state == SLOT_BEGUN) && drain->slots[index].kind == SLOT_CALL)
		note_pending(drain, index, word);
	return false;
}

/*
 * Visits every watched slot, those of the oldest positions first: a single busy thread's records then need no sorting.
 * Return: how many records were taken.
 */
static size_t sweep(struct drain *drain, uint64_t first, uint64_t now_ns)
{
	uint32_t words = (drain->slot_count + 63) / 64, start = (uint32_t)(first & (drain->slot_count - 1)) / 64;
	size_t taken = 0;

	drain->pending_count = 0;
	for (uint32_t n = 0; n < words; n++) {
		uint32_t i = (start + n) % words;
		uint64_t left = drain->watch[i];

		for (; left; left &= left - 1)
			taken += visit(drain, i * 64 + (uint32_t)__builtin_ctzll(left), now_ns);
	}
	return taken;
}

const struct drain_pending *drain_pending(const struct drain *drain, size_t *count)
{
	*count = drain->pending_count;
	return drain->pending;
}

/* The positions handed out since the last look; more than one lap of them is as good as exactly one. */
static void watch_new(struct drain *drain)
{
	uint64_t tail = atomic_load_explicit(&drain->ring->tail, memory_order_acquire);

	if (tail <= drain->next)
		return;
	if (tail - drain->next > drain->slot_count)
		drain->next = tail - drain->slot_count;
	for (; drain->next < tail; drain->next++)
		set_watch(drain, (uint32_t)(drain->next & (drain->slot_count - 1)));
}

/* A slot whose position was handed out and not yet used may be taken at any moment: its writer may have been put to sleep. */
static bool is_awaited(const struct drain *drain, uint32_t index, uint64_t word)
{
	return (word & STATE_MASK) != SLOT_FREE || later_position_known(drain, index, word >> STATE_BITS);
}

void drain_rescan(struct drain *drain)
{
	for (uint32_t i = 0; i < drain->slot_count; i++) {
		if (is_awaited(drain, i, slot_word(drain, i)))
			set_watch(drain, i);
		else
			clear_watch(drain, i);
	}
}

/* ---- order ---- */

static int rank(const struct drain_entry *entry)
{
	return entry->kind == SLOT_MODULE ? 0 : entry->kind == SLOT_STACK ? 1 : 2;
}

static int compare(const void *a, const void *b)
{
	const struct drain_entry *x = a, *y = b;

	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	if (x->end_ns != y->end_ns)
		return x->end_ns < y->end_ns ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static struct drain_batch in_order(const struct gather *gather)
{
	/* one busy thread writes in order already */
	for (size_t i = 1; i < gather->count; i++) {
		if (compare(&gather->entry[i - 1], &gather->entry[i]) > 0) {
			qsort(gather->entry, gather->count, sizeof(*gather->entry), compare);
			break;
		}
	}
	return (struct drain_batch){ gather->entry, gather->count, gather->text };
}

/* An end time from a wrong clock (a time namespace, a corrupted slot) counts as "now". */
static void clamp_times(struct gather *gather, uint64_t now_ns)
{
	for (size_t i = 0; i < gather->count; i++)
		if (gather->entry[i].end_ns > now_ns)
			gather->entry[i].end_ns = now_ns;
}

/*
 * Why the batch is closed: let X be in it before the last round, which takes nothing. Whatever happened before X was
 * published before X was seen, so before the last round looked, and ended before X did, so by now_ns: that round would
 * have taken it.  In the same way a call that took effect before X had begun before the last round looked: it is in the
 * batch, or that round found it pending.
 */
struct drain_batch drain_collect(struct drain *drain, uint64_t now_ns)
{
	uint64_t first = drain->next;

	drain->ready.count = 0;
	drain->ready.used = 0;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		size_t taken;

		watch_new(drain);
		taken = sweep(drain, first, now_ns);
		announce_freed(drain);
		if (!taken)
			break;
		if (round == ROUNDS_MAX - 1)
			sweep(drain, first, 0);
	}
	clamp_times(&drain->ready, now_ns);
	return in_order(&drain->ready);
}

/* ---- what is left behind ---- */

static void take_unfinished(struct drain *drain, uint32_t index, bool release)
{
	struct gather *left = &drain->left;

	if (!take_record(drain, index, left, release))
		return;
	left->entry[left->count - 1].unfinished = true;
	left->entry[left->count - 1].end_ns = 0;
}

static bool belongs(const struct drain *drain, uint32_t index, int32_t pid, uint64_t before)
{
	uint64_t word = slot_word(drain, index);

	return (word & STATE_MASK) != SLOT_FREE && word >> STATE_BITS < before &&
	       *(const volatile int32_t *)&drain->slots[index].pid == pid;
}

struct drain_batch drain_abandon(struct drain *drain, int32_t pid, uint64_t before)
{
	static const struct chain no_chain = { .count = 0 };

	drain->left.count = 0;
	drain->left.used = 0;
	for (uint32_t i = 0; i < drain->slot_count; i++)
		if (belongs(drain, i, pid, before) && (slot_word(drain, i) & STATE_MASK) == SLOT_BEGUN)
			take_unfinished(drain, i, true);
	/* what remains was never published: a record that was being written, and parts without a head */
	for (uint32_t i = 0; i < drain->slot_count; i++)
		if (belongs(drain, i, pid, before) && (slot_word(drain, i) & STATE_MASK) != SLOT_READY)
			free_chain(drain, i, &no_chain);
	announce_freed(drain);
	return in_order(&drain->left);
}

struct drain_batch drain_give_up(struct drain *drain, uint64_t position)
{
	uint32_t index = (uint32_t)(position & (drain->slot_count - 1));

	drain->left.count = 0;
	drain->left.used = 0;
	if (slot_word(drain, index) == (position << STATE_BITS | SLOT_BEGUN))
		take_unfinished(drain, index, true);
	announce_freed(drain);
	return in_order(&drain->left);
}

struct drain_batch drain_peek(struct drain *drain, uint64_t position)
{
	uint32_t index = (uint32_t)(position & (drain->slot_count - 1));
	uint64_t begun = position << STATE_BITS | SLOT_BEGUN;

	drain->left.count = 0;
	drain->left.used = 0;
	if (slot_word(drain, index) == begun)
		take_unfinished(drain, index, false);
	/* the writer changes the text, and its length, before the state */
	atomic_thread_fence(memory_order_acquire);
	if (slot_word(drain, index) != begun)
		drain->left.count = 0;
	return (struct drain_batch){ drain->left.entry, drain->left.count, drain->left.text };
}

struct drain_batch drain_under_way(struct drain *drain)
{
	drain->left.count = 0;
	drain->left.used = 0;
	for (uint32_t i = 0; i < drain->slot_count; i++)
		if ((slot_word(drain, i) & STATE_MASK) == SLOT_BEGUN)
			take_unfinished(drain, i, false);
	return in_order(&drain->left);
}
