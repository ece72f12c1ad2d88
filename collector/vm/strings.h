/*
 * strings.h - every path once, by number.  Pure.
 */
#ifndef PAGETRAIL_STRINGS_H
#define PAGETRAIL_STRINGS_H

#include <stddef.h>
#include <stdint.h>

struct strings {
	char **text;		/* text[id - 1] */
	size_t count, room;
	uint32_t *slot;		/* hash table of ids, 0: free; its size is a power of two */
	size_t slots;
};

void strings_init(struct strings *strings);
void strings_free(struct strings *strings);

/*
 * strings_intern - the number of @text, the same for equal texts
 *
 * Return: 1 and up; 0 for NULL and for the empty string. Context: pure; O(1) on average.
 */
uint32_t strings_intern(struct strings *strings, const char *text);

/*
 * strings_get - the text behind a number
 *
 * Return: the text, valid until strings_free(); NULL for 0 and for numbers never given out.
 */
const char *strings_get(const struct strings *strings, uint32_t id);

#endif
