#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

#define NONE SIZE_MAX

/* One process's items, chained. */
struct lane {
	int32_t pid;
	uint64_t round; /* in which it was last used */
	size_t last;	/* item, or NONE */
	uint64_t pending_ns; /* the earliest beginning of a call under way */
	uint64_t begin_ns;   /* the earliest beginning of the items behind the one at hand */
};

/* What the order keeps about an item. */
struct place {
	size_t previous, next; /* of the same process */
	size_t cluster;	       /* the first item of those that overlap, one the next, with this one */
	bool paired;	       /* of the first: some of them conflict, and what is known of that is not yet looked into */
	bool last;	       /* of its cluster */
	bool out;
	bool visiting;
	size_t befores, links; /* 1 + index of the first in the lists below, 0: none */
};

/* @first must come out before the item whose list this is in. */
struct before {
	size_t first, next;
};

struct race {
	size_t first, second;
	uint64_t start, end;
	bool rules, copy, told;
};

/* An item's part in a race. */
struct link {
	size_t race, next;
};

/* One that was given up waiting for others: it came out, and they may still conflict with it. */
struct past {
	struct order_item item;
	struct touches touches;
};

struct order {
	order_pages_fn *pages;
	void *arg;
	struct order_item *item;
	size_t count;
	struct order_pending *pending;
	size_t pendings;
	size_t cut;  /* items from here on wait */
	size_t next; /* the next in order of end */
	size_t last; /* the one that came out last, NONE: none */
	size_t told; /* where order_race() is: 1 + index of the link, */
	size_t past_told; /* then how many of the past */
	uint64_t round;
	struct lane *lane;
	size_t lanes; /* a power of two */
	struct place *place;
	size_t place_room;
	size_t *child; /* items that are children speaking up */
	size_t children, child_room;
	struct prove_pair *pair;
	size_t pairs, pair_room;
	struct before *before;
	size_t befores, before_room;
	struct race *race;
	size_t races, race_room;
	struct link *link;
	size_t links, link_room;
	struct past *past;
	size_t pasts, past_room;
	struct prove_call *call; /* scratch, with the items they are */
	size_t *member;
	uint32_t *number;
	size_t call_room;
	struct proof proof;
};

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

/* ---- lanes ---- */

static struct lane *lane_slot(const struct order *order, int32_t pid)
{
	size_t at = (uint32_t)pid * UINT32_C(2654435769) & (order->lanes - 1);

	while (order->lane[at].round == order->round && order->lane[at].pid != pid)
		at = (at + 1) & (order->lanes - 1);
	return &order->lane[at];
}

static struct lane *lane_of(const struct order *order, int32_t pid)
{
	struct lane *lane = lane_slot(order, pid);

	if (lane->round != order->round)
		*lane = (struct lane){.pid = pid, .round = order->round, .last = NONE, .pending_ns = UINT64_MAX,
				      .begin_ns = UINT64_MAX};
	return lane;
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

/* ---- what overlaps ---- */

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

static void begin_lanes(struct order *order)
{
	for (size_t i = 0; i < order->pendings; i++) {
		struct lane *lane = lane_of(order, order->pending[i].pid);

		order->pending[i].overlaps = false;
		lane->pending_ns = min_u64(lane->pending_ns, order->pending[i].begin_ns);
	}
}

static void put_child(struct order *order, size_t index)
{
	if (order->children == order->child_room) {
		order->child_room = order->child_room * 2 + 8;
		order->child = alloc_resize(order->child, order->child_room, sizeof(*order->child));
	}
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
	lane = lane_of(order, item->pid);
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
		size_t k = lane_of(order, child->parent)->last;

		for (; k != NONE && order->item[k].end_ns > child->end_ns; k = order->place[k].previous) {
			bool around = order->item[k].begin_ns < child->end_ns;

			order->item[k].overlaps |= around;
			any |= around;
		}
	}
	return any;
}

