/*
 * recorder.h - one recording: the ring drained into the log, process by process, with the live model beside it.
 */
#ifndef PAGETRAIL_LIVE_RECORDER_H
#define PAGETRAIL_LIVE_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../log/log.h"
#include "journal.h"
#include "launch.h"
#include "processes.h"
#include "seam.h"
#include "session.h"
#include "verify.h"

struct recorder;

/* What a recording came to, for the summary. */
struct recorder_totals {
	struct journal_counts counts;
	uint64_t failed;		/* calls */
	uint64_t locked, locked_peak;	/* bytes, over all processes, full and on-fault */
	uint64_t wx;			/* bytes writable and executable at once, at the end */
	size_t findings[SEVERITY_COUNT];	/* of the audit */
	uint64_t stalls;		/* times a writer had to wait for us */
	struct verify_totals verify;	/* --verify */
	bool complete;
	bool untraced;			/* the shim did not start in the program */
};

/* What is recorded: a process that exists already. */
struct recorder_program {
	int32_t pid;
	char *const *argv;
	const char *cwd;	/* NULL: ours */
};

/*
 * recorder_new - begin; writes the header line
 * @launch: how the program was started; pid 0 in it: by somebody else, so its exit status is not known
 */
struct recorder *recorder_new(struct session *session, struct log_writer *writer, struct launch *launch,
			      const struct recorder_program *program);
void recorder_free(struct recorder *recorder);

/*
 * recorder_rotate - go on in another log whenever one is long enough
 * @rotation: stays the caller's; @writer: of the log at hand
 *
 * Before the first pass.
 */
void recorder_rotate(struct recorder *recorder, const struct rotation *rotation, struct log_writer *writer);

/*
 * recorder_pass - drain the ring once; notice who ended and write their exit; sign of life, losses and flush when they
 * are due
 *
 * Return: how many records were taken: a quarter of the ring or more means that the next pass is due at once.
 */
size_t recorder_pass(struct recorder *recorder);

/*
 * recorder_checks - comparisons made so far (--verify): who waited for one may be waiting for the next at any moment
 */
uint64_t recorder_checks(const struct recorder *recorder);

/*
 * recorder_processes - those seen so far
 */
struct processes *recorder_processes(const struct recorder *recorder);

/*
 * recorder_error - 0, or the -errno that ended the writing of the log; the recording is closed then
 */
int recorder_error(const struct recorder *recorder);

/*
 * recorder_end - stop the writers, take what is left, write the trailer
 */
struct recorder_totals recorder_end(struct recorder *recorder);

#endif
