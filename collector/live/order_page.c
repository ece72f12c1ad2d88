#include "order_page.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

#define SETS (1u << ORDER_CALLS_MAX)

/* ---- one page ---- */

struct page page_known(const struct vma *vma)
{
	struct page page = {.future = PAGE_AS_IT_WAS};

	if (!vma)
		return page;
	page.mapped = PAGE_MAPPED;
	page.object = vma_has_offset(vma) || (vma->flags & VMA_GUARD) ? 2 : 1;
	page.prot = vma->prot;
	page.lock = vma->lock;
	page.advice = vma->advice;
	page.sealed = !!(vma->flags & VMA_SEALED);
	return page;
}

struct page page_unknown(void)
{
	return (struct page){
		.mapped = PAGE_UNKNOWN,
		.object = 1,
		.prot = PAGE_AS_IT_WAS,
		.lock = PAGE_AS_IT_WAS,
		.sealed = PAGE_AS_IT_WAS,
		.future = PAGE_AS_IT_WAS,
	};
}

static void make(struct page *page, const struct touch *touch)
{
	page->mapped = PAGE_MAPPED;
	page->object = touch->object;
	page->prot = touch->prot;
	page->advice = 0;
	page->sealed = 0;
	page->under = page->rule;
	if (page->future == PAGE_AS_IT_WAS)
		page->lock = PAGE_AS_IT_WAS | touch->lock;
	else
		page->lock = page->future ? page->future : touch->lock;
}

static void take_away(struct page *page)
{
	*page = (struct page){.future = page->future, .rule = page->rule};
}

static void blur(struct page *page, const struct touch *touch)
{
	struct page unknown = page_unknown();

	unknown.object = touch->object ? touch->object : 3;
	unknown.future = page->future;
	unknown.rule = page->rule;
	*page = unknown;
}

static void act(struct page *page, const struct touch *touch)
{
	bool there = page->mapped != PAGE_UNMAPPED;

	switch ((enum act)touch->act) {
	case ACT_NONE:
		return;
	case ACT_MAKE:
		make(page, touch);
		return;
	case ACT_REMOVE:
		take_away(page);
		return;
	case ACT_PROTECT:
		page->prot = there ? touch->prot : 0;
		page->under = there ? page->rule : 0;
		return;
	case ACT_LOCK:
		page->lock = there ? touch->lock : 0;
		return;
	case ACT_ADVISE:
		page->advice = there ? (uint16_t)((page->advice | touch->set) & ~touch->clear) : 0;
		return;
	case ACT_SEAL:
		page->sealed = there;
		return;
	case ACT_FUTURE:
		page->future = touch->lock;
		return;
	case ACT_RULE:
		page->rule = touch->object;
		return;
	case ACT_UNCLEAR:
		blur(page, touch);
	}
}

/* A sealed page is neither removed nor replaced nor protected: mm/mseal.c. */
static bool is_forbidden(const struct page *page, const struct touch *touch)
{
	return page->sealed == 1 && (touch->act == ACT_MAKE || touch->act == ACT_REMOVE || touch->act == ACT_PROTECT);
}

static bool meet(struct page *page, enum need need)
{
	if (page->mapped == PAGE_UNKNOWN && need == NEED_FREE)
		take_away(page);
	if (page->mapped == PAGE_UNKNOWN && need == NEED_MAPPED)
		page->mapped = PAGE_MAPPED;
	return need == NEED_NOTHING || (need == NEED_MAPPED) == (page->mapped == PAGE_MAPPED);
}

bool page_apply(struct page *page, const struct touch *touch, bool reached)
{
	if (!meet(page, touch->need))
		return false;
	if (!reached)
		return true;
	if (is_forbidden(page, touch))
		return false;
	act(page, touch);
	return true;
}

bool page_same(const struct page *a, const struct page *b)
{
	return a->mapped == b->mapped && a->object == b->object && a->prot == b->prot && a->lock == b->lock &&
	       a->advice == b->advice && a->sealed == b->sealed && a->under == b->under;
}

static bool same(const struct page *a, const struct page *b)
{
	return page_same(a, b) && a->rule == b->rule && a->future == b->future;
}

/* ---- all orders ---- */

void page_orders_init(struct page_orders *orders)
{
	memset(orders, 0, sizeof(*orders));
	orders->node = alloc_zero(SETS, sizeof(*orders->node));
	orders->nodes = alloc_zero(SETS, 1);
}

void page_orders_free(struct page_orders *orders)
{
	free(orders->node);
	free(orders->nodes);
}