static void make_room(struct order *order)
{
	if (order->count <= order->place_room)
		return;
	order->place_room = 2 * order->count;
	order->place = alloc_resize(order->place, order->place_room, sizeof(*order->place));
}

static bool made_by(const struct order_pending *pending, const struct order_item *item)
{
	return item->parent == pending->pid && item->end_ns > pending->begin_ns;
}

static bool pending_overlaps(struct order *order)
{
	bool any = false;

	for (size_t i = 0; i < order->pendings; i++) {
		struct order_pending *pending = &order->pending[i];
		const struct lane *lane = lane_of(order, pending->pid);

		pending->overlaps = lane->last != NONE && order->item[lane->last].end_ns > pending->begin_ns;
		for (size_t k = 0; k < order->children && !pending->overlaps; k++)
			pending->overlaps = made_by(pending, &order->item[order->child[k]]);
		any |= pending->overlaps;
	}
	return any;
}

static void keep_past(struct order *order);
static void drop_past(struct order *order);

bool order_begin(struct order *order, struct order_item *item, size_t count, struct order_pending *pending,
		 size_t pendings)
{
	bool any = false;

	keep_past(order);
	order->item = item;
	order->count = order->cut = count;
	order->pending = pending;
	order->pendings = pendings;
	order->next = 0;
	order->pairs = order->befores = order->races = order->links = order->children = 0;
	new_round(order);
	make_room(order);
	sort_items(order);
	begin_lanes(order);
	for (size_t i = 0; i < count; i++)
		any |= line_up(order, i);
	any |= pending_overlaps(order);
	any |= parents_overlap(order);
	drop_past(order);
	return any;
}

/* ---- what must wait ---- */

static bool conflict(const struct order_item *a, const struct order_item *b)
{
	return a->touches && b->touches && touches_conflict(a->touches, b->touches);
}

