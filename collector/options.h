/*
 * options.h - the options of a verb as rows of a table: read by getopt_long(3), printed by `pagetrail help VERB`.
 */
#ifndef PAGETRAIL_OPTIONS_H
#define PAGETRAIL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "util/err.h"

struct option_row {
	const char *name;	/* without "--", "o,output" if it has a letter too; NULL ends the table */
	const char *value;	/* what the help calls its argument, "DIR..." if it may be repeated; NULL: a switch */
	const char *help;
	size_t at;		/* where in the group's struct: a bool, a const char *, or a struct option_list */
};

#define OPTION_LIST_MAX 16

struct option_list {
	size_t count;
	const char *value[OPTION_LIST_MAX];
};

/* Rows that fill the same struct. */
struct option_group {
	const char *title;
	const struct option_row *rows;
	void *into;
};

/* One verb. */
struct verb_help {
	const char *usage;	/* "map LOG [OPTION...]" */
	const char *text;	/* a paragraph or two, ending in a newline */
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP };

/*
 * options_parse - read a command line; options may stand before and after other arguments
 * @argv: reordered, so that the other arguments come last; argv[0] is the verb
 * @groups: ended by a group without rows
 * @first: receives the index of the first other argument
 *
 * Return: OPTIONS_RUN, OPTIONS_HELP where --help was asked for, or -EINVAL with a message.
 */
int options_parse(int argc, char **argv, const struct option_group *groups, int *first, struct err *err);

/*
 * options_operand - the same for a verb that takes one other argument; prints the help where it was asked for
 *
 * Return: OPTIONS_RUN and *@operand, OPTIONS_HELP, or -EINVAL with a message.
 */
int options_operand(int argc, char **argv, const struct verb_help *help, const struct option_group *groups,
		    const char **operand, struct err *err);

/*
 * options_help - print a verb's help
 */
void options_help(FILE *out, const struct verb_help *help, const struct option_group *groups);

#endif
