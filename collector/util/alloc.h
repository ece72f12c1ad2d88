/*
 * alloc.h - allocation for an ordinary program: it succeeds or ends the program with a message and status 125.
 */
#ifndef PAGETRAIL_ALLOC_H
#define PAGETRAIL_ALLOC_H

#include <stddef.h>

void *alloc_zero(size_t count, size_t bytes);

/*
 * alloc_aligned - memory that begins at a multiple of @unit, for free(); what is in it is undefined
 * @unit: a power of two, and a divisor of @bytes
 */
void *alloc_aligned(size_t unit, size_t bytes);
void *alloc_resize(void *old, size_t count, size_t bytes);

/* The slow half of alloc_room(). */
void *alloc_more(void *array, size_t *room, size_t bytes);

/*
 * alloc_room - an array with room for one more
 * @count: how many it has; @room: for how many there is room, at least as many: doubled where there is none
 * @bytes: of one
 *
 * Return: where the array is now.
 */
static inline void *alloc_room(void *array, size_t count, size_t *room, size_t bytes)
{
	return count < *room ? array : alloc_more(array, room, bytes);
}

char *alloc_copy(const char *text, size_t length);

#endif
