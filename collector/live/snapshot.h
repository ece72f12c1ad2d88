/*
 * snapshot.h - the kernel's own list of a process's VMAs, /proc/PID/smaps, as snapshot records.
 */
#ifndef PAGETRAIL_LIVE_SNAPSHOT_H
#define PAGETRAIL_LIVE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "line.h"

/* Ranges in one line of the log. */
#define SNAPSHOT_PART_RANGES 100

/* A snapshot taken and not yet in the log: @part texts as journal_prepare() wants them. */
struct snapshot {
	uint64_t end_ns;	/* when the reading was done: where it belongs in the order */
	struct line *part;
	size_t parts;
};

/*
 * snapshot_read - the text of /proc/PID/smaps
 *
 * Return: 0, or -errno: the process is gone (-ENOENT, -ESRCH) or may not be looked at (-EACCES).
 */
int snapshot_read(int32_t pid, struct line *smaps);

/*
 * snapshot_make - records from that text
 * @from, @to: the addresses to speak for; VMAs that reach beyond are clipped
 * @end_ns: goes in as the time
 */
struct snapshot snapshot_make(const struct line *smaps, int32_t pid, uint64_t from, uint64_t to, uint64_t end_ns);
void snapshot_free(struct snapshot *snapshot);

#endif
