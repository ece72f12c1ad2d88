/*
 * copy.h - what the verbs that write a log out of another have in common.
 */
#ifndef PAGETRAIL_COPY_H
#define PAGETRAIL_COPY_H

#include <stdbool.h>

#include "log/rewrite.h"
#include "options.h"

struct copy_words {
	const char *output;
	bool force;
};

/* Rows for option_group.into = a struct copy_words. */
extern const struct option_row copy_rows[];

/*
 * copy_log - read @path, write words->output
 *
 * The new log is as private as a recorded one, and nothing is overwritten without -f.  What cannot be finished is
 * removed.  Messages go to stderr.
 * Return: EXIT_CLEAN or EXIT_UNUSABLE.
 */
int copy_log(const char *verb, const char *path, const struct copy_words *words, rewrite_fn *fn, void *arg);

#endif
