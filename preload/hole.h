/*
 * hole.h - is there a page without a mapping in a range?
 */
#ifndef PAGETRAIL_HOLE_H
#define PAGETRAIL_HOLE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "raw.h"

/*
 * hole_in - the same for the pages that [start, start + bytes) touches
 *
 * msync(2): with MS_ASYNC it does nothing but say ENOMEM where a page is not mapped, past the end of the address space too.
 * Context: async-signal-safe; a system call.
 */
static inline bool hole_in(uint64_t start, uint64_t bytes)
{
	uint64_t from = start & ~4095ull, to = (start + bytes + 4095) & ~4095ull;

	return raw_syscall3(SYS_msync, (long)from, (long)(to - from), MS_ASYNC) == -ENOMEM;
}

#endif