static void put_pair(struct order *order, size_t first, size_t second)
{
	if (order->pairs == order->pair_room) {
		order->pair_room = order->pair_room * 2 + 32;
		order->pair = alloc_resize(order->pair, order->pair_room, sizeof(*order->pair));
	}
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
		size_t k = pending->overlaps ? lane_of(order, pending->pid)->last : NONE;

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

static void put_before(struct order *order, size_t first, size_t second)
{
	struct place *place = &order->place[second];

	if (order->befores == order->before_room) {
		order->before_room = order->before_room * 2 + 16;
		order->before = alloc_resize(order->before, order->before_room, sizeof(*order->before));
	}
	order->before[order->befores++] = (struct before){first, place->befores};
	place->befores = order->befores;
}

/* The call that made a child can return later than the child speaks. */
static void follow_parent(struct order *order, size_t index, size_t given_up)
{
	const struct order_item *child = &order->item[index];
	size_t k = lane_of(order, child->parent)->last;

	for (; k != NONE && order->item[k].end_ns > child->end_ns; k = order->place[k].previous) {
		if (order->item[k].child != child->pid)
			continue;
		put_before(order, k, index);
		put_pair(order, index, k);
		return;
	}
	for (size_t i = 0; i < order->pendings; i++)
		if (made_by(&order->pending[i], child) && order->pending[i].touches.copies && !order->pending[i].gone)
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

/* ---- what overlaps, one the next ---- */

/* An item is the last of its cluster if all that come out behind it began after it had ended. */
static void find_clusters(struct order *order)
{
	for (size_t i = order->cut; i-- > 0;) {
		struct lane *lane;

		if (order->item[i].kind == ORDER_POINT)
			continue;
		lane = lane_of(order, order->item[i].pid);
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

void order_decide(struct order *order, uint64_t given_up_ns)
{
	size_t given_up = 0;

	while (given_up < order->count && order->item[given_up].end_ns <= given_up_ns)
		given_up++;
	find_pairs(order);
	hold_for_pending(order, given_up);
	follow_parents(order, given_up);
	hold_pairs(order, given_up);
	find_clusters(order);
}

/* ---- what is known of those that overlap ---- */

static void put_link(struct order *order, size_t item, size_t race)
{
	struct place *place = &order->place[item];

	if (order->links == order->link_room) {
		order->link_room = order->link_room * 2 + 32;
		order->link = alloc_resize(order->link, order->link_room, sizeof(*order->link));
	}
	order->link[order->links++] = (struct link){race, place->links};
	place->links = order->links;
}

static void put_race(struct order *order, const struct race *race)
{
	if (order->races == order->race_room) {
		order->race_room = order->race_room * 2 + 16;
		order->race = alloc_resize(order->race, order->race_room, sizeof(*order->race));
	}
	order->race[order->races++] = *race;
	put_link(order, race->first, order->races - 1);
	if (race->first != race->second)
		put_link(order, race->second, order->races - 1);
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
			put_race(order, &(struct race){.first = pair->first, .second = pair->second, .copy = true,
						       .start = touches->touch[i].start, .end = touches->touch[i].end});
}

static bool sets_rules(const struct touches *touches)
{
	for (unsigned i = 0; i < touches->count; i++)
		if (touches->touch[i].sets & FACT_RULES)
			return true;
	return false;
}

/* No page shows what mappings will be made with. */
static bool race_rules(const struct touches *a, const struct touches *b)
{
	return sets_rules(a) && sets_rules(b);
}

static void gather_calls(struct order *order, size_t cluster, size_t *count)
{
	if (order->call_room < order->count) {
		order->call_room = 2 * order->count;
		order->call = alloc_resize(order->call, order->call_room, sizeof(*order->call));
		order->member = alloc_resize(order->member, order->call_room, sizeof(*order->member));
		order->number = alloc_resize(order->number, order->call_room, sizeof(*order->number));
	}
	for (size_t i = cluster; i != NONE && i < order->cut && order->place[i].cluster == cluster; i = order->place[i].next) {
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
		else if (race_rules(order->item[known->first].touches, order->item[known->second].touches))
			put_race(order, &(struct race){.first = known->first, .second = known->second, .end = SPACE_END,
						       .rules = true});
		else
			pair[count++] = (struct prove_pair){order->number[known->first], order->number[known->second]};
	}
	return count;
}

static void prove_cluster(struct order *order, size_t cluster)
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
	for (size_t i = 0; i < order->proof.befores; i++)
		put_before(order, order->member[order->proof.before[i].first], order->member[order->proof.before[i].second]);
	for (size_t i = 0; i < order->proof.races; i++) {
		const struct prove_race *race = &order->proof.race[i];

		put_race(order, &(struct race){.first = order->member[race->first], .second = order->member[race->second],
					       .start = race->start, .end = race->end});
	}
}

/* ---- one after the other ---- */

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

	keep_past(order);
	while (order->next < order->cut && order->place[order->next].out)
		order->next++;
	if (order->next >= order->cut)
		return false;
	for (at = order->next;; at = first) {
		size_t cluster = order->place[at].cluster;

		if (order->place[cluster].paired)
			prove_cluster(order, cluster);
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

/* ---- what is not known ---- */

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
		.rules = race_rules(&past->touches, item->touches),
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

static void keep_past(struct order *order)
{
	const struct order_item *item = order->last == NONE ? NULL : &order->item[order->last];

	order->last = NONE;
	if (!item || !item->forced || !item->touches)
		return;
	if (order->pasts == order->past_room) {
		order->past_room = order->past_room * 2 + 16;
		order->past = alloc_resize(order->past, order->past_room, sizeof(*order->past));
	}
	order->past[order->pasts++] = (struct past){*item, *item->touches};
}

/* Those that nothing can overlap any more. */
static void drop_past(struct order *order)
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

/* ---- what went on meanwhile ---- */

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
