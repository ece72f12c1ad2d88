/*
 * sharing.h - which locks hold a page of memory besides that of the mapping one looks at.  Pure.
 *
 * A page that is mapped several times, in one process or in many, stays in memory as long as one of the mappings has a
 * lock on it: munlock(2) ends the lock of the mapping it names and of no other.  TLPI 50.2; mlock(2) NOTES;
 * munlock_folio(), mm/mlock.c, counts the locked mappings of a page.
 *
 * Nothing of this is kept while calls are applied.  An index of all locked mappings is made when somebody asks, from
 * the address spaces as they are then: O(n log n) for n VMAs of the processes that live.
 */
#ifndef PAGETRAIL_SHARING_H
#define PAGETRAIL_SHARING_H

#include "world.h"

struct sharing;

/* A run of pages which another mapping has locked too. */
struct holding {
	const struct process *process;	/* in whose address space that mapping lies */
	uint64_t start, end;		/* its pages there */
	uint64_t here;			/* the address of the same memory in the mapping asked about */
	uint8_t lock;			/* its lock there; each page is held from when it was first touched there */
	uint64_t set_by;		/* the record that set this lock; 0: not known */
};

/*
 * sharing_new - index the locked mappings of all processes
 * @shown: counts although it has exited, since its last state is what is shown; may be NULL
 * @only: index no object but that of this mapping; NULL: all
 *
 * Processes that have exited hold nothing, children of vfork count as their parent. The world must not change while
 * the index is in use.
 * Context: pure; only mappings whose pages are certainly the object's, see identity_of().
 */
struct sharing *sharing_new(const struct world *world, const struct process *shown, const struct vma *only);
void sharing_free(struct sharing *sharing);

typedef void holding_fn(void *arg, const struct holding *holding);

/*
 * sharing_each - the locks that other mappings have on the pages of @vma
 * @process, @vma: the mapping asked about, locked itself or not; it may be a part of a VMA, or be gone by now
 * @found: called for each run of pages that one other mapping has locked, ascending by holding->here; runs of several
 * mappings overlap
 *
 * Costs O(log n) and a step for each run.
 */
void sharing_each(const struct sharing *sharing, const struct process *process, const struct vma *vma,
		  holding_fn *found, void *arg);

#endif
