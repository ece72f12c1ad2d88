/*
 * options.h - the command line of record, and what collect has in common with it.
 */
#ifndef PAGETRAIL_LIVE_OPTIONS_H
#define PAGETRAIL_LIVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../util/err.h"
#include "session.h"
#include "watch.h"

struct record_options {
	struct session_options session;
	const char *log;	/* NULL: a name of our own */
	bool force, quiet, help;
	uint64_t linger_ns;	/* how long to go on for children that outlive the program */
	/* --check; NULL where not given */
	bool check;
	const char *policy, *baseline;
	uint8_t error_status;	/* what the verdict makes of a program that ended with 0 */
	int program;		/* index of its name in argv */
};

extern const char record_usage[];

#define DEPTH_MAX 128	/* preload/dictionary.c: what the shim has room for on the program's stack */

/*
 * session_defaults - how programs are recorded where nothing else is asked for
 */
struct session_options session_defaults(void);

/*
 * option_number - a number in decimal digits, at most @most
 */
bool option_number(const char *text, uint64_t most, uint64_t *out);

/*
 * option_full - "wait" or "drop"
 */
bool option_full(const char *text, enum ring_full *out);

/*
 * record_options_read - what comes before the program's name; its own options are left alone
 *
 * Return: 0 or -EINVAL with a message.
 */
int record_options_read(int argc, char **argv, struct record_options *options, struct err *err);

#endif
