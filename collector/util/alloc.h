/*
 * alloc.h - allocation for an ordinary program: it succeeds or ends the program with a message and status 125.
 */
#ifndef PAGETRAIL_ALLOC_H
#define PAGETRAIL_ALLOC_H

#include <stddef.h>

void *alloc_zero(size_t count, size_t bytes);
void *alloc_resize(void *old, size_t count, size_t bytes);
char *alloc_copy(const char *text, size_t length);

#endif
