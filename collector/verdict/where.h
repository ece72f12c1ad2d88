/*
 * where.h - the place in the sources, or the nearest there is to one, that an item is shown at.
 */
#ifndef PAGETRAIL_WHERE_H
#define PAGETRAIL_WHERE_H

#include "out.h"
#include "repo.h"

/* Starts as { 0 }. */
struct where {
	struct text uri;	/* relative to the top of the repository, or absolute */
	struct text path;	/* the same without escapes; only in the repository */
	bool in_repo;
	int line;		/* 0: the whole file */
	const char *function;	/* NULL: unknown; lives as long as the symbols */
};

/*
 * where_frame - the source of one frame
 *
 * Return: false where it is not known, or not where it lies.
 */
bool where_frame(const struct repo *repo, const struct symbol_frame *frame, struct where *where);

/*
 * where_stack - the innermost frame in the repository; or the program's own innermost frame, by its source or at least
 * by its module
 *
 * Return: false for none.
 */
bool where_stack(const struct verdict_report *report, uint32_t stack, struct where *where);

/*
 * where_item - the stack of an item; or its program, the policy that it comes from, the log: there is always something
 */
void where_item(const struct verdict_report *report, const struct verdict_item *item, struct where *where);

void where_free(struct where *where);

#endif
