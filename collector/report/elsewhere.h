/*
 * elsewhere.h - what one record did to the lock of a page through another mapping of the same memory, in this process
 * or another: that mapping's lock holds the page as well, and its end may be the end of all.  shmctl(SHM_LOCK) locks
 * pages through no mapping, with their whole System V segment.
 */
#ifndef PAGETRAIL_ELSEWHERE_H
#define PAGETRAIL_ELSEWHERE_H

#include "../vm/world.h"
#include "text.h"

/* The page asked about, and the record being applied.  Starts anew with each record. */
struct elsewhere {
	const struct process *process;	/* whose page; NULL: of nobody any more */
	uint64_t page;
	const struct process *acts;	/* whose record */
	bool any;
	uint64_t addr;			/* of the same page there */
	unsigned was, is;		/* enum vma_lock */
	struct { bool known, locked; } segment;	/* of the page's System V segment, before the record */
	bool segment_changed;
};

/*
 * elsewhere_before, elsewhere_after - look at the lock of the page's segment, on either side of applying the record
 */
void elsewhere_before(struct elsewhere *elsewhere, const struct world *world);
void elsewhere_after(struct elsewhere *elsewhere, const struct world *world);

/*
 * elsewhere_delta - a run of pages that the record changes
 */
void elsewhere_delta(struct elsewhere *elsewhere, const struct delta *delta);

/*
 * elsewhere_end - the record ends the address space of the process that acts, by exit or exec; before it is applied
 */
void elsewhere_end(struct elsewhere *elsewhere);

/*
 * elsewhere_text - "the same memory at 0x7f2000000000 in process 4300: locked -> NOT locked"; of a segment
 * "segment 7: NOT locked -> locked by SHM_LOCK"; nothing where nothing changed
 */
void elsewhere_text(struct text *text, const struct elsewhere *elsewhere);

#endif
