/*
 * drain_gather.c - records are copied out of their slots before they are judged, and put in order.
 */
#include "drain_state.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

/* Sorting by insertion takes so many steps for an entry, before another way is quicker. */
#define STEPS_MAX 16

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
	gather->entry = alloc_room(gather->entry, gather->count, &gather->room, sizeof(*gather->entry));
	return &gather->entry[gather->count];
}

static bool chain_has(const struct chain *chain, uint32_t index)
{
	for (uint32_t i = 0; i < chain->count; i++)
		if (chain->index[i] == index)
			return true;
	return false;
}

static bool is_part(const struct drain *drain, uint32_t index)
{
	return (drain_word(drain, index) & STATE_MASK) == SLOT_CHAINED &&
	       *(const volatile uint8_t *)&drain->slots[index].kind == SLOT_PART;
}

/* Copies the text of a head and its parts; on an unsound chain the text gathered so far is meaningless. */
static struct chain gather_chain(struct drain *drain, uint32_t head, struct gather *gather)
{
	const struct ring_slot *slot = &drain->slots[head];
	struct chain chain;

	chain.count = 0;
	chain.sound = false;
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

static bool is_kind(uint8_t kind)
{
	return kind >= SLOT_CALL && kind <= SLOT_CHECK && kind != SLOT_PART;
}

bool drain_take_record(struct drain *drain, uint32_t index, struct gather *gather, bool release)
{
	const volatile struct ring_slot *slot = &drain->slots[index];
	struct drain_entry *entry = gather_entry(gather);
	struct chain chain;

	entry->begin_ns = slot->begin_ns;
	entry->end_ns = slot->end_ns;
	entry->position = drain_word(drain, index) >> STATE_BITS;
	entry->pid = slot->pid;
	entry->kind = slot->kind;
	entry->unfinished = false;
	entry->text = gather->used;
	chain = gather_chain(drain, index, gather);
	if (!chain.sound || !is_kind(entry->kind)) {
		gather->used = entry->text;
		if (release)
			drain_drop_damaged(drain, index, &chain);
		return false;
	}
	entry->length = (uint32_t)(gather->used - entry->text);
	gather->count++;
	if (release && entry->kind == SLOT_CHECK && (drain_word(drain, index) & STATE_MASK) == SLOT_READY)
		drain_hold_head(drain, index, &chain);
	else if (release)
		drain_free_chain(drain, index, &chain);
	return true;
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

/*
 * Each goes back behind those that it belongs behind: threads that run at the same time write nearly in order, one thread
 * quite so, and who slept between its time and its slot is rare.
 * Return: false: it would be far too often, and they are not in order yet.
 */
static bool sort_near(struct drain_entry *entry, size_t count)
{
	size_t steps = 0;

	for (size_t i = 1; i < count && steps <= STEPS_MAX * count; i++) {
		struct drain_entry moved;
		size_t at = i;

		while (at && compare(&entry[at - 1], &entry[i]) > 0)
			at--;
		if (at == i)
			continue;
		moved = entry[i];
		memmove(&entry[at + 1], &entry[at], (i - at) * sizeof(*entry));
		entry[at] = moved;
		steps += i - at;
	}
	return steps <= STEPS_MAX * count;
}

struct drain_batch drain_in_order(const struct gather *gather)
{
	if (!sort_near(gather->entry, gather->count))
		qsort(gather->entry, gather->count, sizeof(*gather->entry), compare);
	return (struct drain_batch){ gather->entry, gather->count, gather->text };
}
