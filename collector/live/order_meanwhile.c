/*
 * order_meanwhile.c - what went on while an item lasted: what other calls may have changed between its beginning and
 * its end.
 */
#include "order_state.h"

typedef void meanwhile_fn(void *arg, const struct touches *touches);

static bool at_once(const struct order_item *a, const struct order_item *b)
{
	return a->begin_ns < b->end_ns && b->begin_ns < a->end_ns;
}

/* Every call that overlaps the item in time. */
static void meanwhile(const struct order *order, size_t index, meanwhile_fn *fn, void *arg)
{
	const struct order_item *item = &order->item[index];

	for (size_t i = order->place[index].previous; i != NONE && order->item[i].end_ns > item->begin_ns;
	     i = order->place[i].previous)
		if (order->item[i].touches)
			fn(arg, order->item[i].touches);
	for (size_t i = order->place[index].next; i != NONE; i = order->place[i].next)
		if (order->item[i].touches && at_once(item, &order->item[i]))
			fn(arg, order->item[i].touches);
	for (size_t i = 0; i < order->pendings; i++)
		if (order->pending[i].pid == item->pid && order->pending[i].begin_ns < item->end_ns)
			fn(arg, &order->pending[i].touches);
	for (size_t i = 0; i < order->pasts; i++)
		if (order->past[i].item.pid == item->pid && at_once(item, &order->past[i].item))
			fn(arg, &order->past[i].touches);
}

struct facts_found {
	uint8_t asked;
	bool found;
};

static void find_facts(void *arg, const struct touches *touches)
{
	struct facts_found *facts = arg;

	facts->found |= touches->anywhere;
	for (unsigned i = 0; i < touches->count; i++)
		facts->found |= touches->touch[i].sets & facts->asked;
}

bool order_overlapped(const struct order *order, size_t index, uint8_t facts)
{
	struct facts_found found = {.asked = facts};

	meanwhile(order, index, find_facts, &found);
	return found.found;
}

struct moved_found {
	struct ranges *moved;
	bool anywhere;
};

static void find_moved(void *arg, const struct touches *touches)
{
	struct moved_found *found = arg;

	found->anywhere |= touches->anywhere;
	for (unsigned i = 0; i < touches->count; i++)
		if (touches->touch[i].sets & FACT_PAGE)
			ranges_add(found->moved, touches->touch[i].start, touches->touch[i].end);
}

/* Where nothing was mapped, a call under way may have been given the address. */
static void add_holes(const struct space *space, struct ranges *moved)
{
	const struct vma *vma = space ? space_next(space, 0) : NULL;
	uint64_t at = 0;

	for (; vma; vma = space_next(space, at)) {
		ranges_add(moved, at, vma->start);
		at = vma->end;
	}
	ranges_add(moved, at, SPACE_END);
}

void order_moved(const struct order *order, size_t index, struct ranges *moved)
{
	struct moved_found found = {.moved = moved};
	const struct space *space = NULL;
	const struct ranges *doubt;

	meanwhile(order, index, find_moved, &found);
	if (!found.anywhere)
		return;
	order->pages(order->arg, order->item[index].pid, &space, &doubt);
	add_holes(space, moved);
}
