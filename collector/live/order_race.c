/*
 * order_race.c - what is not known of the order: told when the later of the two comes out.
 */
#include "order_state.h"

#include "../util/alloc.h"

/* ---- found ---- */

static void put_link(struct order *order, size_t item, size_t race)
{
	struct place *place = &order->place[item];

	order->link = alloc_room(order->link, order->links, &order->link_room, sizeof(*order->link));
	order->link[order->links++] = (struct link){race, place->links};
	place->links = order->links;
}

void order_put_race(struct order *order, const struct race *race)
{
	order->race = alloc_room(order->race, order->races, &order->race_room, sizeof(*order->race));
	order->race[order->races++] = *race;
	put_link(order, race->first, order->races - 1);
	if (race->first != race->second)
		put_link(order, race->second, order->races - 1);
}

static bool sets_rules(const struct touches *touches)
{
	for (unsigned i = 0; i < touches->count; i++)
		if (touches->touch[i].sets & FACT_RULES)
			return true;
	return false;
}

bool order_race_rules(const struct touches *a, const struct touches *b)
{
	return sets_rules(a) && sets_rules(b);
}

/* ---- what came out too early ---- */

void order_keep_past(struct order *order)
{
	const struct order_item *item = order->last == NONE ? NULL : &order->item[order->last];

	order->last = NONE;
	if (!item || !item->forced || !item->touches)
		return;
	order->past = alloc_room(order->past, order->pasts, &order->past_room, sizeof(*order->past));
	order->past[order->pasts++] = (struct past){*item, *item->touches};
}

/* Those that nothing can overlap any more. */
void order_drop_past(struct order *order)
{
	uint64_t begin_ns = UINT64_MAX;
	size_t left = 0;

	if (!order->pasts)
		return;
	for (size_t i = 0; i < order->count; i++)
		begin_ns = min_u64(begin_ns, order->item[i].begin_ns);
	for (size_t i = 0; i < order->pendings; i++)
		begin_ns = min_u64(begin_ns, order->pending[i].begin_ns);
	for (size_t i = 0; i < order->pasts; i++)
		if (order->past[i].item.end_ns > begin_ns)
			order->past[left++] = order->past[i];
	order->pasts = left;
}

/* ---- told ---- */

static bool tell(const struct order *order, struct race *race, struct order_race *out)
{
	const struct order_item *first = &order->item[race->first], *second = &order->item[race->second];

	if (race->told || !order->place[race->first].out || !order->place[race->second].out)
		return false;
	race->told = true;
	*out = (struct order_race){
		.pid = first->pid,
		.first_seq = min_u64(first->seq, second->seq),
		.second_seq = max_u64(first->seq, second->seq),
		.start = race->start,
		.end = race->end,
		.rules = race->rules,
		.copy = race->copy,
		.child = race->copy ? first->child | second->child : 0,
	};
	return true;
}

/* From the first to the last of the pages a call changes. */
static void widen(struct order_race *race, const struct touches *touches)
{
	for (unsigned i = 0; i < touches->count; i++) {
		if (!(touches->touch[i].sets & FACT_PAGE))
			continue;
		race->start = min_u64(race->start, touches->touch[i].start);
		race->end = max_u64(race->end, touches->touch[i].end);
	}
}

/* With one that came out too early nothing is proven any more. */
static bool tell_past(const struct past *past, const struct order_item *item, struct order_race *out)
{
	if (past->item.pid != item->pid || past->item.end_ns <= item->begin_ns || !item->touches ||
	    !touches_conflict(&past->touches, item->touches))
		return false;
	*out = (struct order_race){
		.pid = item->pid,
		.first_seq = past->item.seq,
		.second_seq = item->seq,
		.start = UINT64_MAX,
		.rules = order_race_rules(&past->touches, item->touches),
		.copy = past->touches.copies || item->touches->copies,
	};
	out->child = out->copy ? past->item.child | item->child : 0;
	widen(out, &past->touches);
	widen(out, item->touches);
	return out->start < out->end;
}

bool order_race(struct order *order, struct order_race *race)
{
	while (order->told) {
		const struct link *link = &order->link[order->told - 1];

		order->told = link->next;
		if (tell(order, &order->race[link->race], race))
			return true;
	}
	while (order->past_told < order->pasts)
		if (tell_past(&order->past[order->past_told++], &order->item[order->last], race))
			return true;
	return false;
}
