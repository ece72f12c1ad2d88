#include "alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
	if (!p) {
		fputs("pagetrail: out of memory\n", stderr);
		exit(125);
	}
	return p;
}

void *alloc_zero(size_t count, size_t bytes)
{
	return checked(calloc(count ? count : 1, bytes ? bytes : 1));
}

void *alloc_aligned(size_t unit, size_t bytes)
{
	return checked(aligned_alloc(unit, bytes));
}

void *alloc_resize(void *old, size_t count, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(count, bytes, &total))
		return checked(NULL);
	return checked(realloc(old, total ? total : 1));
}

void *alloc_more(void *array, size_t *room, size_t bytes)
{
	*room = *room ? 2 * *room : 16;
	return alloc_resize(array, *room, bytes);
}

char *alloc_copy(const char *text, size_t length)
{
	char *copy = alloc_zero(length + 1, 1);

	memcpy(copy, text, length);
	return copy;
}
