/*
 * rule_dontneed_on_locked.c - advice that gives pages back, refused because some of them are locked.
 *
 * madvise_dontneed_free_valid_vma(), can_madv_lru_vma(), is_valid_guard_vma(), mm/madvise.c: VM_LOCKED is EINVAL.
 * madvise_walk_vmas() stops there; the mappings before it have had the advice already.
 */
#include "rule.h"

static void say(struct finding *finding, uint64_t advice, const struct range *range, const struct vma *locked)
{
	uint64_t asked = (range->end - range->start) / PAGE_BYTES;

	if (locked->start <= range->start)
		finding_say(finding, "%s of %s failed with EINVAL because the first is locked: nothing was given back.", advice_of(advice).at,
			    pages_of(asked).at);
	else
		finding_say(finding, "%s of %s failed with EINVAL at a locked page; those before it, %s, had the advice all the "
			    "same.", advice_of(advice).at, pages_of(asked).at,
			    pages_of((locked->start - range->start) / PAGE_BYTES).at);
}

void rule_dontneed_on_locked(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	const struct vma *locked;
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (!advice_needs_unlocked(call->arg[2]) || call_error(event->record) != EINVAL ||
	    call_is_librarys(event->record) || !call_pages(event->record, &range))
		return;
	locked = first_locked(event->space, range.start, range.end);
	if (!locked)
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_dontneed_on_locked, event, &about, call->arg[2]);
	if (!finding)
		return;
	finding_pages(finding, max_u64(locked->start, range.start), min_u64(locked->end, range.end));
	finding_relate(finding, locked->by.lock);
	say(finding, call->arg[2], &range, locked);
}
