/*
 * account_print.h - an explained record as lines and as JSON; what account*.c share.
 */
#ifndef PAGETRAIL_ACCOUNT_PRINT_H
#define PAGETRAIL_ACCOUNT_PRINT_H

#include "account.h"
#include "told.h"

/*
 * account_print - everything known about the record
 * @space: its process's after it; NULL: there is none
 */
void account_print(const struct account_asked *asked, const struct space *space, const struct told *told);

/*
 * account_json - the same for programs
 */
void account_json(const struct account_asked *asked, const struct space *space, const struct told *told,
		  const struct points *why, const struct points *notes);

/* The runs of pages, neighbours of which the same is to be said as one.  Starts as { .runs = ... }. */
struct account_lines {
	const struct runs *runs;
	size_t at;
	struct run run;		/* as far as @text goes */
	struct text text, next;
};

/*
 * account_line - the next run and what is to be said of it
 *
 * Return: false after the last.
 */
bool account_line(struct account_lines *lines, const struct told *told);
void account_lines_end(struct account_lines *lines);

/*
 * account_preface - what has to be said before the reasons of a failure, or instead of them; nothing where there is one
 * reason, and that is why
 */
void account_preface(struct text *text, const struct account_asked *asked, const struct told *told);

#endif
