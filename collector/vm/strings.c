/*
 * strings.c - interned paths: an array of copies and an open-addressed table of their numbers, never more than half
 * full.
 */
#include "strings.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

void strings_init(struct strings *strings)
{
	*strings = (struct strings){ 0 };
}

void strings_free(struct strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->text[i]);
	free(strings->text);
	free(strings->slot);
	strings_init(strings);
}

/* FNV-1a. */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

/* The slot that holds @text, or the free one where it belongs. */
static size_t slot_of(const struct strings *strings, const char *text)
{
	size_t i = hash(text) & (strings->slots - 1);

	while (strings->slot[i] && strcmp(strings->text[strings->slot[i] - 1], text))
		i = (i + 1) & (strings->slots - 1);
	return i;
}

static void grow(struct strings *strings)
{
	strings->slots = strings->slots ? 2 * strings->slots : 64;
	free(strings->slot);
	strings->slot = alloc_zero(strings->slots, sizeof *strings->slot);
	for (size_t i = 0; i < strings->count; i++)
		strings->slot[slot_of(strings, strings->text[i])] = (uint32_t)i + 1;
}

uint32_t strings_intern(struct strings *strings, const char *text)
{
	size_t slot;

	if (!text || !*text)
		return 0;
	if (2 * strings->count >= strings->slots)
		grow(strings);
	slot = slot_of(strings, text);
	if (strings->slot[slot])
		return strings->slot[slot];
	if (strings->count == UINT32_MAX)
		return 0;
	strings->text = alloc_room(strings->text, strings->count, &strings->room, sizeof *strings->text);
	strings->text[strings->count++] = alloc_copy(text, strlen(text));
	return strings->slot[slot] = (uint32_t)strings->count;
}

const char *strings_get(const struct strings *strings, uint32_t id)
{
	return id && id <= strings->count ? strings->text[id - 1] : NULL;
}
