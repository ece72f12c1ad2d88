/*
 * verify.h - record --verify: a process that waits is compared with its model, and what came of it goes into the log.
 * Private to the recorder.
 */
#ifndef PAGETRAIL_LIVE_VERIFY_H
#define PAGETRAIL_LIVE_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "drain.h"
#include "line.h"
#include "underway.h"

struct recorder;

/* Differences printed at the end; ranges named in one line of the log. */
#define VERIFY_TOLD_MAX	  5
#define VERIFY_RANGES_MAX 50

struct verify_totals {
	uint64_t checks, pages, differing; /* differing: a wrong VmLck counts as one */
	uint64_t unread;		   /* processes that waited but could not be looked at */
	char told[VERIFY_TOLD_MAX][200];   /* the first differences, for a person */
	size_t tellable;		   /* how many there were */
};

/* A process that waits. */
struct verify_waiting {
	uint64_t position; /* of its slot */
	int32_t pid, tid;
	char *text; /* what its record says; NULL: it has been let go */
	size_t length;
};

struct verify {
	struct verify_totals totals;
	struct verify_waiting *waiting;
	size_t count, room;
	struct check_listing listing; /* these are kept for their memory */
	struct check_result result;
	struct check_moved moved;
	struct underway underway;
	const struct space *space; /* the one looked at */
	struct line smaps, line;
};

void verify_free(struct verify *verify);

/*
 * verify_wanted - a SLOT_CHECK record was drained
 */
void verify_wanted(struct recorder *recorder, const struct drain_entry *entry, const char *text);

/*
 * verify_run - after a pass: compare those that wait, then let them go on
 *
 * Everything that ended before they began to wait is in the model. Their other threads stop at their next call
 * (preload/check.h): pages that a call under way changes meanwhile are not judged. Pages the model wants to see are shown
 * to it first.
 */
void verify_run(struct recorder *recorder);

#endif
