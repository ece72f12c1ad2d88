/*
 * anonymize.h - records without what tells whose they are: paths, arguments, labels, names.
 *
 * Only fields that are known to be harmless stay: numbers, addresses, words of our own and the kernel's.  Others go, so
 * a field that is not known here is not in the new log.
 */
#ifndef PAGETRAIL_ANONYMIZE_H
#define PAGETRAIL_ANONYMIZE_H

#include "rewrite.h"

struct anonymizer;

enum anonymize_keep {
	ANONYMIZE_MARKS = 1,	/* labels of marks */
	ANONYMIZE_MODULES = 2,	/* the last part of the paths of programs and libraries */
	ANONYMIZE_NAMES = 4	/* functions, and the last part of their source files, where the log has them */
};

struct anonymizer *anonymizer_new(unsigned keep);
void anonymizer_free(struct anonymizer *anonymizer);

/*
 * anonymizer_learn - with ANONYMIZE_MODULES, all records of the log come by here before the first is rewritten: a path
 * must have the same pseudonym everywhere, and only later ones say that it is a program's
 */
void anonymizer_learn(struct anonymizer *anonymizer, const struct record *record);

/*
 * anonymizer_rewrite - a rewrite_fn; @arg: the anonymizer
 */
int anonymizer_rewrite(void *arg, const struct record *record, struct rewrite_line *line, struct err *err);

#endif
