/*
 * intake.h - what was drained from the ring, record by record, into log, model and process table.  Private to the
 * recorder.
 */
#ifndef PAGETRAIL_LIVE_INTAKE_H
#define PAGETRAIL_LIVE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "drain.h"
#include "journal.h"
#include "launch.h"
#include "looks.h"
#include "processes.h"
#include "scan_code.h"
#include "seam.h"
#include "session.h"
#include "settle.h"
#include "stacks.h"
#include "verify.h"
#include "window.h"

struct recorder {
	struct session *session;
	struct launch *launch;
	int32_t root;			/* pid of the program */
	struct drain *drain;
	struct journal *journal;
	struct stacks *stacks;
	struct processes *processes;
	struct world *world;
	struct audit *audit;
	struct looks looks;
	struct window window;
	struct settle settle;
	struct scan_code *scan;
	struct verify verify;
	struct seam seam;
	struct line line;		/* for stack lines */
	uint64_t now_ns;		/* of this pass */
	uint64_t beat_ns;		/* the last one */
	uint64_t beat_position;		/* handed out by then */
	uint64_t damaged;		/* records that did not parse */
	uint64_t told_dropped, told_damaged;
	uint64_t failed, locked, locked_peak;
	bool unknown;			/* something happened that the log cannot tell */
	bool dirty;			/* written since the last flush */
	bool root_untraced;
	bool closed;			/* the ring, by us */
	bool spoilt;			/* the ring, by others: the log says so */
};

/*
 * intake_drain - take what is in the ring now, with everything that belongs between
 *
 * Return: how many records there were.
 */
size_t intake_drain(struct recorder *recorder);

/*
 * intake_take - one record that is neither a call nor a snapshot, in its turn
 * intake_commit - a prepared record, NULL: damaged
 * intake_put_snapshot - the text of a snapshot
 * intake_put_parts - all of one, which is freed
 */
void intake_take(struct recorder *recorder, const struct drain_entry *entry, const char *text);
void intake_commit(struct recorder *recorder, const struct record *record);
void intake_put_snapshot(struct recorder *recorder, const char *text, size_t length);
void intake_put_parts(struct recorder *recorder, struct snapshot snapshot);

/*
 * intake_begun - calls that began and did not return
 * @replaced: because their process became another program: execve(2) did what it should
 */
void intake_begun(struct recorder *recorder, const struct drain_batch *batch, bool replaced);

/*
 * intake_exit - a process has ended and its last records are in the log: write what it left unfinished, and its exit
 * @before: only slots of positions below this one are its
 */
void intake_exit(struct recorder *recorder, struct traced *traced, uint64_t before);

#endif
