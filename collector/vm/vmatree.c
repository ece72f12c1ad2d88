/*
 * vmatree.c - the B+ tree behind vmaset.h: looking, adding, dropping, replacing one VMA.
 *
 * All changes go through leaf_add() and leaf_drop(), which keep the sums, and leaf_splice(), which does not.
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

struct vmarecent {
	struct leaf *leaf;	/* NULL: none */
	unsigned at;
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
	if (vma_is_data(vma))
		set->sums.data += bytes;
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

/* How many VMAs of the leaf end at or below @addr: counted in whatever order, which takes no jump. */
static unsigned leaf_ending_by(const struct leaf *leaf, uint64_t addr)
{
	unsigned count = 0;

#pragma GCC unroll 16
	for (unsigned i = 0; i < LEAF_MAX; i++)
		count += leaf->last[i] < addr;
	return count;
}

/*
 * Ask at once for the lines a search and a change will touch: in a large set each is a miss, and they would come one
 * after the other.
 */
static void leaf_fetch(const struct leaf *leaf)
{
	for (const char *at = (const char *)leaf; at < (const char *)(leaf + 1); at += 64)
		__builtin_prefetch(at);
}

static struct leaf *leaf_below(const struct vmaset *set, uint64_t addr)
{
	void *at = set->root;

	for (unsigned level = set->height; level; level--) {
		struct node *node = at;

		at = node->child[node_index(node, addr)];
	}
	if (set->height > 1)
		leaf_fetch(at);
	return at;
}

/* One call looks several times at the same place, or at one beside the other. */
static bool seek_recent(struct vmarecent *recent, uint64_t addr)
{
	const struct leaf *leaf = recent->leaf;
	unsigned at = recent->at;

	if (!leaf || at > leaf->count)
		return false;
	if (at == leaf->count || leaf_vma(leaf, at)->start > addr) {
		if (!at)
			return false;
		if (leaf_vma(leaf, at - 1)->end <= addr)
			return at < leaf->count;
		recent->at = --at;
		return leaf_vma(leaf, at)->start <= addr;
	}
	if (leaf_vma(leaf, at)->end <= addr)
		recent->at = ++at;
	return at < leaf->count && addr < leaf_vma(leaf, at)->end;
}

unsigned tree_seek(const struct vmaset *set, uint64_t addr, struct leaf **leaf)
{
	struct vmarecent *recent = set->recent;

	if (!seek_recent(recent, addr)) {
		recent->leaf = leaf_below(set, addr);
		recent->at = leaf_ending_by(recent->leaf, addr);
	}
	*leaf = recent->leaf;
	return recent->at;
}

const struct vma *tree_find(const struct vmaset *set, uint64_t addr)
{
	const struct vmarecent *recent = set->recent;
	struct leaf *leaf = recent->leaf;
	unsigned i = recent->at;

	/* Nearly always the one that was looked at last. */
	if (leaf && i < leaf->count && leaf_vma(leaf, i)->start <= addr && addr < leaf_vma(leaf, i)->end)
		return leaf_vma(leaf, i);
	i = tree_seek(set, addr, &leaf);
	if (i == leaf->count) {
		leaf = leaf->next;
		i = 0;
	}
	return leaf && leaf->count ? leaf_vma(leaf, i) : NULL;
}

const struct vma *tree_before(const struct vmaset *set, uint64_t addr)
{
	struct leaf *leaf;
	unsigned i = tree_seek(set, addr, &leaf);

	if (i < leaf->count && leaf_vma(leaf, i)->start < addr)
		i++;
	if (!i) {
		leaf = leaf->prev;
		i = leaf ? leaf->count : 0;
	}
	return i ? leaf_vma(leaf, i - 1) : NULL;
}

/* ---- a leaf ---- */

static struct leaf *leaf_new(struct vmaset *set)
{
	struct leaf *leaf = arena_take(&set->leaves);

