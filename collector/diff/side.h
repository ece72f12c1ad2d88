/*
 * side.h - one log, counted by the places in the program that called: what a diff compares.
 *
 * A place is a call and where it came from, named so that another run, machine or build gives it the same name
 * (report/sitekey.h): the first function that is neither the C library's nor the loader's, or the whole stack.
 */
#ifndef PAGETRAIL_SIDE_H
#define PAGETRAIL_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../audit/audit.h"
#include "../sym/symbols.h"
#include "../vm/record.h"

/* What the calls from one place came to. */
struct site_sums {
	uint64_t calls, failed;
	uint64_t locked;	/* pages that got a lock */
	uint64_t wx;		/* pages that became writable and executable at once */
	uint64_t to_exec;	/* pages that were writable and became executable instead */
	uint64_t to_write;	/* and the other way */
};

struct site {
	enum call_id call;
	char *key;		/* a line for each frame, innermost first; "": no stack */
	struct site_sums sums;
};

/* Findings of one rule at one place. */
struct side_finding {
	enum rule_id rule;
	enum severity severity;
	char fingerprint[17];
	char *place;		/* the functions it is made of, a line each */
	uint64_t count;
};

struct side {
	struct site *site;		/* by call and key, after side_end() */
	size_t sites;
	struct side_finding *finding;	/* by rule and place, after side_end() */
	size_t findings;
	struct side_book *book;		/* while it is filled */
};

/*
 * side_begin - count by function, or by whole stack
 * @wanted: is a record one to count; NULL: all are
 */
void side_begin(struct side *side, struct symbols *symbols, uint64_t page_bytes, bool stacks, audit_wanted *wanted,
		void *arg);

/*
 * side_add - the next record of the log, whatever its type
 */
void side_add(struct side *side, const struct record *record);

/*
 * side_end - the log has ended
 */
void side_end(struct side *side);
void side_free(struct side *side);

/*
 * site_compare - the order of a side's sites: by the calls' names, then by key
 */
int site_compare(const struct site *a, const struct site *b);

/*
 * side_finding_compare - by the rules' names, then by fingerprint
 */
int side_finding_compare(const struct side_finding *a, const struct side_finding *b);

#endif
