/*
 * text.h - a line of text being put together, and the words for numbers that every view shares.
 *
 * Strings out of a log are untrusted: text_safe() is the only way they reach a terminal.
 */
#ifndef PAGETRAIL_TEXT_H
#define PAGETRAIL_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Starts as { 0 }; always NUL-terminated once something has been put in. */
struct text {
	char *at;
	size_t length, room;
};

/*
 * text_clear - make it empty, keep its memory; text_free - give the memory back
 */
void text_clear(struct text *text);
void text_free(struct text *text);

/*
 * text_read - what has been put in so far, "" for nothing; valid until the next change
 */
const char *text_read(const struct text *text);

void text_put(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * text_pad - add blanks until @columns columns are filled, counted from byte @from
 */
void text_pad(struct text *text, size_t from, size_t columns);

/*
 * text_safe - a string out of a log, control characters, backslashes and broken UTF-8 written as \ooo
 */
void text_safe(struct text *text, const char *string);

/*
 * text_quoted - the same between double quotes
 */
void text_quoted(struct text *text, const char *string);

/*
 * text_bytes - "64 KiB", "8 MiB", "1.5 GiB", "100 B", "0"; the largest unit that keeps it exact or at one decimal;
 * "unlimited" for UINT64_MAX
 */
void text_bytes(struct text *text, uint64_t bytes);

/*
 * text_size - the same in at most six columns: "64K", "8M", "1.5G", "100"
 */
void text_size(struct text *text, uint64_t bytes);

/*
 * text_seconds - a moment, with microseconds: "1.204431"
 */
void text_seconds(struct text *text, uint64_t ns);

/*
 * text_duration - "850ns", "2.1us", "13ms", "1.2s"
 */
void text_duration(struct text *text, uint64_t ns);

/*
 * text_count - with thousands separators: "65,530"
 */
void text_count(struct text *text, uint64_t number);

/*
 * text_width - columns a string takes on a terminal: colour sequences take none, a UTF-8 sequence takes one
 */
size_t text_width(const char *string);

/*
 * text_utf8 - length of the valid UTF-8 sequence at @at, 0 if it is not one (stops at a NUL)
 */
size_t text_utf8(const char *at);

#endif
