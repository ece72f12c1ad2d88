/*
 * order_cluster.c - clusters of items that overlap, one the next: what their results prove (order_prove.h), once they
 * come out.  What was known before the first of them is then in the pages.
 */
#include "order_state.h"

#include <stdlib.h>

#include "../util/alloc.h"

/* An item is the last of its cluster if all that come out behind it began after it had ended. */
void order_find_clusters(struct order *order)
{
	for (size_t i = order->cut; i-- > 0;) {
		struct lane *lane;

		if (order->item[i].kind == ORDER_POINT)
			continue;
		lane = order_lane(order, order->item[i].pid);
		order->place[i].last = order->item[i].end_ns <= lane->begin_ns;
		lane->begin_ns = min_u64(lane->begin_ns, order->item[i].begin_ns);
	}
	for (size_t i = 0; i < order->cut; i++) {
		size_t before = order->place[i].previous;

		if (before != NONE && !order->place[before].last)
			order->place[i].cluster = order->place[before].cluster;
	}
	for (size_t i = 0; i < order->pairs && order->pair[i].second < order->cut; i++)
		if (order->item[order->pair[i].first].kind == ORDER_CALL)
			order->place[order->place[order->pair[i].second].cluster].paired = true;
}

static bool is_copy(const struct order *order, size_t index)
{
	return order->item[index].touches && order->item[index].touches->copies;
}

/* A child has the pages as before or as after a call that overlaps its making, but for locks, which it has not. */
static void race_copy(struct order *order, const struct prove_pair *pair)
{
	const struct touches *touches = order->item[is_copy(order, pair->first) ? pair->second : pair->first].touches;

	for (unsigned i = 0; i < touches->count; i++)
		if (touches->touch[i].sets & FACT_PAGE & ~FACT_LOCK)
			order_put_race(order, &(struct race){.first = pair->first, .second = pair->second, .copy = true,
							     .start = touches->touch[i].start,
							     .end = touches->touch[i].end});
}

static void gather_calls(struct order *order, size_t cluster, size_t *count)
{
	if (order->call_room < order->count) {
		order->call_room = 2 * order->count;
		order->call = alloc_resize(order->call, order->call_room, sizeof(*order->call));
		order->member = alloc_resize(order->member, order->call_room, sizeof(*order->member));
		order->number = alloc_resize(order->number, order->call_room, sizeof(*order->number));
	}
	for (size_t i = cluster; i != NONE && i < order->cut && order->place[i].cluster == cluster;
	     i = order->place[i].next) {
		const struct order_item *item = &order->item[i];

		if (item->kind != ORDER_CALL || !item->touches || item->touches->copies)
			continue;
		order->call[*count] = (struct prove_call){item->begin_ns, item->end_ns, item->touches};
		order->number[i] = (uint32_t)*count;
		order->member[(*count)++] = i;
	}
}

static size_t gather_pairs(struct order *order, size_t cluster, struct prove_pair *pair)
{
	size_t count = 0;

	for (size_t i = 0; i < order->pairs && order->pair[i].second < order->cut; i++) {
		const struct prove_pair *known = &order->pair[i];

		if (order->place[known->second].cluster != cluster || order->item[known->first].kind != ORDER_CALL)
			continue;
		if (is_copy(order, known->first) || is_copy(order, known->second))
			race_copy(order, known);
		else if (order_race_rules(order->item[known->first].touches, order->item[known->second].touches))
			order_put_race(order, &(struct race){.first = known->first, .second = known->second,
							     .end = SPACE_END, .rules = true});
		else
			pair[count++] = (struct prove_pair){order->number[known->first], order->number[known->second]};
	}
	return count;
}

void order_prove_cluster(struct order *order, size_t cluster)
{
	struct prove_pair *pair = alloc_zero(order->pairs, sizeof(*pair));
	const struct ranges *doubt = NULL;
	const struct space *space = NULL;
	size_t calls = 0, pairs;

	order->place[cluster].paired = false;
	gather_calls(order, cluster, &calls);
	pairs = gather_pairs(order, cluster, pair);
	order->pages(order->arg, order->item[cluster].pid, &space, &doubt);
	prove(&order->proof, order->call, calls, pair, pairs, space, doubt);
	free(pair);
	for (size_t i = 0; i < order->proof.befores; i++) {
		const struct prove_pair *before = &order->proof.before[i];

		order_put_before(order, order->member[before->first], order->member[before->second]);
	}
	for (size_t i = 0; i < order->proof.races; i++) {
		const struct prove_race *race = &order->proof.race[i];

		order_put_race(order, &(struct race){.first = order->member[race->first],
						     .second = order->member[race->second],
						     .start = race->start, .end = race->end});
	}
}
