/*
 * search.h - what execvp(3) and posix_spawnp(3) will find: looked at beforehand, where no site sees it.
 */
#ifndef PAGETRAIL_SEARCH_H
#define PAGETRAIL_SEARCH_H

#include <stddef.h>

/*
 * search_path - the first file of this name along PATH that may be executed
 * @room: where the result is put together when @file has no slash
 *
 * Return: @file itself when it has a slash, @room, or NULL: none.
 * Context: async-signal-safe.
 */
const char *search_path(const char *file, char *room, size_t bytes);

#endif
