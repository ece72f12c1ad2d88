/*
 * window.h - what the ring brought and is not yet in the log: records wait here while it is not known in which order they
 * belong (order.h).  Private to the recorder.
 */
#ifndef PAGETRAIL_LIVE_WINDOW_H
#define PAGETRAIL_LIVE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drain.h"
#include "looks.h"
#include "order.h"

struct recorder;

/* What stands behind an item of the order: a record, or a listing of ours. */
struct cargo {
	struct drain_entry entry;
	const char *text;
	char *own;	   /* the text's copy, when the record waits longer than the batch it came in */
	struct look *look; /* NULL: a record */
	const struct record *known; /* the call, if it was read this round already and can be taken up (journal.h) */
};

/* What an item of the order refers to during a round. */
struct lent {
	struct touches touches;
	struct record record;
};

struct window {
	struct order *order;
	struct order_item *item;
	struct cargo *cargo; /* item[i].cargo is an index */
	size_t count, room;
	struct order_pending *pending;
	size_t pendings, pending_room;
	struct lent **lent; /* the first @lents of @lent_room to items of this round */
	size_t lents, lent_room;
	bool *out; /* by item */
	uint64_t round;
	bool flushing;
};

void window_init(struct window *window, struct recorder *recorder);
void window_free(struct window *window);

/*
 * window_run - put a batch, and the looks that were taken, into the order, and take what need not wait
 * @batch: its modules and stacks have been taken
 */
void window_run(struct recorder *recorder, const struct drain_batch *batch);

/*
 * window_holds - does a record of this process wait
 */
bool window_holds(const struct window *window, int32_t pid);

#endif
