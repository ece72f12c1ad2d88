/*
 * order_page_orders.c - all orders that a page's calls can have had: what can have come first, set by set.
 *
 * Sorted by end, the calls that must have come before a call are the first so and so many; so a set is "all below one, and
 * these few behind it", and there are few of them however many calls follow one another.
 */
#include "order_page.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../vm/range.h"

static bool same(const struct page *a, const struct page *b)
{
	return page_same(a, b) && a->rule == b->rule && a->future == b->future;
}

/* ---- sets of calls ---- */

static bool has(const struct page_set *set, size_t call)
{
	if (call < set->below)
		return true;
	for (unsigned i = 0; i < set->extras; i++)
		if (set->extra[i] == call)
			return true;
	return false;
}

static void drop_first(struct page_set *set)
{
	set->extras--;
	for (unsigned i = 0; i < set->extras; i++)
		set->extra[i] = set->extra[i + 1];
}

/* The same set and one more call: without states, and in no bucket. */
static struct page_set plus(const struct page_set *set, uint32_t call)
{
	struct page_set more = {.below = set->below, .extras = set->extras};
	unsigned i = set->extras;

	memcpy(more.extra, set->extra, sizeof(more.extra));
	for (; i && more.extra[i - 1] > call; i--)
		more.extra[i] = more.extra[i - 1];
	more.extra[i] = call;
	more.extras++;
	for (; more.extras && more.extra[0] == more.below; more.below++)
		drop_first(&more);
	return more;
}

static uint32_t *bucket_of(struct page_orders *orders, const struct page_set *set)
{
	uint32_t hash = set->below;

	for (unsigned i = 0; i < set->extras; i++)
		hash = hash * 31 + set->extra[i];
	return &orders->bucket[hash % ORDER_BUCKETS];
}

static struct page_set *find_set(struct page_orders *orders, const struct page_set *like)
{
	for (uint32_t at = *bucket_of(orders, like); at; at = orders->set[at - 1].next) {
		struct page_set *set = &orders->set[at - 1];

		if (set->below == like->below && set->extras == like->extras &&
		    !memcmp(set->extra, like->extra, like->extras * sizeof(*like->extra)))
			return set;
	}
	return NULL;
}

/* They come by size. */
static struct page_set *add_set(struct page_orders *orders, const struct page_set *like)
{
	uint32_t *bucket = bucket_of(orders, like);
	size_t size = like->below + like->extras;
	struct page_set *set;

	orders->set = alloc_room(orders->set, orders->sets, &orders->set_room, sizeof(*orders->set));
	while (orders->sizes <= size)
		orders->of_size[orders->sizes++] = (uint32_t)orders->sets;
	set = &orders->set[orders->sets++];
	*set = *like;
	set->next = *bucket;
	*bucket = (uint32_t)orders->sets;
	return set;
}

/* ---- when each can have come ---- */

void page_orders_size(struct page_orders *orders, size_t count)
{
	orders->count = count;
	if (count <= orders->room)
		return;
	orders->room = 2 * count;
	orders->call = alloc_resize(orders->call, orders->room, sizeof(*orders->call));
	orders->time = alloc_resize(orders->time, orders->room, sizeof(*orders->time));
	orders->due = alloc_resize(orders->due, orders->room, sizeof(*orders->due));
	orders->of_size = alloc_resize(orders->of_size, orders->room + 2, sizeof(*orders->of_size));
}

void page_orders_free(struct page_orders *orders)
{
	free(orders->call);
	free(orders->time);
	free(orders->due);
	free(orders->of_size);
	free(orders->set);
}

