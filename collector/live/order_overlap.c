/*
 * order_overlap.c - which items overlap in time: those of a process stand in its lane, by end, and whoever ended after
 * another began overlaps it.
 */
#include "order_state.h"

#include "../util/alloc.h"

/* ---- lanes ---- */

static struct lane *lane_slot(const struct order *order, int32_t pid)
{
	size_t at = (uint32_t)pid * UINT32_C(2654435769) & (order->lanes - 1);

	while (order->lane[at].round == order->round && order->lane[at].pid != pid)
		at = (at + 1) & (order->lanes - 1);
	return &order->lane[at];
}

struct lane *order_lane(const struct order *order, int32_t pid)
{
	struct lane *lane = lane_slot(order, pid);

	if (lane->round != order->round)
		*lane = (struct lane){.pid = pid, .round = order->round, .last = NONE, .pending_ns = UINT64_MAX,
				      .begin_ns = UINT64_MAX};
	return lane;
}

static void begin_lanes(struct order *order)
{
	for (size_t i = 0; i < order->pendings; i++) {
		struct lane *lane = order_lane(order, order->pending[i].pid);

		order->pending[i].overlaps = false;
		lane->pending_ns = min_u64(lane->pending_ns, order->pending[i].begin_ns);
	}
}

/* ---- one behind the other ---- */

static void put_child(struct order *order, size_t index)
{
	order->child = alloc_room(order->child, order->children, &order->child_room, sizeof(*order->child));
	order->child[order->children++] = index;
}

/* One that came out too early may still conflict with it. */
static bool past_overlaps(const struct order *order, const struct order_item *item)
{
	for (size_t i = 0; i < order->pasts; i++)
		if (order->past[i].item.pid == item->pid && order->past[i].item.end_ns > item->begin_ns)
			return true;
	return false;
}

/* Behind the others of its process; whoever ended after it began overlaps it. */
static bool line_up(struct order *order, size_t index)
{
	struct order_item *item = &order->item[index];
	struct place *place = &order->place[index];
	struct lane *lane;

	*place = (struct place){.previous = NONE, .next = NONE, .cluster = index};
	if (item->parent)
		put_child(order, index);
	if (item->kind == ORDER_POINT)
		return false;
	lane = order_lane(order, item->pid);
	place->previous = lane->last;
	if (lane->last != NONE)
		order->place[lane->last].next = index;
	lane->last = index;
	item->overlaps |= item->end_ns > lane->pending_ns || past_overlaps(order, item);
	for (size_t i = place->previous; i != NONE && order->item[i].end_ns > item->begin_ns; i = order->place[i].previous)
		order->item[i].overlaps = item->overlaps = true;
	return item->overlaps;
}

/* Which call of its parent's made a child is known by its result. */
static bool parents_overlap(struct order *order)
{
	bool any = false;

	for (size_t i = 0; i < order->children; i++) {
		const struct order_item *child = &order->item[order->child[i]];
		size_t k = order_lane(order, child->parent)->last;

		for (; k != NONE && order->item[k].end_ns > child->end_ns; k = order->place[k].previous) {
			bool around = order->item[k].begin_ns < child->end_ns;

			order->item[k].overlaps |= around;
			any |= around;
		}
	}
	return any;
}

bool order_made_by(const struct order_pending *pending, const struct order_item *item)
{
	return item->parent == pending->pid && item->end_ns > pending->begin_ns;
}

static bool pending_overlaps(struct order *order)
{
	bool any = false;

	for (size_t i = 0; i < order->pendings; i++) {
		struct order_pending *pending = &order->pending[i];
		const struct lane *lane = order_lane(order, pending->pid);

		pending->overlaps = lane->last != NONE && order->item[lane->last].end_ns > pending->begin_ns;
		for (size_t k = 0; k < order->children && !pending->overlaps; k++)
			pending->overlaps = order_made_by(pending, &order->item[order->child[k]]);
		any |= pending->overlaps;
	}
	return any;
}

bool order_find_overlaps(struct order *order)
{
	bool any = false;

	begin_lanes(order);
	for (size_t i = 0; i < order->count; i++)
		any |= line_up(order, i);
	any |= pending_overlaps(order);
	any |= parents_overlap(order);
	return any;
}