	leaf->prev = leaf->next = NULL;
	leaf->count = 0;
	for (unsigned i = 0; i < LEAF_MAX; i++) {
		leaf->order[i] = (uint8_t)i;
		leaf->last[i] = UINT64_MAX;
	}
	return leaf;
}

static void leaf_set(struct leaf *leaf, uint8_t slot, const struct vma *vma)
{
	leaf->slot[slot] = *vma;
	leaf->last[slot] = vma->end - 1;
}

/* @vma moves into the vacant slot that comes first. */
static void leaf_insert(struct leaf *leaf, unsigned i, const struct vma *vma)
{
	uint8_t slot = leaf->order[leaf->count];

	memmove(leaf->order + i + 1, leaf->order + i, leaf->count - i);
	leaf->order[i] = slot;
	leaf_set(leaf, slot, vma);
	leaf->count++;
}

static void leaf_remove(struct leaf *leaf, unsigned i)
{
	uint8_t slot = leaf->order[i];

	leaf->count--;
	memmove(leaf->order + i, leaf->order + i + 1, leaf->count - i);
	leaf->order[leaf->count] = slot;
	leaf->last[slot] = UINT64_MAX;
}

void leaf_splice(struct vmaset *set, struct leaf *leaf, unsigned first, unsigned end, const struct vma *piece,
		 unsigned pieces)
{
	set->count += pieces;
	set->count -= end - first;
	for (; pieces && first < end; pieces--)
		leaf_set(leaf, leaf->order[first++], piece++);
	for (; first < end; end--)
		leaf_remove(leaf, first);
	for (; pieces; pieces--)
		leaf_insert(leaf, first++, piece++);
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
 * How many VMAs stay in a full leaf that one is added to.  At the edges nearly all are kept together, so that puts in
 * order fill leaves, up to the room that a VMA needs to be split in three.
 */
static unsigned split_at(unsigned at)
{
	const unsigned room = 2;

	if (at + 1 >= LEAF_MAX)
		return LEAF_MAX - room;
	return at <= 1 ? room : LEAF_MAX / 2;
}

/* Move the upper part of a full leaf to a new one. */
static struct leaf *leaf_split(struct vmaset *set, struct leaf *leaf, unsigned at)
{
	struct leaf *right = leaf_new(set);
	unsigned keep = split_at(at);

	for (unsigned i = keep; i < LEAF_MAX; i++) {
		leaf_insert(right, i - keep, leaf_vma(leaf, i));
		leaf->last[leaf->order[i]] = UINT64_MAX;
	}
	leaf->count = (uint8_t)keep;
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
		right = leaf_split(set, leaf, i);
		if (i > leaf->count) {
			into = right;
			i -= leaf->count;
		}
	}
	leaf_insert(into, i, vma);
	tree_account(set, vma, true);
	if (right)
		*key = leaf_vma(right, 0)->start;
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

	tree_account(set, leaf_vma(leaf, i), false);
	leaf_remove(leaf, i);
	if (leaf->count || !set->height)
		return false;
	if (leaf->prev)
		leaf->prev->next = leaf->next;
	if (leaf->next)
		leaf->next->prev = leaf->prev;
	if (set->recent->leaf == leaf)
		set->recent->leaf = NULL;
	arena_give(&set->leaves, leaf);
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

/* ---- all of it ---- */

static void free_below(void *at, unsigned level)
{
	struct node *node = at;

	if (!level)
		return;
	for (unsigned i = 0; i < node->count; i++)
		free_below(node->child[i], level - 1);
	free(at);
}

void tree_free(struct vmaset *set)
{
	free_below(set->root, set->height);
	arena_free(&set->leaves);
	free(set->recent);
}

void tree_init(struct vmaset *set)
{
	arena_init(&set->leaves, sizeof(struct leaf));
	set->root = leaf_new(set);
	set->recent = alloc_zero(1, sizeof *set->recent);
}
