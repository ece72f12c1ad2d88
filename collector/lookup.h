/*
 * lookup.h - the options that say where the names of functions are looked for.
 */
#ifndef PAGETRAIL_LOOKUP_H
#define PAGETRAIL_LOOKUP_H

#include <stdbool.h>

#include "options.h"
#include "sym/search.h"

struct lookup_words {
	struct option_list debug_dir;
	const char *sysroot;
	bool debuginfod;
};

/* Rows for option_group.into = a struct lookup_words. */
extern const struct option_row lookup_rows[];

/*
 * lookup_search - the search that the options ask for
 *
 * Return: 0 and *search, to be freed by search_free(), or -errno with a message.
 */
int lookup_search(const struct lookup_words *words, struct search **search, struct err *err);

#endif
