#include "order.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "order_state.h"

struct order *order_new(order_pages_fn *pages, void *arg)
{
	struct order *order = alloc_zero(1, sizeof(*order));

	order->pages = pages;
	order->arg = arg;
	order->lanes = 64;
	order->last = NONE;
	order->round = 1;
	order->lane = alloc_zero(order->lanes, sizeof(*order->lane));
	return order;
}

void order_free(struct order *order)
{
	if (!order)
		return;
	proof_free(&order->proof);
	free(order->lane);
	free(order->place);
	free(order->child);
	free(order->pair);
	free(order->before);
	free(order->race);
	free(order->link);
	free(order->past);
	free(order->call);
	free(order->member);
	free(order->number);
	free(order);
}

/* ---- in ---- */

static int compare_items(const void *a, const void *b)
{
	const struct order_item *x = a, *y = b;

	if (x->end_ns != y->end_ns)
		return x->end_ns < y->end_ns ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static void sort_items(struct order *order)
{
	for (size_t i = 1; i < order->count; i++) {
		if (compare_items(&order->item[i - 1], &order->item[i]) <= 0)
			continue;
		qsort(order->item, order->count, sizeof(*order->item), compare_items);
		return;
	}
}

/* There are no more lanes than items and calls under way; at most half of the slots are used. */
static void new_round(struct order *order)
{
	size_t most = order->count + order->pendings;

	order->round++;
	if (2 * most <= order->lanes)
		return;
	while (2 * most > order->lanes)
		order->lanes *= 2;
	free(order->lane);
	order->lane = alloc_zero(order->lanes, sizeof(*order->lane));
}

static void make_room(struct order *order)
{
	if (order->count <= order->place_room)
		return;
	order->place_room = 2 * order->count;
	order->place = alloc_resize(order->place, order->place_room, sizeof(*order->place));
}

bool order_begin(struct order *order, struct order_item *item, size_t count, struct order_pending *pending,
		 size_t pendings)
{
	bool any;

	order_keep_past(order);
	order->item = item;
	order->count = order->cut = count;
	order->pending = pending;
	order->pendings = pendings;
	order->next = 0;
	order->pairs = order->befores = order->races = order->links = order->children = 0;
	new_round(order);
	make_room(order);
	sort_items(order);
	any = order_find_overlaps(order);
	order_drop_past(order);
	return any;
}

/* ---- out, one after the other ---- */

/* Something that must come out before item @index and has not; NONE: nothing. */
static size_t what_first(const struct order *order, size_t index)
{
	for (size_t i = order->place[index].befores; i; i = order->before[i - 1].next) {
		size_t first = order->before[i - 1].first;

		if (!order->place[first].out && !order->place[first].visiting && first < order->cut)
			return first;
	}
	return NONE;
}

bool order_next(struct order *order, size_t *index)
{
	size_t at, first;

	order_keep_past(order);
	while (order->next < order->cut && order->place[order->next].out)
		order->next++;
	if (order->next >= order->cut)
		return false;
	for (at = order->next;; at = first) {
		size_t cluster = order->place[at].cluster;

		if (order->place[cluster].paired)
			order_prove_cluster(order, cluster);
		first = what_first(order, at);
		if (first == NONE)
			break;
		/* results that contradict each other must not lead in a circle */
		order->place[at].visiting = true;
	}
	order->place[at].out = true;
	order->last = *index = at;
	order->told = order->place[at].links;
	order->past_told = 0;
	return true;
}
