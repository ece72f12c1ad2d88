/*
 * coverage.h - what a recording saw and what it did not, counted: for the log's trailer and the statement before every report.
 *
 * Recorder and readers count the same records, so they say the same.
 */
#ifndef PAGETRAIL_COVERAGE_H
#define PAGETRAIL_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/table.h"
#include "record.h"

/* Something that was not covered, once for all processes it was found in. */
struct coverage_gap {
	char *what; /* "/usr/bin/ping", "libc.so.6" */
	char *why;  /* "set-user-ID program: ...", "mmap, munmap", "30 of 32 sites, EACCES" */
	uint64_t count;
};

/* Gaps of one kind; beyond COVERAGE_NAMED only @count goes on. */
#define COVERAGE_NAMED 64
struct coverage_gaps {
	struct coverage_gap *gap;
	size_t named;
	uint64_t count; /* different ones, as far as they are named; then every one */
	uint64_t found; /* every one */
};

struct coverage {
	uint64_t processes, threads, calls;
	uint64_t plt, site, syscall; /* calls by the way they were caught */
	uint64_t losses, snapshots;
	uint64_t revealed;		     /* pages that only snapshots know; from the trailer */
	uint64_t checks, checked, differing; /* --verify: how often, pages */
	bool ended, complete;		     /* there is a trailer; what it says of itself */
	bool no_sites;			     /* libc's own calls were not looked for */
	struct coverage_gaps untraced;	     /* children that could not be traced */
	struct coverage_gaps uncovered; /* objects with calls of their own, call sites that could not be rewritten */
	struct table seen;		/* pid and tid of every thread */
	uint64_t last_thread;		/* the one counted last */
};

/*
 * coverage_add - take in a record of the log
 */
void coverage_add(struct coverage *coverage, const struct record *record);
void coverage_free(struct coverage *coverage);

#endif
