/*
 * when.h - a moment of a log, as a user writes it.
 *
 *   start        before the process's first call: what its first snapshot showed
 *   exit         the end of the log, or of the process
 *   1.25s        after the last record that was complete 1.25 s after recording began; also ms, us, ns
 *   #SEQ         after that record has been applied
 *   mark:LABEL   after the first mark with that label, of the chosen process if it has one
 */
#ifndef PAGETRAIL_WHEN_H
#define PAGETRAIL_WHEN_H

#include "../util/err.h"
#include "survey.h"

enum when_kind { WHEN_EXIT, WHEN_START, WHEN_TIME, WHEN_SEQ, WHEN_MARK };

struct when {
	enum when_kind kind;
	const char *text;	/* as the user wrote it; must outlive the struct */
	uint64_t t_ns;		/* WHEN_TIME */
	uint64_t seq;		/* known after when_settle(): the last record that counts */
	int32_t pid;		/* of the chosen process; 0: none */
	bool own;		/* WHEN_MARK: seq is of one of its marks */
};

/*
 * when_parse - read a moment
 * @text: NULL is "exit"
 *
 * Return: 0, or -EINVAL with a message that lists what can be written.
 */
int when_parse(const char *text, struct when *when, struct err *err);

/*
 * when_see - look at a record of the first pass, in order
 */
void when_see(struct when *when, const struct record *record);

/*
 * when_settle - find out which record is the last that counts
 * @process: whose start is meant
 *
 * Return: 0 and when->seq, or -ENOENT with a message that lists what exists.
 */
int when_settle(struct when *when, const struct survey *survey, const struct survey_process *process, struct err *err);

#endif
