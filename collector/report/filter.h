/*
 * filter.h - which records a report is about: the options that every reader has in common.
 */
#ifndef PAGETRAIL_FILTER_H
#define PAGETRAIL_FILTER_H

#include "../sym/symbols.h"
#include "../util/err.h"
#include "when.h"

/* The options as written; NULL where not given. */
struct filter_words {
	const char *pid, *tid, *call, *addr, *result, *module, *func, *since, *until;
};

enum filter_result { RESULT_ANY, RESULT_OK, RESULT_FAIL, RESULT_ERRNO };

struct filter {
	int32_t pid, tid;		/* 0: any */
	bool by_call, call[CALL_COUNT];
	bool by_addr;
	uint64_t start, end;		/* bytes of the addresses asked for, end not included */
	enum filter_result result;
	int err;			/* RESULT_ERRNO */
	const char *module, *func;	/* NULL: any; borrowed from the words */
	bool by_since, by_until;
	struct when since, until;
};

/*
 * filter_parse - read the options
 *
 * call: names of calls.def separated by commas; addr: A or A-B, hex or decimal, B not included; result: ok, fail or an
 * errno's name; module: a file's name, with or without version ("libgcrypt", "libc.so.6"), or its path; func: a
 * function's name; both may hold shell wildcards. The strings must outlive the filter.
 * Return: 0, or -EINVAL with a message.
 */
int filter_parse(const struct filter_words *words, struct filter *filter, struct err *err);

/*
 * filter_see, filter_settle - as when_see() and when_settle(), for since and until
 */
void filter_see(struct filter *filter, const struct record *record);
int filter_settle(struct filter *filter, const struct survey *survey, struct err *err);

/*
 * filter_call - is this call asked for
 * @symbols: names its stack, where module or func are asked for
 */
bool filter_call(const struct filter *filter, const struct record *record, uint64_t page_bytes,
		 struct symbols *symbols);

/*
 * filter_event - is this record, not a call, asked for
 *
 * By pid, tid and time; never where something is asked for that only calls have.
 */
bool filter_event(const struct filter *filter, const struct record *record);

/*
 * filter_is_set - is anything but the pid asked for
 */
bool filter_is_set(const struct filter *filter);

/*
 * filter_number - a number, decimal or with 0x, and nothing after it
 *
 * Return: 0 and *value, or -EINVAL.
 */
int filter_number(const char *text, uint64_t *value);

#endif
