/*
 * rule_lock_inherited.c - children that had a copy of memory locked by its address until they became another program.
 *
 * fork(2): the child gets a copy of every page but those of MADV_DONTFORK; those of MADV_WIPEONFORK come empty.  execve(2)
 * is the end of the copy.  A child that lives on with it is lock-lost-in-child's business: no fork is reported by both.
 * The set of pages holds what was copied and is still there, with the number of the call that locked it.
 */
#include "rule.h"

struct heritage {
	struct audit_call fork;
	bool leaves;		/* it has tried to become another program */
};

/* What a program can have written to; memory it shares is no copy. */
static bool holds_data(const struct vma *vma)
{
	return vma && !vma->shared && vma->kind != KIND_TRACER && !(vma->advice & ADVICE_WIPEONFORK) &&
	       (vma_is_plain(vma) || (vma->prot & PROT_BIT_WRITE));
}

static bool inherit(void *arg, const struct piece *piece)
{
	const struct audit_event *event = arg;
	struct pieces *copied = event_pages(event, RULE_lock_inherited);
	const struct lock_request *request = piece->value;
	const struct vma *vma = space_next(event->space, piece->start);

	if (request->how != LOCK_HOW_CALL && request->how != LOCK_HOW_MAP)
		return true;
	for (; vma && vma->start < piece->end; vma = space_next(event->space, vma->end))
		if (holds_data(vma))
			pieces_set(copied, max_u64(vma->start, piece->start), min_u64(vma->end, piece->end),
				   (void *)(uintptr_t)request->last_seq);
	return true;
}

static void begin(struct audit *audit, const struct audit_event *event)
{
	const struct ledger *ledger = parent_ledger(audit, event);
	struct heritage *heritage;

	if (!ledger || !ledger_requests(ledger))
		return;
	heritage = event_memory(event, RULE_lock_inherited, sizeof(*heritage));
	heritage->fork = event_call(audit, event);
	ledger_each(ledger, 0, UINT64_MAX, inherit, (void *)(uintptr_t)event);
}

struct sum {
	uint64_t start, pages, seq;
	bool others;
};

static bool add(void *arg, const struct piece *piece)
{
	const uint64_t seq = (uintptr_t)piece->value;
	struct sum *sum = arg;

	if (!sum->pages) {
		sum->start = piece->start;
		sum->seq = seq;
	}
	sum->pages += (piece->end - piece->start) / PAGE_BYTES;
	sum->others |= seq != sum->seq;
	return true;
}

static void end(struct audit *audit, const struct audit_event *event, const struct heritage *heritage)
{
	const bool became = event->record->process.event != PROCESS_EXIT;
	struct sum sum = { 0 };
	struct finding *finding;

	pieces_each(event_pages(event, RULE_lock_inherited), 0, UINT64_MAX, add, &sum);
	if (!sum.pages)
		return;
	finding = finding_new(audit, RULE_lock_inherited, event, &heritage->fork, 0);
	if (!finding)
		return;
	finding->addr = sum.start;
	finding->pages = sum.pages;
	finding_relate(finding, sum.seq);
	finding_relate(finding, event->record->seq);
	finding_say(finding, "The child %d had a copy of %s that its parent had locked, by #%llu%s, until it %s.",
		    (int)event->process->pid, pages_of(sum.pages).at, (unsigned long long)sum.seq,
		    sum.others ? " and others" : "", became ? "became another program" : "ended");
}

void rule_lock_inherited(struct audit *audit, const struct audit_event *event)
{
	struct heritage *heritage;

	if (event->kind == EVENT_FORK) {
		begin(audit, event);
		return;
	}
	heritage = event_memory(event, RULE_lock_inherited, sizeof(*heritage));
	if (!heritage->fork.seq)
		return;
	if (event->kind == EVENT_CHANGE && copy_is_settled(event->delta))
		pieces_cut(event_pages(event, RULE_lock_inherited), event->delta->start, event->delta->end, NULL, NULL);
	else if (event->kind == EVENT_BEFORE)
		heritage->leaves |= call_table[event->record->call.call].effect == EFFECT_EXEC;
	else if (event->kind == EVENT_CLOSE && (event->record->process.event != PROCESS_EXIT || heritage->leaves))
		end(audit, event, heritage);
}
