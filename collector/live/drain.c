/*
 * drain.c - see drain.h.
 *
 * A position that was handed out does not say that its slot was taken: the writer may have found the slot busy and
 * passed over it, may be about to take it, or may be dead. So the collector keeps one bit for each slot worth a look
 * (watch): set when a position of the slot is handed out, cleared when the slot is free again and no later position of
 * it is known. The state word alone decides what a slot holds.
 */
#include "drain.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "drain_state.h"

/* How often one pass looks again for what ended before it began; each round needs a writer that published meanwhile. */
#define ROUNDS_MAX 16

/* An end time further ahead than this is no race with the clock but a wrong clock. */
#define CLOCK_SLACK_NS 1000000000ull

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

/* ---- one round ---- */

/* Not yet: it ended after this pass began, so records that ended before it may still be on their way. */
static bool is_early(uint64_t end_ns, uint64_t now_ns)
{
	return !now_ns || (end_ns > now_ns && end_ns - now_ns < CLOCK_SLACK_NS);
}

static void note_pending(struct drain *drain, uint32_t index, uint64_t word)
{
	const volatile struct ring_slot *slot = &drain->slots[index];

	drain->pending = alloc_room(drain->pending, drain->pending_count, &drain->pending_room, sizeof(*drain->pending));
	drain->pending[drain->pending_count++] =
		(struct drain_pending){ slot->begin_ns, word >> STATE_BITS, slot->pid };
}

/* @now_ns: 0: take nothing, only note what is pending. */
static bool visit(struct drain *drain, uint32_t index, uint64_t now_ns)
{
	static const struct chain no_chain = { .count = 0 };
	uint64_t word = drain_word(drain, index);
	unsigned state = word & STATE_MASK;

	if (state == SLOT_FREE || drain_is_held(drain, index))
		return false;
	if (state > SLOT_CHAINED || (word >> STATE_BITS & (drain->slot_count - 1)) != index) {
		drain_drop_damaged(drain, index, &no_chain);
		return false;
	}
	if (state == SLOT_READY && !is_early(*(const volatile uint64_t *)&drain->slots[index].end_ns, now_ns))
		return drain_take_record(drain, index, &drain->ready, true);
	if ((state == SLOT_READY || state == SLOT_BEGUN) && drain->slots[index].kind == SLOT_CALL)
		note_pending(drain, index, word);
	return false;
}

/* How many slots ahead: the lines of a slot come from the writer's cache, which takes as long as reading three slots. */
#define AHEAD 3

static void expect(const struct drain *drain, uint32_t index)
{
	const char *slot = (const char *)&drain->slots[(index + AHEAD) & (drain->slot_count - 1)];

	for (size_t at = 0; at < sizeof(struct ring_slot); at += 64)
		__builtin_prefetch(slot + at);
}

static size_t visit_word(struct drain *drain, uint32_t word, uint64_t which, uint64_t now_ns)
{
	size_t taken = 0;

	for (uint64_t left = drain->watch[word] & which; left; left &= left - 1) {
		uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(left);

		expect(drain, index);
		taken += visit(drain, index, now_ns);
	}
	return taken;
}

/*
 * Visits every watched slot, those of the oldest positions first: a single busy thread's records then need no sorting.
 * The oldest is the one that is handed out again next.
 * Return: how many records were taken.
 */
static size_t sweep(struct drain *drain, uint64_t now_ns)
{
	uint32_t words = (drain->slot_count + 63) / 64, start = (uint32_t)(drain->next & (drain->slot_count - 1));
	uint64_t from_start = UINT64_MAX << start % 64;
	size_t taken;

	drain->pending_count = 0;
	taken = visit_word(drain, start / 64, from_start, now_ns);
	for (uint32_t n = 1; n < words; n++)
		taken += visit_word(drain, (start / 64 + n) % words, UINT64_MAX, now_ns);
	return taken + visit_word(drain, start / 64, ~from_start, now_ns);
}

const struct drain_pending *drain_pending(const struct drain *drain, size_t *count)
{
	*count = drain->pending_count;
	return drain->pending;
}

/* ---- which slots ---- */

/* The positions handed out since the last look; more than one lap of them is as good as exactly one. */
void drain_watch_new(struct drain *drain)
{
	uint64_t tail = atomic_load_explicit(&drain->ring->tail, memory_order_acquire);

	if (tail <= drain->next)
		return;
	if (tail - drain->next > drain->slot_count)
		drain->next = tail - drain->slot_count;
	for (; drain->next < tail; drain->next++)
		drain_watch_slot(drain, (uint32_t)(drain->next & (drain->slot_count - 1)));
}

/*
 * A slot whose position was handed out and not yet used may be taken at any moment: its writer may have been put to
 * sleep.
 */
static bool is_awaited(const struct drain *drain, uint32_t index, uint64_t word)
{
	return (word & STATE_MASK) != SLOT_FREE || drain_later_position_known(drain, index, word >> STATE_BITS);
}

/*
 * In the first lap only so many can hold anything, and the pages of the others need not be made; but where the tail went
 * back, somebody wrote over it, and nothing is known.
 */
static uint32_t slots_used(const struct drain *drain)
{
	bool back = atomic_load_explicit(&drain->ring->tail, memory_order_relaxed) < drain->next;

	return back || drain->next > drain->slot_count ? drain->slot_count : (uint32_t)drain->next;
}

void drain_rescan(struct drain *drain)
{
	uint32_t used = slots_used(drain);

	for (uint32_t i = 0; i < used; i++) {
		if (is_awaited(drain, i, drain_word(drain, i)))
			drain_watch_slot(drain, i);
		else
			drain_ignore_slot(drain, i);
	}
}

/* ---- one pass ---- */

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
	drain->ready.count = 0;
	drain->ready.used = 0;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		size_t taken;

		drain_watch_new(drain);
		taken = sweep(drain, now_ns);
		drain_announce_freed(drain);
		if (!taken)
			break;
		if (round == ROUNDS_MAX - 1)
			sweep(drain, 0);
	}
	clamp_times(&drain->ready, now_ns);
	return drain_in_order(&drain->ready);
}
