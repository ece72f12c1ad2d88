/*
 * attend.h - one program that asked a standing collector for a ring: recorded from here on, into a log of its own.
 *
 * Runs in a process of its own, so that whatever becomes of one program's ring, of its log or of us here, the others are
 * served.
 */
#ifndef PAGETRAIL_LIVE_ATTEND_H
#define PAGETRAIL_LIVE_ATTEND_H

#include <stdbool.h>

#include "../util/err.h"
#include "door.h"
#include "session.h"

struct attend_options {
	struct session_options session;
	const char *dir;	/* where logs go */
	bool compress;
	uint64_t rotate_bytes;	/* go on in another log when one is longer; 0: never */
	uint64_t keep;		/* so many of the newest logs of a program stay; 0: all */
	char unwinder[SESSION_PATH_MAX];	/* session_find_unwinder() */
};

enum attend_result {
	ATTEND_COMPLETE,
	ATTEND_INCOMPLETE,	/* the log says what is missing */
	ATTEND_FAILED,		/* there is no log, or it could not be written to its end */
};

/*
 * attend - answer the visitor and record until nobody of it is left, or SIGTERM or SIGINT asks to end
 *
 * The log is DIR/pagetrail.PROGRAM.PID.jsonl, with a number where there is one already, and then .part2.jsonl, ...
 * Return: ATTEND_FAILED with a message.
 */
enum attend_result attend(struct visitor *visitor, const struct attend_options *options, struct err *err);

#endif
