/*
 * moment.h - when something of a policy is due: "start", "exit", "1.25s", "mark:LABEL" or "call:NAME".
 *
 * Unlike a reader's WHEN a moment comes in every process of its own, and each time: mark:ready is after every mark
 * "ready", call:mlockall after every mlockall that works, exit is where a program ends, by exit, a signal, exec or with
 * the log.
 */
#ifndef PAGETRAIL_MOMENT_H
#define PAGETRAIL_MOMENT_H

#include "../vm/record.h"
#include "doc.h"

enum moment_kind { MOMENT_NONE, MOMENT_START, MOMENT_EXIT, MOMENT_TIME, MOMENT_MARK, MOMENT_CALL };

/* Starts as { 0 }: MOMENT_NONE. */
struct moment {
	enum moment_kind kind;
	char *text;		/* as written */
	uint64_t t_ns;		/* MOMENT_TIME */
	enum call_id call;	/* MOMENT_CALL */
};

/*
 * moment_read - a doc_member's reader; @into: a struct moment
 */
int moment_read(struct doc *doc, json_t *value, void *into);
void moment_free(struct moment *moment);

/*
 * moment_is_record - does this record bring the moment to its process: a mark or a call that worked
 */
bool moment_is_record(const struct moment *moment, const struct record *record);

/*
 * moment_words - in a sentence: "at exit", "at mark:ready", "after 1.25s", "after mlockall"
 */
struct moment_words {
	char at[96];
};
struct moment_words moment_words(const struct moment *moment);

/*
 * call_find - the call with this name, CALL_COUNT for none
 */
enum call_id call_find(const char *name);

/*
 * no_such_call - say so
 */
int no_such_call(struct doc *doc, const char *name);

#endif
