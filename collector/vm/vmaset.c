/*
 * vmaset.c - putting and removing runs of pages: splitting VMAs at the edges and joining equal neighbours.
 */
#include "vmaset.h"

#include <string.h>

#include "range.h"
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

static bool joinable(const struct vma *a, const struct vma *b)
{
	return vma_continues(a, b) && vma_same_history(a, b);
}

/* ---- within one leaf ---- */

/*
 * The usual change concerns one VMA, or a hole, and leaves the leaf with at least one and at most LEAF_MAX: up to three
 * pieces take the place of the VMAs at [first, end).  The lower edge of the leaf stays, so no key changes.
 */
struct spot {
	struct leaf *leaf;
	unsigned first, end;
	struct vma piece[3];
	unsigned pieces;
};

static void spot_add(struct spot *spot, const struct vma *vma, uint64_t start, uint64_t end)
{
	if (start < end)
		spot->piece[spot->pieces++] = vma_clip(vma, start, end);
}

static bool spot_fits(const struct spot *spot)
{
	unsigned count = spot->leaf->count + spot->pieces - (spot->end - spot->first);

	return count && count <= LEAF_MAX;
}

static void account_part(struct vmaset *set, const struct vma *vma, uint64_t start, uint64_t end)
{
	struct vma part = *vma;

	part.start = max_u64(vma->start, start);
	part.end = min_u64(vma->end, end);
	tree_account(set, &part, false);
}

/* What of [start, end) the VMA @at covers goes. */
static bool remove_in_leaf(struct vmaset *set, struct leaf *leaf, unsigned at, uint64_t start, uint64_t end)
{
	struct spot spot = { .leaf = leaf, .first = at, .end = at + 1 };
	const struct vma *old = leaf_vma(leaf, at);

	spot_add(&spot, old, old->start, start);
	spot_add(&spot, old, end, old->end);
	if (!spot_fits(&spot))
		return false;
	account_part(set, old, start, end);
	leaf_splice(set, leaf, at, at + 1, spot.piece, spot.pieces);
	return true;
}

/* The VMA next to the spot, in this leaf or in another. */
static const struct vma *spot_below(const struct spot *spot)
{
	const struct leaf *prev = spot->leaf->prev;

	if (spot->first)
		return leaf_vma(spot->leaf, spot->first - 1);
	return prev ? leaf_vma(prev, prev->count - 1) : NULL;
}

static const struct vma *spot_above(const struct spot *spot)
{
	const struct leaf *next = spot->leaf->next;

	if (spot->end < spot->leaf->count)
		return leaf_vma(spot->leaf, spot->end);
	return next ? leaf_vma(next, 0) : NULL;
}

/*
 * Join @new with its equal neighbours: they belong to the spot then.
 * @down, @up: may there be one; looking can be a miss, and not where a piece of the old VMA lies between.
 * Return: whether they are of this leaf.
 */
static bool spot_join(struct spot *spot, struct vma *new, bool down, bool up)
{
	const struct vma *below = down ? spot_below(spot) : NULL, *above = up ? spot_above(spot) : NULL;
	bool join_below = below && joinable(below, new), join_above = above && joinable(new, above);

	if ((join_below && !spot->first) || (join_above && spot->end == spot->leaf->count))
		return false;
	if (join_above) {
		new->end = above->end;
		spot->end++;
	}
	if (join_below) {
		new->start = below->start;
		new->offset = below->offset;
		spot->first--;
	}
	return true;
}

/* Put @new where nothing is; something of the leaf comes before it. */
static bool put_in_hole(struct vmaset *set, struct leaf *leaf, unsigned at, const struct vma *new)
{
	struct spot spot = { .leaf = leaf, .first = at, .end = at };
	struct vma joined = *new;

	if (!at || !spot_join(&spot, &joined, true, true))
		return false;
	spot.pieces = 1;
	if (!spot_fits(&spot))
		return false;
	tree_account(set, new, true);
	leaf_splice(set, leaf, spot.first, spot.end, &joined, 1);
	return true;
}

/* Put @new in the place of a part of the VMA @at, or of all of it. */
static bool put_in_vma(struct vmaset *set, struct leaf *leaf, unsigned at, const struct vma *new)
{
	struct spot spot = { .leaf = leaf, .first = at, .end = at + 1 };
	const struct vma *old = leaf_vma(leaf, at);
	struct vma joined = *new, part = vma_clip(old, new->start, new->end);

	if (vma_same_facts(&part, new) && vma_same_history(&part, new) && part.offset == new->offset)
		return true;
	spot_add(&spot, old, old->start, new->start);
	if (!spot_join(&spot, &joined, old->start == new->start, old->end == new->end))
		return false;
	spot.piece[spot.pieces++] = joined;
	spot_add(&spot, old, new->end, old->end);
	if (!spot_fits(&spot))
		return false;
	tree_account(set, &part, false);
	tree_account(set, new, true);
	leaf_splice(set, leaf, spot.first, spot.end, spot.piece, spot.pieces);
	return true;
}

static bool put_in_leaf(struct vmaset *set, const struct vma *new)
{
	struct leaf *leaf;
	unsigned at = tree_seek(set, new->start, &leaf);

	if (at == leaf->count)
		return !leaf->next && put_in_hole(set, leaf, at, new);
	if (leaf_vma(leaf, at)->start >= new->end)
		return put_in_hole(set, leaf, at, new);
	if (leaf_vma(leaf, at)->start <= new->start && leaf_vma(leaf, at)->end >= new->end)
		return put_in_vma(set, leaf, at, new);
	return false;
}

/* ---- anywhere ---- */

static void remove_anywhere(struct vmaset *set, struct vma old, uint64_t start, uint64_t end)
{
	tree_drop(set, old.start);
	if (old.start < start) {
		struct vma low = vma_clip(&old, old.start, start);

		tree_add(set, &low);
	}
	if (old.end > end) {
		struct vma high = vma_clip(&old, end, old.end);

		tree_add(set, &high);
	}
}

void vmaset_remove(struct vmaset *set, uint64_t start, uint64_t end)
{
	const struct vma *old;

	while ((old = tree_find(set, start)) && old->start < end) {
		uint64_t reached = old->end;
		struct leaf *leaf;
		unsigned at = tree_seek(set, old->start, &leaf);

		if (!remove_in_leaf(set, leaf, at, start, end))
			remove_anywhere(set, *leaf_vma(leaf, at), start, end);
		if (reached >= end)
			return;
	}
}

static void put_anywhere(struct vmaset *set, struct vma new)
{
	const struct vma *below, *above;

	vmaset_remove(set, new.start, new.end);
	below = tree_before(set, new.start);
	if (below && joinable(below, &new)) {
		new.start = below->start;
		new.offset = below->offset;
		tree_drop(set, new.start);
	}
	above = tree_find(set, new.end);
	if (above && joinable(&new, above)) {
		uint64_t start = above->start;

		new.end = above->end;
		tree_drop(set, start);
	}
	tree_add(set, &new);
}

void vmaset_put(struct vmaset *set, const struct vma *vma)
{
	if (!put_in_leaf(set, vma))
		put_anywhere(set, *vma);
}
