#include "order_page.h"

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
