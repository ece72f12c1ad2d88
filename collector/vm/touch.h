/*
 * touch.h - which pages a call spoke about, whatever it did to them.
 *
 * The model's deltas say what changed; this says what was asked, so that a call that changed nothing can still be shown
 * in the biography of a page and counted.
 */
#ifndef PAGETRAIL_TOUCH_H
#define PAGETRAIL_TOUCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define TOUCH_MAX 2	/* mremap() speaks of its source and of its destination */

struct span {
	uint64_t start, end;	/* bytes, page-aligned, start < end */
};

/*
 * touch_by_length - does a call with this effect name its pages by an address and a length, its first two arguments, whether
 * it works or not
 */
bool touch_by_length(enum call_effect effect);

/*
 * touch_spans - the page ranges a call was about
 * @page_bytes: a power of two
 *
 * Rounded as the call rounds (vm/semantics 4: mlock() down and up, the others up). A call about the whole address space
 * (mlockall with MCL_CURRENT, munlockall) gives [0, UINT64_MAX). Calls that speak of no page give none.
 * Return: how many of @out are filled in. Context: pure.
 */
size_t touch_spans(const struct record *record, uint64_t page_bytes, struct span out[TOUCH_MAX]);

/*
 * touch_hits - does the call speak of any byte in [start, end)
 */
bool touch_hits(const struct record *record, uint64_t page_bytes, uint64_t start, uint64_t end);

/*
 * touch_pages - how many pages the call was about; 0 for calls about the whole address space
 */
uint64_t touch_pages(const struct record *record, uint64_t page_bytes);

/*
 * touch_sets_state - is this a call that, where it works, sets a page's mapping, protection, lock or lasting advice
 *
 * madvise(MADV_DONTNEED), msync() and mincore() do not: that they change no state is no sign of a needless call.
 */
bool touch_sets_state(const struct record *record);

#endif
