/*
 * writer.h - a writer of the ring that knows nothing but preload/abi/ring.h: what the collector's tests trace instead
 * of a program.
 */
#ifndef PAGETRAIL_TEST_WRITER_H
#define PAGETRAIL_TEST_WRITER_H

#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../preload/abi/ring.h"

struct writer {
	struct ring *ring;
	struct ring_slot *slots;
	uint32_t count;
	int32_t pid;
};

/* The next position's slot, NULL if it is not free. */
static inline struct ring_slot *writer_try(const struct writer *w)
{
	uint64_t position = atomic_fetch_add(&w->ring->tail, 1);
	struct ring_slot *slot = &w->slots[position & (w->count - 1)];
	uint64_t word = atomic_load(&slot->state);

	if ((word & 7) != SLOT_FREE ||
	    !atomic_compare_exchange_strong(&slot->state, &word, position << 3 | SLOT_RESERVED))
		return NULL;
	slot->pid = w->pid;
	slot->next = 0;
	slot->length = 0;
	slot->begin_ns = 0;
	slot->end_ns = 0;
	slot->stack = 0;
	return slot;
}

/* Sleeps on the collector's progress when a whole lap is taken, as --on-full=wait has it. */
static inline struct ring_slot *writer_reserve(const struct writer *w)
{
	for (;;) {
		uint32_t seen = atomic_load(&w->ring->freed);

		for (uint32_t tries = 0; tries < w->count; tries++) {
			struct ring_slot *slot = writer_try(w);

			if (slot)
				return slot;
		}
		atomic_fetch_add(&w->ring->waiters, 1);
		syscall(SYS_futex, &w->ring->freed, FUTEX_WAIT, seen, NULL, NULL, 0);
		atomic_fetch_sub(&w->ring->waiters, 1);
	}
}

static inline void writer_publish(struct ring_slot *slot, enum slot_state state)
{
	atomic_store(&slot->state, (atomic_load(&slot->state) & ~7ull) | state);
}

static inline void writer_text(struct ring_slot *slot, enum slot_kind kind, const char *text)
{
	size_t length = strlen(text);

	if (length > SLOT_TEXT)
		length = SLOT_TEXT;
	memcpy(slot->text, text, length);
	slot->length = (uint16_t)length;
	slot->kind = (uint8_t)kind;
}

/* A whole record of one slot. @begin_ns: 0: not told */
static inline struct ring_slot *writer_put_at(const struct writer *w, enum slot_kind kind, uint64_t begin_ns,
					      uint64_t end_ns, const char *text)
{
	struct ring_slot *slot = writer_reserve(w);

	writer_text(slot, kind, text);
	slot->begin_ns = begin_ns;
	slot->end_ns = end_ns;
	writer_publish(slot, SLOT_READY);
	return slot;
}

static inline struct ring_slot *writer_put(const struct writer *w, enum slot_kind kind, uint64_t end_ns,
					   const char *text)
{
	return writer_put_at(w, kind, 0, end_ns, text);
}

/* A call under way. */
static inline struct ring_slot *writer_begin_at(const struct writer *w, uint64_t begin_ns, const char *text)
{
	struct ring_slot *slot = writer_reserve(w);

	writer_text(slot, SLOT_CALL, text);
	slot->begin_ns = begin_ns;
	writer_publish(slot, SLOT_BEGUN);
	return slot;
}

static inline struct ring_slot *writer_begin(const struct writer *w, const char *text)
{
	return writer_begin_at(w, 0, text);
}

/* A record of any length: its parts first, then its head. */
static inline struct ring_slot *writer_put_long(const struct writer *w, enum slot_kind kind, uint64_t end_ns,
						const char *text)
{
	struct ring_slot *head = writer_reserve(w), *slot = head;
	size_t left = strlen(text);

	writer_text(head, kind, text);
	for (size_t at = SLOT_TEXT; at < left; at += SLOT_TEXT) {
		struct ring_slot *part = writer_reserve(w);

		writer_text(part, SLOT_PART, text + at);
		writer_publish(part, SLOT_CHAINED);
		slot->next = (uint32_t)(part - w->slots) + 1;
		slot = part;
	}
	head->end_ns = end_ns;
	writer_publish(head, SLOT_READY);
	return head;
}

#endif
