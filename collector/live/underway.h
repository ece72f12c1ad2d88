/*
 * underway.h - calls that began and have not returned: what they may be changing while a process is compared with its
 * model (record --verify).  Private to the recorder.
 */
#ifndef PAGETRAIL_LIVE_UNDERWAY_H
#define PAGETRAIL_LIVE_UNDERWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "drain.h"
#include "journal.h"

/* Calls that were waited for in vain; of more than these the latest are remembered. */
#define UNDERWAY_VAIN_MAX 64

struct underway {
	struct check_moved doubt; /* pages these calls may be changing */
	uint64_t waited[UNDERWAY_VAIN_MAX]; /* positions of those that may end by themselves */
	size_t waits;
	uint64_t vain[UNDERWAY_VAIN_MAX];
	size_t vains;
};

struct underway_ask {
	int32_t pid;
	uint64_t by_ns;	       /* only calls that had begun by then */
	const int32_t *tid;    /* threads that wait for us: their calls do not end meanwhile, a handler runs in them */
	size_t tids;
};

void underway_free(struct underway *underway);

/*
 * underway_look - find them; ->doubt and ->waits are replaced
 *
 * What makes or ends processes changes no page of the one that calls. Return: whether waiting a little may help.
 */
bool underway_look(struct underway *underway, struct drain *drain, struct journal *journal,
		   const struct underway_ask *ask);

/*
 * underway_give_up - they were waited for long enough: never again, however often they are found
 */
void underway_give_up(struct underway *underway);

#endif
