/*
 * check.h - a log judged by a policy and a baseline: what `check` and `record --check` do.
 */
#ifndef PAGETRAIL_CHECK_H
#define PAGETRAIL_CHECK_H

#include <stdio.h>

#include "reader.h"
#include "verdict/baseline.h"
#include "verdict/out.h"
#include "verdict/policy.h"

/* As written on the command line; NULL where not given. */
struct check_words {
	const char *policy;		/* a file, or the name of a ready policy */
	const char *baseline;		/* a log, or what --write-baseline wrote */
	const char *write_baseline;
	const char *format;
	const char *source_root;
	bool stacks;
};

struct check {
	struct check_words words;
	const struct verdict_format *format;
	struct repo repo;
	struct policy policy;
	struct baseline baseline;
};

/*
 * check_prepare - read what can be wrong before there is a log: format and policy
 *
 * Return: 0, or -errno with a message.
 */
int check_prepare(struct check *check, struct err *err);

/*
 * check_run - judge a log and print the verdict
 * @reader: as reader_options() left it, not yet open; .view says where to print
 *
 * Return: the exit status; messages have been printed.
 */
int check_run(struct check *check, struct reader *reader, const char *path);
void check_free(struct check *check);

#endif
