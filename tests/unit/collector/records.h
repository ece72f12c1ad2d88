/*
 * records.h - are two records that were read from one line in two ways the same.
 *
 * Of the types whose lines the scanner never takes, because they hold lists, only what all have in common is compared.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <string.h>

#include "../../../collector/vm/record.h"

static inline bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static inline bool same_array(const void *a, const void *b, size_t bytes)
{
	return !bytes || !memcmp(a, b, bytes);
}

/* The scalars by memory (both records begin as zeroes), the strings by what they say. */
static inline bool same_call(const struct record *a, const struct record *b)
{
	struct record x = *a, y = *b;

	x.call.path = y.call.path = NULL;
	x.call.iov = y.call.iov = NULL;
	x.call.run = y.call.run = NULL;
	return !memcmp(&x, &y, sizeof(x)) && same_text(a->call.path, b->call.path) &&
	       same_array(a->call.iov, b->call.iov, a->call.iov_count * sizeof(*a->call.iov)) &&
	       same_array(a->call.run, b->call.run, a->call.run_count * sizeof(*a->call.run));
}

static inline bool same_record(const struct record *a, const struct record *b)
{
	if (a->type != b->type || a->seq != b->seq || a->pid != b->pid || a->tid != b->tid || a->t_ns != b->t_ns)
		return false;
	if (a->type == RECORD_CALL)
		return same_call(a, b);
	if (a->type == RECORD_MARK)
		return same_text(a->mark.label, b->mark.label) && a->mark.stack == b->mark.stack;
	if (a->type == RECORD_NOTE)
		return same_text(a->note.what, b->note.what) && same_text(a->note.text, b->note.text);
	if (a->type == RECORD_TRAILER)
		return !memcmp(&a->trailer, &b->trailer, sizeof(a->trailer));
	if (a->type == RECORD_MODULE)
		return a->module.id == b->module.id && a->module.base == b->module.base &&
		       a->module.start == b->module.start && a->module.end == b->module.end &&
		       same_text(a->module.path, b->module.path) && same_text(a->module.build_id, b->module.build_id);
	if (a->type == RECORD_LOSS)
		return a->loss.count == b->loss.count && same_text(a->loss.why, b->loss.why);
	return true;
}

#endif
