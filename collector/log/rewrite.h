/*
 * rewrite.h - one log into another, record by record.
 *
 * What is not changed is copied byte by byte.  What is changed keeps the order of its fields, and its numbers their 64
 * bits.  Lines that are dropped are taken off the trailer's count.
 */
#ifndef PAGETRAIL_REWRITE_H
#define PAGETRAIL_REWRITE_H

#include "../util/err.h"
#include "../vm/record.h"
#include "log.h"

/* The line at hand. */
struct rewrite_line;

enum rewrite_what {
	REWRITE_KEEP,		/* the line as it is */
	REWRITE_CHANGED,	/* as the rewrite_... functions below have made it */
	REWRITE_DROP
};

/*
 * rewrite_fn - what becomes of a record
 * @record: valid during the call
 *
 * Return: enum rewrite_what, or -errno with a message.
 */
typedef int rewrite_fn(void *arg, const struct record *record, struct rewrite_line *line, struct err *err);

/*
 * rewrite_log - read to the end, or to where the log is torn (log_tear() tells), and write
 *
 * The first line that cannot be parsed ends it.
 * Return: 0, or -errno with a message; an error of @to is left for log_finish() to tell.
 */
int rewrite_log(struct log_reader *from, struct log_writer *to, rewrite_fn *fn, void *arg, struct err *err);

/*
 * rewrite_names - give a stack record its names
 * @names: one element for each frame
 *
 * Bytes that are not UTF-8 become U+FFFD.
 * Return: REWRITE_CHANGED, or -errno with a message.
 */
int rewrite_names(struct rewrite_line *line, const struct frame_names *names, size_t count, struct err *err);

#endif
