/*
 * residency.h - record --residency: which pages of a process that waits are in memory.  Private to the recorder.
 *
 * A lock says what the kernel was asked, not what is there: a page locked on fault comes with its first touch, one of a
 * truncated file goes.  So the page tables are read where a process waits for it: at marks, and at its exit.
 */
#ifndef PAGETRAIL_LIVE_RESIDENCY_H
#define PAGETRAIL_LIVE_RESIDENCY_H

#include "line.h"
#include "verify.h"

struct recorder;

/* Runs of pages in one line of the log, and lines of one sample: of a process with more the rest is left out. */
#define RESIDENCY_PART_RUNS 200
#define RESIDENCY_PARTS	    250

/*
 * residency_take - write which pages of the process that waits are in memory, mapping by mapping of its model
 *
 * /proc/PID/pagemap, by PAGEMAP_SCAN where the kernel has it (6.7), else read; proc(5) pagemap,
 * Documentation/admin-guide/mm/pagemap.rst. Its frames are not looked at, so that no privilege is needed.
 */
void residency_take(struct recorder *recorder, const struct verify_waiting *waiting);

#endif
