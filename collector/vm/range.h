/*
 * range.h - page rounding and [start, end) arithmetic as the kernel does it.  Pure.
 *
 * The kernel rounds modulo 2^64 (PAGE_ALIGN), so a huge length becomes 0.  Which error a call gives then differs from
 * call to call; here it is only told apart from a usable range.
 */
#ifndef PAGETRAIL_RANGE_H
#define PAGETRAIL_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_BYTES UINT64_C(4096)
#define HUGE_BYTES UINT64_C(0x200000)
#define USER_END UINT64_C(0x7ffffffff000) /* TASK_SIZE with four levels of page tables */
#define SPACE_END (UINT64_MAX - PAGE_BYTES + 1) /* the last page-aligned address: end of "everything" */

struct range {
	uint64_t start, end;
};

/* What the arguments of a call come to. */
enum range_is {
	RANGE_PAGES,	/* start < end, both page-aligned */
	RANGE_EMPTY,	/* no page at all, which most calls accept */
	RANGE_BAD	/* unaligned or wrapping: the call touched nothing */
};

static inline uint64_t page_down(uint64_t n)
{
	return n & ~(PAGE_BYTES - 1);
}

static inline uint64_t page_up(uint64_t n)
{
	return page_down(n + PAGE_BYTES - 1);
}

static inline uint64_t round_up_to(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * range_aligned - munmap, mprotect, madvise, mseal, mincore, msync: the address must be aligned, the length is rounded
 * up
 */
static inline enum range_is range_aligned(uint64_t addr, uint64_t len, struct range *range)
{
	range->start = addr;
	range->end = addr + page_up(len);
	if (addr % PAGE_BYTES)
		return RANGE_BAD;
	if (!len)
		return RANGE_EMPTY;
	return range->end > range->start ? RANGE_PAGES : RANGE_BAD;
}

/*
 * range_covering - mlock, mlock2, munlock: every page that [addr, addr + len) touches
 *
 * A length that rounds to 0 is a successful nothing (mlock(p, SIZE_MAX) returns 0); an unaligned address with length 0
 * is one page.  do_mlock(), mm/mlock.c.
 */
static inline enum range_is range_covering(uint64_t addr, uint64_t len, struct range *range)
{
	uint64_t bytes = page_up(len + addr % PAGE_BYTES);

	range->start = page_down(addr);
	range->end = range->start + bytes;
	if (!bytes)
		return RANGE_EMPTY;
	return range->end > range->start ? RANGE_PAGES : RANGE_BAD;
}

/*
 * range_sane - is [start, start + bytes) a range a mapping can have: aligned, not empty, not wrapping
 */
static inline bool range_sane(uint64_t start, uint64_t bytes)
{
	return start % PAGE_BYTES == 0 && bytes % PAGE_BYTES == 0 && bytes && start + bytes > start;
}

static inline bool ranges_overlap(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
	return a < b_end && b < a_end;
}

#endif
