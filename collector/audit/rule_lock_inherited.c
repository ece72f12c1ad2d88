/*
 * rule_lock_inherited.c - forks that copied memory locked by its address into the child.
 *
 * fork(2): the child gets a copy of every page but those of MADV_DONTFORK; those of MADV_WIPEONFORK come empty.  That the
 * child's copy has no lock is lock-lost-in-child's business, of children that live on.
 */
#include "rule.h"

struct heritage {
	const struct audit_event *event;
	uint64_t start, pages;
	const struct lock_request *request;	/* of the first */
};

/* What a program can have written to; memory it shares is no copy. */
static bool holds_data(const struct vma *vma)
{
	return vma && !vma->shared && vma->kind != KIND_TRACER && !(vma->advice & ADVICE_WIPEONFORK) &&
	       (vma_is_plain(vma) || (vma->prot & PROT_BIT_WRITE));
}

static bool inherit(void *arg, const struct piece *piece)
{
	struct heritage *heritage = arg;
	const struct lock_request *request = piece->value;
	const struct space *child = heritage->event->space;
	const struct vma *vma = space_next(child, piece->start);

	if (request->how != LOCK_HOW_CALL && request->how != LOCK_HOW_MAP)
		return true;
	for (; vma && vma->start < piece->end; vma = space_next(child, vma->end)) {
		const uint64_t start = max_u64(vma->start, piece->start);

		if (!holds_data(vma))
			continue;
		if (!heritage->pages) {
			heritage->start = start;
			heritage->request = request;
		}
		heritage->pages += (min_u64(vma->end, piece->end) - start) / PAGE_BYTES;
	}
	return true;
}

void rule_lock_inherited(struct audit *audit, const struct audit_event *event)
{
	const struct ledger *ledger = parent_ledger(audit, event);
	struct heritage heritage = { .event = event };
	struct finding *finding;
	struct audit_call about;

	if (!ledger)
		return;
	ledger_each(ledger, 0, UINT64_MAX, inherit, &heritage);
	if (!heritage.pages)
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_lock_inherited, event, &about, 0);
	if (!finding)
		return;
	finding->addr = heritage.start;
	finding->pages = heritage.pages;
	finding_relate(finding, heritage.request->last_seq);
	finding_say(finding, "The child %d got a copy of %s that its parent had locked, by #%llu%s: neither MADV_DONTFORK nor "
		    "MADV_WIPEONFORK was given.", (int)event->process->pid, pages_of(heritage.pages).at,
		    (unsigned long long)heritage.request->last_seq,
		    heritage.pages > heritage.request->pages ? " and others" : "");
}
