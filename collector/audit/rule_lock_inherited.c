/*
 * rule_lock_inherited.c - children that had a copy of memory locked by its address until they became another program.
 *
 * fork(2): the child gets a copy of every page but those of MADV_DONTFORK; those of MADV_WIPEONFORK come empty.  execve(2)
 * is the end of the copy.  A child that lives on with it is lock-lost-in-child's business: no fork is reported by both.
 * The set of pages holds what was copied and is still there, with the number of the call that locked it.
 */
#include "rule.h"

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
	struct child_copy *copy;

	if (!ledger || !ledger_requests(ledger))
		return;
	copy = event_memory(event, RULE_lock_inherited, sizeof(*copy));
	copy->fork = event_call(audit, event);
	ledger_each(ledger, 0, UINT64_MAX, inherit, (void *)(uintptr_t)event);
}

static void end(struct audit *audit, const struct audit_event *event, const struct child_copy *copy)
{
	const bool became = event->record->process.event != PROCESS_EXIT;
	const struct copy_left left = copy_left(event, RULE_lock_inherited);
	struct finding *finding;

	if (!left.pages)
		return;
	finding = finding_new(audit, RULE_lock_inherited, event, &copy->fork, 0);
	if (!finding)
		return;
	finding->addr = left.start;
	finding->pages = left.pages;
	finding_relate(finding, left.seq);
	finding_relate(finding, event->record->seq);
	finding_say(finding, "The child %d had a copy of %s that its parent had locked, by #%llu%s, until it %s.",
		    (int)event->process->pid, pages_of(left.pages).at, (unsigned long long)left.seq,
		    left.others ? " and others" : "", became ? "became another program" : "ended");
}

void rule_lock_inherited(struct audit *audit, const struct audit_event *event)
{
	struct child_copy *copy;

	if (event->kind == EVENT_FORK) {
		begin(audit, event);
		return;
	}
	copy = event_memory(event, RULE_lock_inherited, sizeof(*copy));
	if (copy_follow(event, RULE_lock_inherited, copy) &&
	    (event->record->process.event != PROCESS_EXIT || copy->leaves))
		end(audit, event, copy);
}
