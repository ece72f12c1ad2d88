/*
 * pieces.c - an interval tree as a treap: ordered by start, a heap by random priority, each node knowing the highest
 * end below it.
 */
#include "pieces.h"

/* A cache line: in a large set each node that a search looks at is a miss, so it need not look at those it passes by. */
struct piece_node {
	struct piece piece;
	uint64_t serial : 40, priority : 24;
	uint64_t highest;	/* end of any piece in this subtree */
	uint64_t highest_left;	/* the same below left, 0: nothing is */
	struct piece_node *left, *right;
};

_Static_assert(sizeof(struct piece_node) % 64 == 0, "a block of an arena");

/* splitmix64: any spread will do, the same in every run. */
static uint64_t spread(uint64_t n)
{
	n += 0x9e3779b97f4a7c15;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return n ^ n >> 31;
}

static void settle(struct piece_node *node)
{
	node->highest = node->piece.end;
	node->highest_left = node->left ? node->left->highest : 0;
	if (node->highest_left > node->highest)
		node->highest = node->highest_left;
	if (node->right && node->right->highest > node->highest)
		node->highest = node->right->highest;
}

static bool comes_before(const struct piece_node *node, uint64_t start, uint64_t serial)
{
	return node->piece.start != start ? node->piece.start < start : node->serial < serial;
}

static void split(struct piece_node *node, uint64_t start, uint64_t serial, struct piece_node **low,
		  struct piece_node **high)
{
	if (!node) {
		*low = *high = NULL;
	} else if (comes_before(node, start, serial)) {
		split(node->right, start, serial, &node->right, high);
		*low = node;
		settle(node);
	} else {
		split(node->left, start, serial, low, &node->left);
		*high = node;
		settle(node);
	}
}

static struct piece_node *join(struct piece_node *low, struct piece_node *high)
{
	if (!low || !high)
		return low ? low : high;
	if (low->priority > high->priority) {
		low->right = join(low->right, high);
		settle(low);
		return low;
	}
	high->left = join(low, high->left);
	settle(high);
	return high;
}

/* Down to where its priority puts it; only what is below is parted. */
static void insert(struct pieces *pieces, struct piece_node *node)
{
	struct piece_node **at = &pieces->root;

	while (*at && (*at)->priority >= node->priority) {
		struct piece_node *above = *at;

		if (above->highest < node->piece.end)
			above->highest = node->piece.end;
		at = comes_before(above, node->piece.start, node->serial) ? &above->right : &above->left;
		if (at == &above->left && above->highest_left < node->piece.end)
			above->highest_left = node->piece.end;
	}
	split(*at, node->piece.start, node->serial, &node->left, &node->right);
	settle(node);
	*at = node;
}

/* The subtree without the node; above it only those that had their highest end from it are looked at again. */
static struct piece_node *without(struct piece_node *root, const struct piece_node *node)
{
	if (root == node)
		return join(node->left, node->right);
	if (comes_before(root, node->piece.start, node->serial))
		root->right = without(root->right, node);
	else
		root->left = without(root->left, node);
	if (root->highest == node->piece.end || root->highest_left == node->piece.end)
		settle(root);
	return root;
}

static void shorten(struct piece_node *root, struct piece_node *node, uint64_t end)
{
	const uint64_t before = node->piece.end;

	if (root == node)
		node->piece.end = end;
	else if (comes_before(root, node->piece.start, node->serial))
		shorten(root->right, node, end);
	else
		shorten(root->left, node, end);
	if (root->highest == before || root->highest_left == before)
		settle(root);
}

static struct piece_node *node_new(struct pieces *pieces, uint64_t start, uint64_t end, void *value, uint64_t serial)
{
	struct piece_node *node;

	if (!pieces->nodes.block_bytes)
		arena_init(&pieces->nodes, sizeof(*node));
	node = arena_take(&pieces->nodes);
	*node = (struct piece_node){ .piece = { start, end, value }, .serial = serial };
	node->priority = spread(start ^ spread(++pieces->count ^ serial << 32)) >> 40;
	return node;
}

void pieces_add(struct pieces *pieces, uint64_t start, uint64_t end, void *value)
{
	insert(pieces, node_new(pieces, start, end, value, pieces->serial++));
}

static struct piece_node *first(struct piece_node *node, uint64_t start, uint64_t end)
{
	while (node && node->highest > start) {
		/* What ends above @start on the left begins below everything else; if it begins too late, all do. */
		if (node->highest_left > start) {
			node = node->left;
			continue;
		}
		if (node->piece.start >= end)
			return NULL;
		if (node->piece.end > start)
			return node;
		node = node->right;
	}
	return NULL;
}

const struct piece *pieces_first(const struct pieces *pieces, uint64_t start, uint64_t end)
{
	const struct piece_node *node = first(pieces->root, start, end);

	return node ? &node->piece : NULL;
}

/* A node that reaches into [start, end): what is outside stays. */
static void cut_node(struct pieces *pieces, struct piece_node *node, uint64_t start, uint64_t end)
{
	const struct piece whole = node->piece;

	if (whole.start < start) {
		shorten(pieces->root, node, start);
		if (whole.end > end)
			insert(pieces, node_new(pieces, end, whole.end, whole.value, node->serial));
		return;
	}
	pieces->root = without(pieces->root, node);
	if (whole.end > end) {
		node->piece.start = end;
		insert(pieces, node);
	} else {
		arena_give(&pieces->nodes, node);
		pieces->count--;
	}
}

void pieces_cut(struct pieces *pieces, uint64_t start, uint64_t end, pieces_fn *fn, void *arg)
{
	struct piece_node *node;

	while ((node = first(pieces->root, start, end))) {
		struct piece part = node->piece;

		part.start = part.start > start ? part.start : start;
		part.end = part.end < end ? part.end : end;
		cut_node(pieces, node, start, end);
		if (fn)
			fn(arg, &part);
	}
}

/* Of all that begin with it or later, is it the only one that begins before its end. */
static bool is_alone(const struct piece_node *root, const struct piece_node *node)
{
	const struct piece_node *next = NULL;

	while (root) {
		if (root != node && !comes_before(root, node->piece.start, node->serial)) {
			next = root;
			root = root->left;
		} else {
			root = root->right;
		}
	}
	return !next || next->piece.start >= node->piece.end;
}

void pieces_set(struct pieces *pieces, uint64_t start, uint64_t end, void *value)
{
	struct piece_node *node = first(pieces->root, start, end);

	if (node && node->piece.start == start && node->piece.end == end && is_alone(pieces->root, node)) {
		node->piece.value = value;
		return;
	}
	pieces_cut(pieces, start, end, NULL, NULL);
	pieces_add(pieces, start, end, value);
}

static bool visit(const struct piece_node *node, uint64_t start, uint64_t end, pieces_visit *fn, void *arg)
{
	if (!node || node->highest <= start)
		return true;
	if (node->highest_left > start && !visit(node->left, start, end, fn, arg))
		return false;
	if (node->piece.start >= end)
		return true;
	if (node->piece.end > start && !fn(arg, &node->piece))
		return false;
	return visit(node->right, start, end, fn, arg);
}

void pieces_each(const struct pieces *pieces, uint64_t start, uint64_t end, pieces_visit *fn, void *arg)
{
	visit(pieces->root, start, end, fn, arg);
}

void pieces_free(struct pieces *pieces)
{
	arena_free(&pieces->nodes);
	*pieces = (struct pieces){ 0 };
}
