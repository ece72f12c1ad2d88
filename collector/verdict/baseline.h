/*
 * baseline.h - what was found before: only what is not in it fails.
 *
 * As a file it is JSON, collector/schema/pagetrail-baseline-1.schema.json, a line for each finding, sorted: the same
 * findings give the same bytes, and a difference of two versions reads well.
 */
#ifndef PAGETRAIL_BASELINE_H
#define PAGETRAIL_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../util/err.h"

#define BASELINE_BYTES_MAX (64u << 20)
#define BASELINE_ENTRIES_MAX 1000000

struct baseline_entry {
	char *fingerprint;	/* 16 hex digits */
	char *rule;
	char *place;		/* for people: the lines the fingerprint is made of; "" for none */
	uint64_t count;		/* how often it was found */
	uint64_t met;		/* the same, in the log being judged: verdict_judge() */
};

/* Starts as { 0 }: nothing is known. */
struct baseline {
	struct baseline_entry *entry;
	size_t count, room;
};

/*
 * baseline_parse - read one, whatever the bytes are
 * @name: of the file, for messages
 * @baseline: { 0 }; to be freed whatever is returned
 *
 * Return: 0, or -EINVAL with a message. Context: pure; bounded by @length.
 */
int baseline_parse(const char *bytes, size_t length, const char *name, struct baseline *baseline, struct err *err);

/*
 * baseline_add - @count more of a finding; the strings are copied. After the last, call baseline_settle()
 */
void baseline_add(struct baseline *baseline, const char *fingerprint, const char *rule, const char *place,
		  uint64_t count);

/*
 * baseline_settle - all are added: sort them by their fingerprints, and make one of equal ones
 */
void baseline_settle(struct baseline *baseline);

/*
 * baseline_find - the entry with a fingerprint, or NULL
 */
struct baseline_entry *baseline_find(const struct baseline *baseline, const char *fingerprint);

/*
 * baseline_write - write the file, sorted by rule and place; baseline_settle() has to be called before the next search
 *
 * Return: 0, or -errno if @out could not be written.
 */
int baseline_write(struct baseline *baseline, FILE *out);
void baseline_free(struct baseline *baseline);

#endif
