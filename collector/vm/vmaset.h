/*
 * vmaset.h - VMAs in address order: find, put and remove in O(log n), totals in O(1).  Pure.
 *
 * A B+ tree.  The VMAs sit in chained leaves; an inner node holds for each child a lower bound of its starts.  A leaf
 * goes away when it is empty, not before, so the height never exceeds that of the largest set there was.
 *
 * Invariants, held after every function: VMAs are disjoint and ascending, none is empty, no two neighbours are joinable
 * (vma_continues() and vma_same_history()), the sums are those of a recount.
 */
#ifndef PAGETRAIL_VMASET_H
#define PAGETRAIL_VMASET_H

#include <stddef.h>
#include <stdint.h>

#include "../util/arena.h"
#include "vma.h"

/* Bytes, over all VMAs. */
struct vmasums {
	uint64_t mapped;	/* without vsyscall, which is in no address space's list */
	uint64_t locked;	/* without the tracer's own */
	uint64_t counted;	/* with the tracer's: what VmLck counts */
	uint64_t wx;		/* writable and executable */
	uint64_t data;		/* vma_is_data() */
};

struct vmaset {
	void *root;		/* a leaf when height is 0, else an inner node */
	unsigned height;
	struct vmarecent *recent;	/* where was looked last: no state, it only saves the way down */
	struct arena leaves;
	size_t count;
	struct vmasums sums;
};

void vmaset_init(struct vmaset *set);
void vmaset_free(struct vmaset *set);

/*
 * vmaset_find - the first VMA that ends above @addr, or NULL
 *
 * It holds @addr if its start is not above it. The pointer is valid until the set changes.
 */
const struct vma *vmaset_find(const struct vmaset *set, uint64_t addr);

/*
 * vmaset_after - the VMA behind @vma, or NULL; also NULL where it would start at @end or above
 *
 * For walks over [start, end): most end with the VMA they begin with, and do not look for another.
 */
static inline const struct vma *vmaset_after(const struct vmaset *set, const struct vma *vma, uint64_t end)
{
	return vma->end < end ? vmaset_find(set, vma->end) : NULL;
}

/*
 * vmaset_before - the last VMA that starts below @addr, or NULL
 */
const struct vma *vmaset_before(const struct vmaset *set, uint64_t addr);

/*
 * vmaset_put - make [vma->start, vma->end) this, whatever was there, and join it with its neighbours where they are
 * equal
 * @vma: start < end; copied, may point into the set
 */
void vmaset_put(struct vmaset *set, const struct vma *vma);

/*
 * vmaset_remove - unmap [start, end), splitting at both edges
 */
void vmaset_remove(struct vmaset *set, uint64_t start, uint64_t end);

#endif