/* How many of the first @call had ended when it began: they are sorted by end. */
static uint32_t count_ended(const struct page_orders *orders, size_t call)
{
	size_t low = 0, high = call;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (orders->call[middle].end_ns <= orders->call[call].begin_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static void find_times(struct page_orders *orders)
{
	size_t over = 0;

	for (size_t i = 0; i < orders->count; i++) {
		orders->time[i].first = count_ended(orders, i);
		for (; over < orders->time[i].first; over++)
			orders->time[over].last = (uint32_t)i;
	}
	for (; over < orders->count; over++)
		orders->time[over].last = (uint32_t)orders->count;
}

/* Return: false if there are too many at once. */
static bool find_due(struct page_orders *orders)
{
	for (size_t below = 0; below < orders->count; below++)
		orders->due[below].count = 0;
	for (size_t i = 0; i < orders->count; i++)
		for (size_t below = orders->time[i].first; below <= i; below++) {
			struct page_due *due = &orders->due[below];

			if (due->count == ORDER_CALLS_MAX)
				return false;
			due->call[due->count++] = (uint32_t)i;
		}
	return true;
}

static bool is_due(const struct page_orders *orders, const struct page_set *set, size_t call)
{
	return orders->time[call].first <= set->below && !has(set, call);
}

/* ---- all orders ---- */

static void reach(struct page_orders *orders, struct page_set *set, const struct page *page)
{
	for (unsigned i = 0; i < set->nodes; i++)
		if (same(&set->node[i].page, page))
			return;
	if (set->nodes == ORDER_STATES_MAX) {
		orders->overflow = true;
		return;
	}
	set->node[set->nodes++] = (struct page_node){.page = *page};
}

/* The touches of a call that need not have reached the page reach it together, or not at all. */
static bool step(struct page *page, const struct page_call *call, bool reached)
{
	for (unsigned i = 0; i < call->touches; i++)
		if (!page_apply(page, &call->touch[i], reached || !call->touch[i].maybe))
			return false;
	return true;
}

static bool is_uncertain(const struct page_call *call)
{
	for (unsigned i = 0; i < call->touches; i++)
		if (call->touch[i].maybe)
			return true;
	return false;
}

typedef bool next_fn(struct page_orders *orders, const struct page_set *set, const struct page *page);

/* Every state that one more call can lead to from @page after the calls @from, until @fn says that it is enough. */
static bool each_next(struct page_orders *orders, const struct page_set *from, const struct page *page, next_fn *fn)
{
	const struct page_due *due = &orders->due[from->below];

	for (unsigned i = 0; i < due->count; i++) {
		const struct page_call *call = &orders->call[due->call[i]];
		struct page_set set;

		if (has(from, due->call[i]))
			continue;
		set = plus(from, due->call[i]);
		for (int reached = is_uncertain(call) ? 0 : 1; reached < 2; reached++) {
			struct page next = *page;

			if (step(&next, call, reached) && fn(orders, &set, &next))
				return true;
		}
	}
	return false;
}

static bool note_next(struct page_orders *orders, const struct page_set *like, const struct page *page)
{
	struct page_set *set = find_set(orders, like);

	if (!set && orders->sets == ORDER_SETS_MAX)
		orders->overflow = true;
	else
		reach(orders, set ? set : add_set(orders, like), page);
	return orders->overflow;
}

static bool leads_on(struct page_orders *orders, const struct page_set *like, const struct page *page)
{
	const struct page_set *set = find_set(orders, like);

	for (unsigned i = 0; set && i < set->nodes; i++)
		if (set->node[i].lives && same(&set->node[i].page, page))
			return true;
	return false;
}

/* A set stands behind all that lead to it. */
static void go_forth(struct page_orders *orders)
{
	for (size_t at = 0; at < orders->sets && !orders->overflow; at++) {
		const struct page_set set = orders->set[at]; /* adding others may move it */

		for (unsigned i = 0; i < set.nodes && set.below < orders->count; i++)
			each_next(orders, &set, &set.node[i].page, note_next);
	}
}

/* Are there states of the set that live and differ? */
static bool is_split(const struct page_set *set)
{
	const struct page *seen = NULL;

	for (unsigned i = 0; i < set->nodes; i++) {
		if (!set->node[i].lives)
			continue;
		if (seen && !page_same(seen, &set->node[i].page))
			return true;
		seen = &set->node[i].page;
	}
	return false;
}

static void go_back(struct page_orders *orders)
{
	for (size_t at = orders->sets; at-- > 0;) {
		struct page_set *set = &orders->set[at];

		for (unsigned i = 0; i < set->nodes; i++) {
			set->node[i].lives = set->below == orders->count ||
					     each_next(orders, set, &set->node[i].page, leads_on);
			set->lives |= set->node[i].lives;
		}
		set->split = is_split(set);
		if (set->split)
			orders->split_end = max_u64(orders->split_end, at + 1);
	}
}

bool page_orders_run(struct page_orders *orders, const struct page *from, size_t count)
{
	const struct page_set none = {.below = 0};

	orders->sets = orders->sizes = orders->split_end = 0;
	orders->overflow = false;
	find_times(orders);
	if (!find_due(orders))
		return false;
	memset(orders->bucket, 0, sizeof(orders->bucket));
	add_set(orders, &none);
	for (size_t i = 0; i < count; i++)
		reach(orders, &orders->set[0], &from[i]);
	go_forth(orders);
	if (orders->overflow || orders->sizes <= orders->count)
		return false;
	orders->of_size[orders->sizes] = (uint32_t)orders->sets;
	go_back(orders);
	return true;
}

/* ---- what they say ---- */

/* The sets that can have come first while a call was at work, by index; all of them may be more. */
static size_t first_set(const struct page_orders *orders, size_t call)
{
	return orders->of_size[orders->time[call].first];
}

static size_t end_of_sets(const struct page_orders *orders, size_t call)
{
	size_t most = min_u64(orders->time[call].last + ORDER_CALLS_MAX, orders->count);

	return orders->of_size[most + 1];
}

/* Where @first has just come, and where @second is about to, @first has come and @second has not: look where less is to see. */
bool page_orders_can(const struct page_orders *orders, size_t first, size_t second)
{
	size_t here = end_of_sets(orders, first) - first_set(orders, first);
	size_t there = end_of_sets(orders, second) - first_set(orders, second);
	size_t call = here < there ? first : second;

	for (size_t i = first_set(orders, call); i < end_of_sets(orders, call); i++) {
		const struct page_set *set = &orders->set[i];

		if (set->lives && has(set, first) && !has(set, second))
			return true;
	}
	return false;
}

bool page_orders_differ(const struct page_orders *orders, size_t a, size_t b)
{
	size_t start = max_u64(first_set(orders, a), first_set(orders, b));
	size_t end = min_u64(max_u64(end_of_sets(orders, a), end_of_sets(orders, b)), orders->split_end);

	/* the last are the first to have both */
	while (end-- > start)
		if (orders->set[end].split && has(&orders->set[end], a) && has(&orders->set[end], b))
			return true;
	return false;
}

size_t page_orders_end(const struct page_orders *orders, struct page *end)
{
	const struct page_set *all = &orders->set[orders->sets - 1];

	for (unsigned i = 0; i < all->nodes; i++)
		end[i] = all->node[i].page;
	return all->nodes;
}

/* mm/gup.c faultin_page(): not a page without access rights, a guard page, or one past the end of a file. */
static bool may_not_fault(const struct page *page)
{
	return page->mapped && (!page->prot || page->prot == PAGE_AS_IT_WAS || page->object != 1);
}

struct page_met page_orders_met(const struct page_orders *orders, size_t call)
{
	struct page_met met = {.mapped = false};

	for (size_t i = first_set(orders, call); i < end_of_sets(orders, call); i++) {
		const struct page_set *set = &orders->set[i];

		for (unsigned k = 0; k < set->nodes; k++) {
			const struct page_node *node = &set->node[k];

			if (!node->lives)
				continue;
			met.untouchable |= may_not_fault(&node->page);
			if (!is_due(orders, set, call))
				continue;
			met.mapped |= node->page.mapped != PAGE_UNMAPPED;
			met.free |= node->page.mapped != PAGE_MAPPED;
		}
	}
	return met;
}