static void reach(struct page_orders *orders, unsigned set, const struct page *page)
{
	struct page_node *node = orders->node[set];

	for (unsigned i = 0; i < orders->nodes[set]; i++)
		if (same(&node[i].page, page))
			return;
	if (orders->nodes[set] == ORDER_STATES_MAX) {
		orders->overflow = true;
		return;
	}
	node[orders->nodes[set]++] = (struct page_node){.page = *page};
}

/* Have all calls that ended before this one began come? */
static bool is_due(const struct page_orders *orders, unsigned set, unsigned next)
{
	if (set >> next & 1)
		return false;
	for (unsigned i = 0; i < orders->count; i++)
		if (!(set >> i & 1) && i != next && orders->call[i].end_ns <= orders->call[next].begin_ns)
			return false;
	return true;
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

typedef bool next_fn(struct page_orders *orders, unsigned set, const struct page *page);

/* Every state that one more call can lead to, until @fn says that it is enough. */
static bool each_next(struct page_orders *orders, unsigned set, const struct page *from, next_fn *fn)
{
	for (unsigned i = 0; i < orders->count; i++) {
		if (!is_due(orders, set, i))
			continue;
		for (int reached = is_uncertain(&orders->call[i]) ? 0 : 1; reached < 2; reached++) {
			struct page page = *from;

			if (step(&page, &orders->call[i], reached) && fn(orders, set | 1u << i, &page))
				return true;
		}
	}
	return false;
}

static bool note_next(struct page_orders *orders, unsigned set, const struct page *page)
{
	reach(orders, set, page);
	return false;
}

static bool leads_on(struct page_orders *orders, unsigned set, const struct page *page)
{
	for (unsigned i = 0; i < orders->nodes[set]; i++)
		if (orders->node[set][i].lives && same(&orders->node[set][i].page, page))
			return true;
	return false;
}

/* A set comes after all its subsets in numeric order. */
bool page_orders_run(struct page_orders *orders, const struct page *from, size_t count)
{
	unsigned all = (1u << orders->count) - 1;

	memset(orders->nodes, 0, all + 1);
	orders->overflow = false;
	for (size_t i = 0; i < count; i++)
		reach(orders, 0, &from[i]);
	for (unsigned set = 0; set < all; set++)
		for (unsigned i = 0; i < orders->nodes[set]; i++)
			each_next(orders, set, &orders->node[set][i].page, note_next);
	for (unsigned set = all + 1; set-- > 0;)
		for (unsigned i = 0; i < orders->nodes[set]; i++)
			orders->node[set][i].lives =
				set == all || each_next(orders, set, &orders->node[set][i].page, leads_on);
	return orders->nodes[all] && !orders->overflow;
}

static bool any_lives(const struct page_orders *orders, unsigned set)
{
	for (unsigned i = 0; i < orders->nodes[set]; i++)
		if (orders->node[set][i].lives)
			return true;
	return false;
}

bool page_orders_can(const struct page_orders *orders, unsigned first, unsigned second)
{
	for (unsigned set = 0; set < 1u << orders->count; set++)
		if ((set >> first & 1) && !(set >> second & 1) && any_lives(orders, set))
			return true;
	return false;
}

bool page_orders_differ(const struct page_orders *orders, unsigned a, unsigned b)
{
	for (unsigned set = 0; set < 1u << orders->count; set++) {
		const struct page *seen = NULL;

		for (unsigned i = 0; (set >> a & 1) && (set >> b & 1) && i < orders->nodes[set]; i++) {
			const struct page_node *node = &orders->node[set][i];

			if (node->lives && seen && !page_same(seen, &node->page))
				return true;
			if (node->lives)
				seen = &node->page;
		}
	}
	return false;
}

size_t page_orders_end(const struct page_orders *orders, struct page *end)
{
	unsigned all = (1u << orders->count) - 1;

	for (unsigned i = 0; i < orders->nodes[all]; i++)
		end[i] = orders->node[all][i].page;
	return orders->nodes[all];
}

/* mm/gup.c faultin_page(): not a page without access rights, a guard page, or one past the end of a file. */
static bool may_not_fault(const struct page *page)
{
	return page->mapped && (!page->prot || page->prot == PAGE_AS_IT_WAS || page->object != 1);
}

struct page_met page_orders_met(const struct page_orders *orders, unsigned call)
{
	struct page_met met = {.mapped = false};

	for (unsigned set = 0; set < 1u << orders->count; set++) {
		for (unsigned i = 0; i < orders->nodes[set]; i++) {
			const struct page_node *node = &orders->node[set][i];

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
