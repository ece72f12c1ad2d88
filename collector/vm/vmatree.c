/*
 * vmatree.c - the B+ tree behind vmaset.h: looking, adding, dropping, replacing one VMA.
 *
 * All changes go through leaf_add(), leaf_drop() and tree_assign(), which keep the sums.
 */
#include "vmatree.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

enum { NODE_MAX = 32 };

/* key[i] lies between the VMAs below child[i - 1] and those below child[i], edges included.  key[0] is never looked at. */
struct node {
	unsigned count;
	uint64_t key[NODE_MAX];
	void *child[NODE_MAX];
};

void tree_account(struct vmaset *set, const struct vma *vma, bool add)
{
	uint64_t bytes = add ? vma->end - vma->start : vma->start - vma->end;
	bool wx = (vma->prot & PROT_BIT_WRITE) && (vma->prot & PROT_BIT_EXEC);

	if (vma->kind != KIND_VSYSCALL)
		set->sums.mapped += bytes;
	if (vma->lock)
		set->sums.counted += bytes;
	if (vma->lock && vma->kind != KIND_TRACER)
		set->sums.locked += bytes;
	if (wx)
		set->sums.wx += bytes;
}

/* ---- looking ---- */

/* The child under which @addr belongs. */
static unsigned node_index(const struct node *node, uint64_t addr)
{
	unsigned low = 0, high = node->count;

	while (high - low > 1) {
		unsigned middle = (low + high) / 2;

		if (node->key[middle] <= addr)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* How many VMAs of the leaf end at or below @addr. */
unsigned leaf_ending_by(const struct leaf *leaf, uint64_t addr)
{
	unsigned low = 0, high = leaf->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (leaf->vma[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool leaf_spans(const struct leaf *leaf, uint64_t addr)
{
	return leaf && leaf->count && leaf->vma[0].start <= addr && addr < leaf->vma[leaf->count - 1].end;
}

/*
 * Ask at once for the lines a search will touch: in a large set each is a miss, and they would come one after the
 * other.
 */
static void leaf_fetch(const struct leaf *leaf)
{
	for (unsigned i = 0; i < LEAF_MAX; i++)
		__builtin_prefetch(&leaf->vma[i]);
}

/* One call looks several times at the same place. */
struct leaf *tree_leaf(const struct vmaset *set, uint64_t addr)
{
	void *at = *set->recent;

	if (leaf_spans(at, addr))
		return at;
	at = set->root;
	for (unsigned level = set->height; level; level--) {
		struct node *node = at;

		at = node->child[node_index(node, addr)];
	}
	if (set->height)
		leaf_fetch(at);
	return *set->recent = at;
}

struct vma *tree_find(const struct vmaset *set, uint64_t addr)
{
	struct leaf *leaf = tree_leaf(set, addr);
	unsigned i = leaf_ending_by(leaf, addr);

	if (i == leaf->count) {
		leaf = leaf->next;
		i = 0;
	}
	return leaf && leaf->count ? &leaf->vma[i] : NULL;
}

struct vma *tree_before(const struct vmaset *set, uint64_t addr)
{
	struct leaf *leaf = tree_leaf(set, addr);
	unsigned i = leaf_ending_by(leaf, addr);

	if (i < leaf->count && leaf->vma[i].start < addr)
		i++;
	if (!i) {
		leaf = leaf->prev;
		i = leaf ? leaf->count : 0;
	}
	return i ? &leaf->vma[i - 1] : NULL;
}

/* ---- adding ---- */

/* @vma goes below child @i: move the keys on both sides out of its way.  Return: the child. */
static void *node_make_room(struct node *node, unsigned i, const struct vma *vma)
{
	if (node->key[i] > vma->start)
		node->key[i] = vma->start;
	if (i + 1 < node->count && node->key[i + 1] < vma->end)
		node->key[i + 1] = vma->end;
	return node->child[i];
}

/*
 * Move the upper part of a full leaf to a new one.  At the very end nothing moves, so that ascending puts fill leaves.
 */
static struct leaf *leaf_split(struct leaf *leaf, unsigned at)
{
	struct leaf *right = alloc_zero(1, sizeof *right);
	unsigned keep = at == LEAF_MAX && !leaf->next ? LEAF_MAX : LEAF_MAX / 2;

	right->count = LEAF_MAX - keep;
	memcpy(right->vma, leaf->vma + keep, right->count * sizeof *right->vma);
	leaf->count = keep;
	right->prev = leaf;
	right->next = leaf->next;
	if (leaf->next)
		leaf->next->prev = right;
	leaf->next = right;
	return right;
}

/* Return: the new right neighbour when the leaf had to be split, with its key, or NULL. */
static struct leaf *leaf_add(struct vmaset *set, struct leaf *leaf, const struct vma *vma, uint64_t *key)
{
	unsigned i = leaf_ending_by(leaf, vma->start);
	struct leaf *right = NULL, *into = leaf;

	if (leaf->count == LEAF_MAX) {
		right = leaf_split(leaf, i);
		if (i > leaf->count || !right->count) {
			into = right;
			i -= leaf->count;
		}
	}
	memmove(into->vma + i + 1, into->vma + i, (into->count - i) * sizeof *into->vma);
	into->vma[i] = *vma;
	into->count++;
	tree_account(set, vma, true);
	if (right)
		*key = right->vma[0].start;
	return right;
}

static struct node *node_split(struct node *node, unsigned at)
{
	struct node *right = alloc_zero(1, sizeof *right);
	unsigned keep = at == NODE_MAX ? NODE_MAX - 1 : NODE_MAX / 2;

	right->count = NODE_MAX - keep;
	memcpy(right->key, node->key + keep, right->count * sizeof *right->key);
	memcpy(right->child, node->child + keep, right->count * sizeof *right->child);
	node->count = keep;
	return right;
}

/* Put @child with @key at position @i > 0.  Return and *up: as for leaf_add(). */
static struct node *node_add(struct node *node, unsigned i, void *child, uint64_t key, uint64_t *up)
{
	struct node *right = NULL, *into = node;

	if (node->count == NODE_MAX) {
		right = node_split(node, i);
		*up = right->key[0];
		if (i > node->count) {
			into = right;
			i -= node->count;
		}
	}
	memmove(into->key + i + 1, into->key + i, (into->count - i) * sizeof *into->key);
	memmove(into->child + i + 1, into->child + i, (into->count - i) * sizeof *into->child);
	into->key[i] = key;
	into->child[i] = child;
	into->count++;
	return right;
}

static void *add_below(struct vmaset *set, void *at, unsigned level, const struct vma *vma, uint64_t *up)
{
	struct node *node = at;
	uint64_t key;
	unsigned i;
	void *right;

	if (!level)
		return leaf_add(set, at, vma, up);
	i = node_index(node, vma->start);
	right = add_below(set, node_make_room(node, i, vma), level - 1, vma, &key);
	return right ? node_add(node, i + 1, right, key, up) : NULL;
}

void tree_add(struct vmaset *set, const struct vma *vma)
{
	uint64_t key;
	void *right = add_below(set, set->root, set->height, vma, &key);
	struct node *root;

	set->count++;
	if (!right)
		return;
	root = alloc_zero(1, sizeof *root);
	root->count = 2;
	root->child[0] = set->root;
	root->child[1] = right;
	root->key[1] = key;
	set->root = root;
	set->height++;
}

/* ---- dropping ---- */

static bool leaf_drop(struct vmaset *set, struct leaf *leaf, uint64_t start)
{
	unsigned i = leaf_ending_by(leaf, start);

	tree_account(set, &leaf->vma[i], false);
	leaf->count--;
	memmove(leaf->vma + i, leaf->vma + i + 1, (leaf->count - i) * sizeof *leaf->vma);
	if (leaf->count || !set->height)
		return false;
	if (leaf->prev)
		leaf->prev->next = leaf->next;
	if (leaf->next)
		leaf->next->prev = leaf->prev;
	if (*set->recent == leaf)
		*set->recent = NULL;
	free(leaf);
	return true;
}

/* Return: whether @at became empty and was freed. */
static bool drop_below(struct vmaset *set, void *at, unsigned level, uint64_t start)
{
	struct node *node = at;
	unsigned i;

	if (!level)
		return leaf_drop(set, at, start);
	i = node_index(node, start);
	if (!drop_below(set, node->child[i], level - 1, start))
		return false;
	node->count--;
	memmove(node->key + i, node->key + i + 1, (node->count - i) * sizeof *node->key);
	memmove(node->child + i, node->child + i + 1, (node->count - i) * sizeof *node->child);
	if (node->count)
		return false;
	free(node);
	return true;
}

/* Drop the VMA that starts at @start.  The root always has two children or is a leaf. */
void tree_drop(struct vmaset *set, uint64_t start)
{
	drop_below(set, set->root, set->height, start);
	set->count--;
	while (set->height) {
		struct node *root = set->root;

		if (root->count > 1)
			return;
		set->root = root->child[0];
		set->height--;
		free(root);
	}
}

/* ---- changing in place ---- */

/* The range of the VMA only gets shorter at its end, or stays. */
void tree_assign(struct vmaset *set, struct vma *at, const struct vma *vma)
{
	tree_account(set, at, false);
	*at = *vma;
	tree_account(set, at, true);
}

/* Replace the VMA that starts at @start by @vma, which may reach further to both sides. */
void tree_assign_wider(struct vmaset *set, uint64_t start, const struct vma *vma)
{
	void *at = set->root;

	for (unsigned level = set->height; level; level--) {
		unsigned i = node_index(at, start);

		at = node_make_room(at, i, vma);
	}
	tree_assign(set, &((struct leaf *)at)->vma[leaf_ending_by(at, start)], vma);
}

/* ---- all of it ---- */

static void free_below(void *at, unsigned level)
{
	struct node *node = at;

	for (unsigned i = 0; level && i < node->count; i++)
		free_below(node->child[i], level - 1);
	free(at);
}

void tree_free(struct vmaset *set)
{
	free_below(set->root, set->height);
	free(set->recent);
}

void tree_init(struct vmaset *set)
{
	set->root = alloc_zero(1, sizeof(struct leaf));
	set->recent = alloc_zero(1, sizeof(void *));
}
