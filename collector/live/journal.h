/*
 * journal.h - records on their way into the log and the live model, in the order of the file.
 *
 * Every record goes the same way: its line is assembled, parsed as any reader of the log would parse it, applied to the
 * model and written.  A line that does not parse, or that is not what its slot said, never reaches the log.
 */
#ifndef PAGETRAIL_LIVE_JOURNAL_H
#define PAGETRAIL_LIVE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../audit/audit.h"
#include "../log/log.h"
#include "../util/err.h"
#include "../vm/coverage.h"
#include "../vm/record.h"
#include "../vm/world.h"
#include "line.h"

struct journal;

struct journal_counts {
	uint64_t calls, unfinished, losses, processes, stacks, modules, marks, snapshots;
	uint64_t checks, checked_pages, differing_pages; /* --verify */
	bool verify;					 /* the trailer speaks of them */
};

/* What became of the processes: of those that have ended, at their end. */
struct journal_sums {
	uint64_t revealed;	/* pages that snapshots showed to be otherwise than known */
	uint64_t locked, wx;	/* bytes */
};

/*
 * journal_new - write to @writer, keep @world up to date; both stay the caller's
 *
 * Processes that have ended leave the world: their part of the trailer is summed up.
 */
struct journal *journal_new(struct log_writer *writer, struct world *world);
void journal_free(struct journal *journal);

/*
 * journal_turn - the log is finished, the next lines go to @writer, numbered and counted from 1; the model is @world,
 * which is to be told by them what there is
 *
 * Nobody audits from here on, until journal_audit().
 */
void journal_turn(struct journal *journal, struct log_writer *writer, struct world *world);

/*
 * journal_before - how many records with a seq the logs before this one have
 */
uint64_t journal_before(const struct journal *journal);

/*
 * journal_seq - of the last record of this log that has one; 0: none has
 */
uint64_t journal_seq(const struct journal *journal);

/*
 * journal_sums - over all processes of this log
 */
struct journal_sums journal_sums(const struct journal *journal);

/*
 * journal_fail - the log could not be written
 */
void journal_fail(struct journal *journal, int error);

/* Which of several logs it is. */
struct journal_part {
	uint32_t number;	/* from 2 */
	const char *continues;	/* name of the log before */
};

/*
 * journal_header - the first line
 * @part: NULL: the first, or the only one
 * @start_ns, @realtime_ns: the same moment by CLOCK_MONOTONIC and CLOCK_REALTIME
 * @argv, @cwd: of the program; NULL: it has our working directory
 */
void journal_header(struct journal *journal, uint64_t start_ns, uint64_t realtime_ns, char *const argv[],
		    const char *cwd, const struct journal_part *part);

/*
 * journal_prepare - assemble and parse a line that takes part in the order: process, snapshot, call, mark
 * @type: what it must turn out to be
 * @event: for a process record "start", "exec", "fork" or "exit", else NULL
 * @text, @length: everything after these, beginning with a comma, without the closing brace
 *
 * Return: the record, valid until the next journal_prepare() or journal_check(); NULL: damaged. Nothing is written yet,
 * and the sequence number is used only by journal_commit().
 */
const struct record *journal_prepare(struct journal *journal, enum record_type type, const char *event,
				     const char *text, size_t length, bool unfinished);

/*
 * journal_keep - copy a call that was prepared, to be taken up again when others have come before it
 *
 * Return: false: it has texts or lists, which live no longer than its line.
 */
bool journal_keep(const struct record *record, struct record *kept);

/*
 * journal_take_up - journal_prepare() for a call that was prepared before: it is not parsed again
 * @kept: by journal_keep()
 * @text, @length: the same as then
 */
const struct record *journal_take_up(struct journal *journal, const struct record *kept, const char *text, size_t length);

/*
 * journal_stack_is - the prepared call's or mark's stack has another id in the log; 0: it is not known, the field goes
 */
void journal_stack_is(struct journal *journal, uint32_t id);

/*
 * journal_commit - apply the prepared record to the model and write its line
 */
enum apply_result journal_commit(struct journal *journal);

/*
 * journal_watch - be told what the records applied from now on change
 * @fn: NULL: no longer
 */
typedef void journal_changed(void *arg, int32_t pid, const struct delta *delta);
void journal_watch(struct journal *journal, journal_changed *fn, void *arg);

/*
 * journal_audit - judge the records from now on
 * @audit: of the journal's world; stays the caller's; NULL: no longer
 */
void journal_audit(struct journal *journal, struct audit *audit);

/*
 * journal_check - parse a module, note or check record without writing it
 */
const struct record *journal_check(struct journal *journal, enum record_type type, const char *text, size_t length);

/*
 * journal_module, journal_put, journal_stack - write lines outside the order; the text has passed journal_check() or
 * is the caller's own
 */
void journal_module(struct journal *journal, uint32_t id, const char *text, size_t length);
void journal_put(struct journal *journal, enum record_type type, const char *text, size_t length);
void journal_stack(struct journal *journal, const struct line *line);

/*
 * journal_remark - a note of the collector's own
 * @what: one word; @pid: 0: none
 */
void journal_remark(struct journal *journal, const char *what, int32_t pid, const char *text);

/*
 * journal_loss - records that could not be kept
 */
void journal_loss(struct journal *journal, uint64_t count, const char *why);

/*
 * journal_coverage - what the records written so far cover
 */
const struct coverage *journal_coverage(const struct journal *journal);

/*
 * journal_trailer - the last line
 * @complete: nothing was lost and nothing stayed unknown
 * @continued: name of the log that goes on, NULL: none
 */
void journal_trailer(struct journal *journal, bool complete, const char *continued);

/*
 * journal_verified - what --verify came to, for the trailer
 */
void journal_verified(struct journal *journal, uint64_t checks, uint64_t pages, uint64_t differing);

/*
 * journal_flush - hand what was written to the kernel
 */
void journal_flush(struct journal *journal);

/*
 * journal_error - 0, or the -errno that ended writing; the model goes on
 */
int journal_error(const struct journal *journal);

const struct journal_counts *journal_counts(const struct journal *journal);

#endif
