/*
 * line.h - one JSON record, written into ring slots field by field.
 *
 * Bounded by construction: a field goes into the slot at hand or, when it might not fit, into a further slot chained to it.
 * When no further slot can be had (ring full, SLOT_CHAIN_MAX) the record ends after its last complete field.  Every slot,
 * the head included, is a slot this thread has reserved, so no two writers meet.
 *
 * Context: async-signal-safe; no lock, no allocation; waits only where ring_reserve() does.
 */
#ifndef PAGETRAIL_LINE_H
#define PAGETRAIL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/ring.h"

struct line {
	struct ring_slot *head, *slot;	/* first slot and the one being written */
	char *at, *end;			/* the free part of slot->text */
	uint64_t head_position, position; /* theirs in the ring, which may lie elsewhere when the call returns */
	int chained;			/* slots used besides the head */
	bool in_string;
	bool cut;			/* no further slot could be had: the rest is dropped */
};

/* The longest number with its sign, or an address with its quotes. */
#define LINE_VALUE 24

/*
 * line_open - start a record in a slot that was just reserved
 * @kind: enum slot_kind
 */
void line_open(struct line *line, struct ring_slot *slot, int kind, int32_t pid);

/*
 * line_more - continue in a fresh chained slot; after a failure (ring full, chain too long) line->cut is set
 */
void line_more(struct line *line);

/*
 * line_home - the call is over: go on in the same slots, wherever the ring lies now
 *
 * Context: inside (guard.h).
 */
void line_home(struct line *line);

/*
 * line_alone - has nobody begun a record since this one was begun?
 *
 * Of two records that overlap in time, one finds that it was not alone.
 * Context: inside (guard.h).
 */
bool line_alone(const struct line *line);

/*
 * line_begun, line_ready - make the record visible to the collector: as a call under way, or complete
 * @end_ns: when the call ended, ns since the session began
 */
void line_begun(struct line *line);
void line_ready(struct line *line, uint64_t end_ns);

/* Is there room for @bytes in one piece, far less than a slot? If need be it is had in a further one. */
static inline bool line_room(struct line *line, size_t bytes)
{
	if (__builtin_expect((size_t)(line->end - line->at) < bytes, 0)) {
		line_more(line);
		return !line->cut;
	}
	return true;
}

/* A key ready to copy: ,"KEY": padded so that it always moves as four words. */
struct line_key {
	char text[32];
	uint32_t length;
};
#define LINE_KEY_TEXT(name) ",\"" name "\":"
#define LINE_KEY(name) { LINE_KEY_TEXT(name), sizeof(LINE_KEY_TEXT(name)) - 1 }

/*
 * line_put_key - a key; with room for its value, so that a cut line never ends between the two
 */
static inline void line_put_key(struct line *line, const struct line_key *key)
{
	const size_t bytes = key->length + LINE_VALUE;

	if (!line_room(line, bytes > sizeof(key->text) ? bytes : sizeof(key->text)))
		return;
	__builtin_memcpy(line->at, key->text, sizeof(key->text));
	line->at += key->length;
}

/* line_key(line, "pid") - a key known at compile time: its text is in the instructions */
#define line_key(line, name) line_put_text(line, LINE_KEY_TEXT(name), sizeof(LINE_KEY_TEXT(name)) - 1)

static inline __attribute__((always_inline)) void line_put_text(struct line *line, const char *text, size_t length)
{
	if (!line_room(line, length + LINE_VALUE))
		return;
	__builtin_memcpy(line->at, text, length);
	line->at += length;
}

/*
 * line_quoted - "TEXT" with JSON escapes; bytes that are no UTF-8 become \u00XX
 * @max: bytes of @text at most
 */
void line_quoted(struct line *line, const char *text, size_t max);

/*
 * line_text - the escaped characters of a string, without quotes
 */
void line_text(struct line *line, const char *text, size_t max);

/*
 * line_raw - text that is JSON already
 */
void line_raw(struct line *line, const char *text);

void line_unsigned(struct line *line, uint64_t value);
void line_signed(struct line *line, int64_t value);
void line_hex(struct line *line, uint64_t value);	/* "0x..." with quotes */
void line_bool(struct line *line, bool value);

#endif
