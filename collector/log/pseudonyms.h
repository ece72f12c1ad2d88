/*
 * pseudonyms.h - other names for paths and labels: the same for the same, and none twice.
 *
 * What stays is what the readers judge by and what says nothing about anybody: the kernel's own labels ("[heap]",
 * "/dev/zero"), which file system a special file is on, " (deleted)", how deep a path is, the names of libraries in
 * the system's directories, and those of the C library and its like anywhere.
 */
#ifndef PAGETRAIL_PSEUDONYMS_H
#define PAGETRAIL_PSEUDONYMS_H

#include <stdbool.h>

struct pseudonyms;

struct pseudonyms *pseudonyms_new(void);
void pseudonyms_free(struct pseudonyms *names);

/*
 * pseudonyms_show - keep the last part of this path wherever it occurs; to be called before the path is replaced
 */
void pseudonyms_show(struct pseudonyms *names, const char *path);

/*
 * pseudonyms_path - "/home/ada/app.so" to "/dir1/dir2/lib3.so"
 *
 * Also for what the kernel shows in the place of a path: "[anon:keys]", "/memfd:keys (deleted)", "socket:[77]".
 * Return: to be freed.
 */
char *pseudonyms_path(struct pseudonyms *names, const char *path);

/*
 * pseudonyms_label - "ready" to "mark1"
 *
 * Return: to be freed.
 */
char *pseudonyms_label(struct pseudonyms *names, const char *label);

#endif
