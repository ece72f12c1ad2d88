/*
 * edit.h - the line that is being rewritten, for the files that change its JSON.
 */
#ifndef PAGETRAIL_EDIT_H
#define PAGETRAIL_EDIT_H

#include <stddef.h>

#include <jansson.h>

#include "log.h"
#include "rewrite.h"

struct rewrite_line {
	const char *text;	/* as it is in the log */
	size_t length;
	json_t *object;		/* NULL until edit_load() */
};

/*
 * edit_load - the line as an object that may be changed, or replaced by another
 *
 * Numbers above INT64_MAX are as load.h leaves them.
 * Return: 0, or -EINVAL with a message.
 */
int edit_load(struct rewrite_line *line, struct err *err);

/*
 * edit_write - write JSON as one piece of text, without a line break
 */
void edit_write(json_t *json, struct log_writer *writer);

#endif
