/*
 * order_wait.c - what must wait: items that conflict with a call under way, and all that conflicts with those.
 */
#include "order_state.h"

#include <stdlib.h>

#include "../util/alloc.h"

/* ---- items that conflict ---- */

static bool conflict(const struct order_item *a, const struct order_item *b)
{
	return a->touches && b->touches && touches_conflict(a->touches, b->touches);
}

static void put_pair(struct order *order, size_t first, size_t second)
{
	order->pair = alloc_room(order->pair, order->pairs, &order->pair_room, sizeof(*order->pair));
	order->pair[order->pairs++] = (struct prove_pair){(uint32_t)first, (uint32_t)second};
}

static void find_pairs(struct order *order)
{
	for (size_t i = 0; i < order->count; i++) {
		const struct order_item *item = &order->item[i];
		size_t k = order->place[i].previous;

		if (!item->overlaps || !item->touches)
			continue;
		for (; k != NONE && order->item[k].end_ns > item->begin_ns; k = order->place[k].previous)
			if (conflict(&order->item[k], item))
				put_pair(order, k, i);
	}
}

/* ---- with a call under way ---- */

/* An address that the kernel may just have given to a call under way: nothing is known there. */
static bool uses_hole(const struct touches *touches, const struct space *space)
{
	for (unsigned i = 0; i < touches->count; i++) {
		const struct touch *touch = &touches->touch[i];
		uint64_t at = touch->start;
		const struct vma *vma;

		if (touch->need == NEED_FREE || (!touch->need && !(touch->sets & FACT_MAPPING)))
			continue;
		while (at < touch->end && (vma = space_find(space, at)))
			at = vma->end;
		if (at < touch->end)
			return true;
	}
	return false;
}

static bool pending_conflicts(struct order *order, const struct order_pending *pending, const struct order_item *item)
{
	const struct space *space = NULL;
	const struct ranges *doubt;

	if (!item->touches || pending->gone || pending->touches.ends)
		return false;
	if (touches_conflict(&pending->touches, item->touches))
		return true;
	if (!pending->touches.anywhere)
		return false;
	order->pages(order->arg, item->pid, &space, &doubt);
	return space && uses_hole(item->touches, space);
}

/* Item @index cannot come out: later ones neither.  If it was given up waiting for, it can. */
static void hold(struct order *order, size_t index, size_t given_up)
{
	if (index >= given_up)
		order->cut = min_u64(order->cut, index);
	else
		order->item[index].forced = true;
}

static void hold_for_pending(struct order *order, size_t given_up)
{
	for (size_t i = 0; i < order->pendings; i++) {
		const struct order_pending *pending = &order->pending[i];
		size_t k = pending->overlaps ? order_lane(order, pending->pid)->last : NONE;

		for (; k != NONE && order->item[k].end_ns > pending->begin_ns; k = order->place[k].previous)
			if (pending_conflicts(order, pending, &order->item[k]))
				hold(order, k, given_up);
	}
}

/* What conflicts with an item that waits waits as well.  Pairs are sorted by their second: from the last on, once is enough. */
static void hold_pairs(struct order *order, size_t given_up)
{
	for (size_t i = order->pairs; i-- > 0;)
		if (order->pair[i].second >= order->cut && order->pair[i].first < order->cut)
			hold(order, order->pair[i].first, given_up);
}

/* ---- children and the calls that made them ---- */

void order_put_before(struct order *order, size_t first, size_t second)
{
	struct place *place = &order->place[second];

	order->before = alloc_room(order->before, order->befores, &order->before_room, sizeof(*order->before));
	order->before[order->befores++] = (struct before){first, place->befores};
	place->befores = order->befores;
}

/* The call that made a child can return later than the child speaks. */
static void follow_parent(struct order *order, size_t index, size_t given_up)
{
	const struct order_item *child = &order->item[index];
	size_t k = order_lane(order, child->parent)->last;

	for (; k != NONE && order->item[k].end_ns > child->end_ns; k = order->place[k].previous) {
		if (order->item[k].child != child->pid)
			continue;
		order_put_before(order, k, index);
		put_pair(order, index, k);
		return;
	}
	for (size_t i = 0; i < order->pendings; i++)
		if (order_made_by(&order->pending[i], child) && order->pending[i].touches.copies && !order->pending[i].gone)
			hold(order, index, given_up);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct prove_pair *x = a, *y = b;

	return x->second < y->second ? -1 : x->second > y->second;
}

static void follow_parents(struct order *order, size_t given_up)
{
	for (size_t i = 0; i < order->children; i++)
		follow_parent(order, order->child[i], given_up);
	if (order->children && order->pairs)
		qsort(order->pair, order->pairs, sizeof(*order->pair), compare_pairs);
}

void order_decide(struct order *order, uint64_t given_up_ns)
{
	size_t given_up = 0;

	while (given_up < order->count && order->item[given_up].end_ns <= given_up_ns)
		given_up++;
	find_pairs(order);
	hold_for_pending(order, given_up);
	follow_parents(order, given_up);
	hold_pairs(order, given_up);
	order_find_clusters(order);
}
