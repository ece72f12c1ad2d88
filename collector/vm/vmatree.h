/*
 * vmatree.h - the tree under a vmaset, for vmaset.c alone: it keeps order and sums, and knows nothing of joining.
 */
#ifndef PAGETRAIL_VMATREE_H
#define PAGETRAIL_VMATREE_H

#include "vmaset.h"

enum { LEAF_MAX = 16 };

/*
 * Leaves are chained in order; none is empty but the only one of an empty set.  VMAs stay in their slots: what is moved
 * to make room is the order, a byte each.  Where they end stands together as well, so that a search looks at two cache lines.
 */
struct leaf {
	struct leaf *prev, *next;
	uint8_t count;
	uint8_t order[LEAF_MAX];	/* the slots of the VMAs in order of address, then the vacant ones */
	_Alignas(64) uint64_t last[LEAF_MAX];	/* address of the VMA in each slot; UINT64_MAX: vacant */
	struct vma slot[LEAF_MAX];
};

static inline const struct vma *leaf_vma(const struct leaf *leaf, unsigned i)
{
	return &leaf->slot[leaf->order[i]];
}

void tree_init(struct vmaset *set);
void tree_free(struct vmaset *set);

/*
 * tree_account - add @vma to the sums, or take it out
 */
void tree_account(struct vmaset *set, const struct vma *vma, bool add);

/*
 * tree_seek - the leaf in which @addr belongs
 *
 * Return: how many of its VMAs end at or below @addr.
 */
unsigned tree_seek(const struct vmaset *set, uint64_t addr, struct leaf **leaf);

/*
 * tree_find, tree_before - vmaset_find() and vmaset_before()
 */
const struct vma *tree_find(const struct vmaset *set, uint64_t addr);
const struct vma *tree_before(const struct vmaset *set, uint64_t addr);

/*
 * tree_add - add a VMA where nothing is
 */
void tree_add(struct vmaset *set, const struct vma *vma);

/*
 * tree_drop - drop the VMA that starts at @start
 */
void tree_drop(struct vmaset *set, uint64_t start);

/*
 * leaf_splice - put @pieces VMAs in the place of those at [@first, @end)
 *
 * The leaf has room for them and does not become empty, and the first of them starts no lower than what it replaces, or
 * something in the leaf comes before it. The sums are the caller's business.
 */
void leaf_splice(struct vmaset *set, struct leaf *leaf, unsigned first, unsigned end, const struct vma *piece,
		 unsigned pieces);

#endif
