/*
 * snapshot.h - the kernel's own list of a process's VMAs, /proc/PID/smaps, as snapshot records.
 */
#ifndef PAGETRAIL_LIVE_SNAPSHOT_H
#define PAGETRAIL_LIVE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/record.h"
#include "../vm/space.h"
#include "line.h"

/* Ranges in one line of the log. */
#define SNAPSHOT_PART_RANGES 100

/* A snapshot taken and not yet in the log: @part texts as journal_prepare() wants them. */
struct snapshot {
	uint64_t end_ns;	/* when the reading was done: where it belongs in the order */
	struct line *part;
	size_t parts;
};

struct snapshot_about {
	int32_t pid;
	const char *why;
	uint64_t from, to; /* the addresses to speak for; VMAs that reach beyond are clipped */
	uint64_t end_ns;   /* when the listing was read */
	bool has_vmlck;	   /* VmLck, the same before and after the reading */
	uint64_t vmlck_bytes;
};

/*
 * snapshot_make - records from the text of smaps (smaps.h)
 */
struct snapshot snapshot_make(const struct line *smaps, const struct snapshot_about *about);

/*
 * snapshot_vmlck - VmLck alone, of no pages
 */
struct snapshot snapshot_vmlck(const struct snapshot_about *about);

/*
 * snapshot_model - what the model holds, with what no listing of the kernel's has: the kind of memory, guard markers
 * @about: .from, .to and VmLck are the model's
 *
 * Applied to an empty address space it makes the same VMAs, those that differ in their history alone joined.
 */
struct snapshot snapshot_model(const struct space *space, const struct snapshot_about *about);

/*
 * snapshot_piece - the part of a snapshot record that speaks of [from, to), as a record of its own
 * @vmlck: with its VmLck, if it has one
 */
struct snapshot snapshot_piece(const struct record *record, uint64_t from, uint64_t to, bool vmlck);
void snapshot_free(struct snapshot *snapshot);

#endif
