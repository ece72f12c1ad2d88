/*
 * watch.h - the time in which a recording runs: pass after pass over the ring until nobody is left to be recorded.
 */
#ifndef PAGETRAIL_LIVE_WATCH_H
#define PAGETRAIL_LIVE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "launch.h"
#include "recorder.h"
#include "session.h"

#define LINGER_ALL UINT64_MAX

struct watch {
	struct session *session;
	struct launch *launch;		/* without a program of its own (pid 0) only the traced processes are waited for */
	struct recorder *recorder;
	uint64_t linger_ns;		/* how long to go on for children that outlive the program */
	bool patient;			/* one of many: look rarely while nothing happens */
	void (*failed)(void *arg, int error);	/* told once when the log cannot be written any more; error > 0 */
	void *arg;
};

/*
 * watch_run - record until the program and those who outlive it have ended, the time for that is over, or a signal asks
 * to end after the program did
 */
void watch_run(const struct watch *watch);

#endif
