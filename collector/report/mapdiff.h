/*
 * mapdiff.h - what differs between two states of an address space, page by page.
 */
#ifndef PAGETRAIL_MAPDIFF_H
#define PAGETRAIL_MAPDIFF_H

#include "rows.h"

/*
 * '+' mapped since, '-' no longer mapped, '!' less safe than before: a lock was lost, or the range is writable and
 * executable at once and was not; '~' anything else that differs
 */
struct mapdiff_row {
	char mark;
	bool had, has;		/* mapped before, mapped now */
	struct row was, now;	/* same range, as far as mapped */
	uint64_t set_by;	/* the record behind the difference, 0: not known */
};

/* Starts as { 0 }. */
struct mapdiff {
	struct mapdiff_row *row;
	size_t count, room;
};

/* A range that some record unmapped. */
struct mapdiff_end {
	uint64_t start, end, seq;
};

/*
 * mapdiff_compare - every difference from @was to @now, in address order; neighbours that differ alike are one row
 * @ends: what was unmapped between the two moments, in any order
 */
void mapdiff_compare(struct mapdiff *diff, const struct rows *was, const struct rows *now,
		     const struct mapdiff_end *ends, size_t end_count);

void mapdiff_origins(const struct mapdiff *diff, struct who *who);
void mapdiff_text(const struct view *view, const struct mapdiff *diff, struct who *who);

/*
 * mapdiff_json - "changes": [{"change":"!", the fields of the range now, "was": the fields before}, ...]
 */
void mapdiff_json(struct jout *json, const struct mapdiff *diff);

void mapdiff_free(struct mapdiff *diff);

#endif
