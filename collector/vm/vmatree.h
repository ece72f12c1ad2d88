/*
 * vmatree.h - the tree under a vmaset, for vmaset.c alone: it keeps order and sums, and knows nothing of joining.
 */
#ifndef PAGETRAIL_VMATREE_H
#define PAGETRAIL_VMATREE_H

#include "vmaset.h"

enum { LEAF_MAX = 16 };

/* Leaves are chained in order; none is empty but the only one of an empty set. */
struct leaf {
	struct leaf *prev, *next;
	unsigned count;
	struct vma vma[LEAF_MAX];
};

void tree_init(struct vmaset *set);
void tree_free(struct vmaset *set);

/*
 * tree_account - add @vma to the sums, or take it out
 */
void tree_account(struct vmaset *set, const struct vma *vma, bool add);

/*
 * tree_leaf - the leaf in which @addr belongs
 */
struct leaf *tree_leaf(const struct vmaset *set, uint64_t addr);

/*
 * leaf_ending_by - how many VMAs of the leaf end at or below @addr
 */
unsigned leaf_ending_by(const struct leaf *leaf, uint64_t addr);

/*
 * tree_find, tree_before - vmaset_find() and vmaset_before()
 */
struct vma *tree_find(const struct vmaset *set, uint64_t addr);
struct vma *tree_before(const struct vmaset *set, uint64_t addr);

/*
 * tree_add - add a VMA where nothing is
 */
void tree_add(struct vmaset *set, const struct vma *vma);

/*
 * tree_drop - drop the VMA that starts at @start
 */
void tree_drop(struct vmaset *set, uint64_t start);

/*
 * tree_assign - replace @at by @vma, which reaches no further on either side
 */
void tree_assign(struct vmaset *set, struct vma *at, const struct vma *vma);

/*
 * tree_assign_wider - replace the VMA that starts at @start by @vma, which may reach further to both sides
 */
void tree_assign_wider(struct vmaset *set, uint64_t start, const struct vma *vma);

#endif
