/*
 * window_parts.h - what the parts of the window (window.h) do for each other.  Private to window*.c.
 *
 *	window.c	what is in it, and a round from what comes in to what is kept
 *	window_touch.c	what the order asks about pages and calls
 *	window_take.c	what comes out is taken
 *	window_race.c	what is not known of the order of calls
 *	window_show.c	listings come out: what may be said of pages that changed meanwhile
 */
#ifndef PAGETRAIL_LIVE_WINDOW_PARTS_H
#define PAGETRAIL_LIVE_WINDOW_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "window.h"

/*
 * window_known_pages - an order_pages_fn
 * @arg: the recorder
 */
void window_known_pages(void *arg, int32_t pid, const struct space **space, const struct ranges **doubt);

/*
 * window_read_touches - which pages the call is about, by what is known of them now
 * @position: in the ring
 */
struct touches window_read_touches(struct recorder *recorder, const struct record *record, uint64_t position);

/*
 * window_fill - the touches of calls that overlap, of items and of calls under way
 */
void window_fill(struct recorder *recorder);

/*
 * window_take - an item has come out: into the log and the model with it, and whatever is not known of it is looked at
 */
void window_take(struct recorder *recorder, size_t index);

/*
 * window_take_call - a call, which need not be in the window
 * @item: ->seq and ->child are set
 */
void window_take_call(struct recorder *recorder, struct order_item *item, const struct cargo *cargo);

/*
 * window_take_races - the pages that the item which came out last and others changed in an order that is not known
 */
void window_take_races(struct recorder *recorder);

/*
 * window_show_look, window_show_record - a listing of ours, or what the process listed itself, has come out
 */
void window_show_look(struct recorder *recorder, size_t index, const struct look *look);
void window_show_record(struct recorder *recorder, size_t index, const struct cargo *cargo);

#endif
