/*
 * runs.h - pages before and after one record, run by run.
 */
#ifndef PAGETRAIL_RUNS_H
#define PAGETRAIL_RUNS_H

#include <stdbool.h>
#include <stddef.h>

#include "../vm/space.h"

struct run {
	uint64_t start, end;		/* bytes, start < end */
	bool was_mapped, is_mapped;
	bool changed;			/* the record set something of these pages */
	struct vma was, is;		/* clipped to the run */
};

/* Ascending, disjoint.  Starts as { 0 }. */
struct runs {
	struct run *run;
	size_t count, room;
};

/*
 * runs_see - pages a record is about, as they are before it; ranges that do not intersect
 */
void runs_see(struct runs *runs, const struct space *space, uint64_t start, uint64_t end);

/*
 * runs_change - what a record did to some pages, seen before or not; several deltas of a page are one change
 */
void runs_change(struct runs *runs, const struct delta *delta);

/*
 * runs_changed - pages that the record changed
 */
uint64_t runs_changed(const struct runs *runs, uint64_t page_bytes);

/*
 * runs_pages - pages of which a claim holds
 */
typedef bool runs_claim(const struct run *run);
uint64_t runs_pages(const struct runs *runs, uint64_t page_bytes, runs_claim *claim);

void runs_free(struct runs *runs);

#endif
