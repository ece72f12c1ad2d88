/*
 * vmaset.c - putting and removing runs of pages: splitting VMAs at the edges and joining equal neighbours.
 */
#include "vmaset.h"

#include <string.h>

#include "vmatree.h"

void vmaset_init(struct vmaset *set)
{
	*set = (struct vmaset){ 0 };
	tree_init(set);
}

void vmaset_free(struct vmaset *set)
{
	tree_free(set);
	*set = (struct vmaset){ 0 };
}

const struct vma *vmaset_find(const struct vmaset *set, uint64_t addr)
{
	return tree_find(set, addr);
}

const struct vma *vmaset_before(const struct vmaset *set, uint64_t addr)
{
	return tree_before(set, addr);
}

void vmaset_remove(struct vmaset *set, uint64_t start, uint64_t end)
{
	struct vma *at;

	while ((at = tree_find(set, start)) && at->start < end) {
		struct vma old = *at, low = old, high;

		if (old.start >= start && old.end <= end) {
			tree_drop(set, old.start);
			continue;
		}
		if (old.end > end)
			high = vma_clip(&old, end, old.end);
		if (old.start < start) {
			low.end = start;
			tree_assign(set, at, &low);
			if (old.end > end)
				tree_add(set, &high);
		} else {
			tree_assign(set, at, &high);
		}
		if (old.end >= end)
			return;
	}
}

static bool joinable(const struct vma *a, const struct vma *b)
{
	return vma_continues(a, b) && vma_same_history(a, b);
}

/* ---- putting ---- */

/* Make room for @more VMAs at @i, or close the gap of as many if negative.  The caller keeps sums and order. */
static void leaf_shift(struct vmaset *set, struct leaf *leaf, unsigned i, int more)
{
	unsigned from = more < 0 ? i + (unsigned)-more : i;

	memmove(leaf->vma + (int)from + more, leaf->vma + from, (leaf->count - from) * sizeof *leaf->vma);
	leaf->count = (unsigned)((int)leaf->count + more);
	set->count = (size_t)((int64_t)set->count + more);
}

/* @new becomes the part of leaf->vma[i] it covers: what is left of that on either side stays around it. */
static void leaf_carve(struct vmaset *set, struct leaf *leaf, unsigned i, const struct vma *new)
{
	struct vma old = leaf->vma[i];
	bool below = old.start < new->start, above = old.end > new->end;

	tree_account(set, &old, false);
	leaf_shift(set, leaf, i, below + above);
	if (below)
		leaf->vma[i] = vma_clip(&old, old.start, new->start);
	leaf->vma[i + below] = *new;
	if (above)
		leaf->vma[i + below + 1] = vma_clip(&old, new->end, old.end);
	for (unsigned k = i; k <= i + below + above; k++)
		tree_account(set, &leaf->vma[k], true);
}

/* Join leaf->vma[i] with the next in the leaf if they are equal. */
static void leaf_join(struct vmaset *set, struct leaf *leaf, unsigned i)
{
	if (!joinable(&leaf->vma[i], &leaf->vma[i + 1]))
		return;
	leaf->vma[i].end = leaf->vma[i + 1].end;
	leaf_shift(set, leaf, i + 1, -1);
}

/*
 * The usual case: @new covers a VMA or a part of one, and that one has its neighbours and enough room in its leaf.
 * Then no key changes, since the outer edges of the leaf stay.
 */
static bool put_in_leaf(struct vmaset *set, const struct vma *new)
{
	struct leaf *leaf = tree_leaf(set, new->start);
	unsigned i = leaf_ending_by(leaf, new->start);

	if (!i || i + 1 >= leaf->count || leaf->count + 2 > LEAF_MAX)
		return false;
	if (leaf->vma[i].start > new->start || leaf->vma[i].end < new->end)
		return false;
	leaf_carve(set, leaf, i, new);
	i += leaf->vma[i].start < new->start;
	leaf_join(set, leaf, i);
	leaf_join(set, leaf, i - 1);
	return true;
}

/* The general case: whatever is there goes first. */
static void put_anywhere(struct vmaset *set, struct vma new)
{
	const struct vma *left, *right;
	uint64_t right_start;
	bool join_left, join_right;

	vmaset_remove(set, new.start, new.end);
	left = tree_before(set, new.start);
	right = tree_find(set, new.end);
	join_left = left && joinable(left, &new);
	join_right = right && joinable(&new, right);
	right_start = new.end;
	if (join_right)
		new.end = right->end;
	if (join_left) {
		new.offset = left->offset;
		new.start = left->start;
		if (join_right)
			tree_drop(set, right_start);
		tree_assign_wider(set, new.start, &new);
	} else if (join_right) {
		tree_assign_wider(set, right_start, &new);
	} else {
		tree_add(set, &new);
	}
}

void vmaset_put(struct vmaset *set, const struct vma *vma)
{
	struct vma new = *vma;

	if (!put_in_leaf(set, &new))
		put_anywhere(set, new);
}
