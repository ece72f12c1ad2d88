/*
 * pieces.h - ranges of addresses with something attached; they may overlap.  Pure.
 *
 * An interval tree: adding, cutting and finding cost O(log n) for each range touched, n being their number.  The lock
 * ledger keeps its requests in one, rules keep sets of pages in theirs.
 */
#ifndef PAGETRAIL_PIECES_H
#define PAGETRAIL_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/arena.h"

struct piece {
	uint64_t start, end;	/* start < end */
	void *value;
};

/* Starts as { 0 }. */
struct pieces {
	struct piece_node *root;
	struct arena nodes;
	size_t count;
	uint64_t serial;	/* of the next one: pieces of equal start stay in the order in which they came */
};

void pieces_free(struct pieces *pieces);

/*
 * pieces_add - one more range, whatever is there already
 * @start, @end: start < end
 */
void pieces_add(struct pieces *pieces, uint64_t start, uint64_t end, void *value);

/*
 * pieces_cut - leave nothing in [start, end); pieces that reach beyond it keep what is outside
 * @fn: told each part that goes, in address order, after it has gone; may be NULL. It may not change @pieces.
 */
typedef void pieces_fn(void *arg, const struct piece *part);
void pieces_cut(struct pieces *pieces, uint64_t start, uint64_t end, pieces_fn *fn, void *arg);

/*
 * pieces_set - this value and nothing else in [start, end)
 */
void pieces_set(struct pieces *pieces, uint64_t start, uint64_t end, void *value);

/*
 * pieces_first - the piece with the lowest start that intersects [start, end), or NULL
 *
 * The pointer is valid until the next change.
 */
const struct piece *pieces_first(const struct pieces *pieces, uint64_t start, uint64_t end);

/*
 * pieces_each - every piece that intersects [start, end), whole, in the order of their starts
 * @fn: returns false to stop; may not change @pieces
 */
typedef bool pieces_visit(void *arg, const struct piece *piece);
void pieces_each(const struct pieces *pieces, uint64_t start, uint64_t end, pieces_visit *fn, void *arg);

#endif
