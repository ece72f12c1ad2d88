/*
 * pagemap.h - /proc/PID/pagemap: which pages of a process are in memory, which are swapped out.
 */
#ifndef PAGETRAIL_LIVE_PAGEMAP_H
#define PAGETRAIL_LIVE_PAGEMAP_H

#include <stdbool.h>
#include <stdint.h>

/* A run of pages in one state. */
struct pagemap_run {
	uint64_t start, end;
	bool swapped;		/* else they are in memory */
};

/* Return: whether to go on. */
typedef bool pagemap_fn(void *arg, const struct pagemap_run *run);

struct pagemap {
	int fd;
	bool reads;		/* the kernel cannot scan: before 6.7 */
};

/*
 * pagemap_open - of a process, or of a thread where a process may have lost its first
 *
 * Return: 0, or -errno.
 */
int pagemap_open(struct pagemap *pagemap, int32_t id);
void pagemap_close(struct pagemap *pagemap);

/*
 * pagemap_walk - tell the runs of pages of [start, end) that are in memory or swapped out, in address order; a run may
 * come in several pieces
 *
 * Return: 0, also where @fn has stopped it; -errno.
 */
int pagemap_walk(struct pagemap *pagemap, uint64_t start, uint64_t end, pagemap_fn *fn, void *arg);

#endif
