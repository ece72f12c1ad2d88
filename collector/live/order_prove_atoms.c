/*
 * order_prove_atoms.c - the pages in question: where calls conflict, cut wherever something begins or ends.
 */
#include "order_prover.h"

#include <stdlib.h>

#include "../util/alloc.h"

static void contest(struct prover *prover, const struct touch *touch, const struct touch *other)
{
	if (!touch_conflict(touch, other))
		return;
	ranges_add(&prover->contested, max_u64(touch->start, other->start), min_u64(touch->end, other->end));
	/* where the page was that a call missed is asked of all its pages */
	if (touch->somewhere && (other->sets & FACT_MAPPING))
		ranges_add(&prover->contested, touch->start, touch->end);
	if (other->somewhere && (touch->sets & FACT_MAPPING))
		ranges_add(&prover->contested, other->start, other->end);
}

static void contest_pair(struct prover *prover, const struct prove_pair *pair)
{
	const struct touches *a = prover->call[pair->first].touches, *b = prover->call[pair->second].touches;

	for (unsigned i = 0; i < a->count; i++)
		for (unsigned k = 0; k < b->count; k++)
			contest(prover, &a->touch[i], &b->touch[k]);
}

static void add_cut(struct prover *prover, uint64_t at)
{
	if (!ranges_touch(&prover->contested, at, at + 1))
		return;
	prover->cut = alloc_room(prover->cut, prover->cuts, &prover->cut_room, sizeof(*prover->cut));
	prover->cut[prover->cuts++] = at;
}

static int compare_cuts(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Every address where something begins or ends. */
static void find_cuts(struct prover *prover)
{
	for (size_t i = 0; i < prover->calls; i++) {
		const struct touches *touches = prover->call[i].touches;

		for (unsigned k = 0; k < touches->count; k++) {
			add_cut(prover, touches->touch[k].start);
			add_cut(prover, touches->touch[k].end);
		}
	}
	for (size_t i = 0; i < prover->doubt->count; i++) {
		add_cut(prover, prover->doubt->range[i].start);
		add_cut(prover, prover->doubt->range[i].end);
	}
	for (size_t i = 0; i < prover->contested.count && prover->space; i++) {
		const struct range *range = &prover->contested.range[i];
		const struct vma *vma = space_next(prover->space, range->start);

		for (; vma && vma->start < range->end; vma = space_next(prover->space, vma->end)) {
			add_cut(prover, vma->start);
			add_cut(prover, vma->end);
		}
	}
	if (prover->cuts)
		qsort(prover->cut, prover->cuts, sizeof(*prover->cut), compare_cuts);
}

static void add_atom(struct prover *prover, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	prover->atom = alloc_room(prover->atom, prover->atoms, &prover->atom_room, sizeof(*prover->atom));
	prover->atom[prover->atoms++] = (struct atom){start, end};
}

void prover_find_atoms(struct prover *prover, const struct prove_pair *overlap, size_t overlaps)
{
	size_t next = 0;

	for (size_t i = 0; i < overlaps; i++)
		contest_pair(prover, &overlap[i]);
	find_cuts(prover);
	for (size_t i = 0; i < prover->contested.count; i++) {
		uint64_t at = prover->contested.range[i].start, end = prover->contested.range[i].end;

		for (; next < prover->cuts && prover->cut[next] < end; next++) {
			add_atom(prover, at, prover->cut[next]);
			at = max_u64(at, prover->cut[next]);
		}
		add_atom(prover, at, end);
	}
}
