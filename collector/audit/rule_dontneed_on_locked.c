/*
 * rule_dontneed_on_locked.c - advice that gives pages back, refused because some of them are locked.
 *
 * madvise_dontneed_free_valid_vma(), can_madv_lru_vma(), is_valid_guard_vma(), mm/madvise.c: VM_LOCKED is EINVAL.
 * madvise_walk_vmas() stops there; the mappings before it have had the advice already.
 */
#include "rule.h"

static void say(struct finding *finding, uint64_t advice, const struct range *range, const struct why_cause *cause)
{
	uint64_t asked = (range->end - range->start) / PAGE_BYTES;

	if (cause->at <= range->start)
		finding_say(finding, "%s of %s failed with EINVAL because the first is locked: nothing was given back.",
			    advice_of(advice).at, pages_of(asked).at);
	else
		finding_say(finding, "%s of %s failed with EINVAL at a locked page; those before it, %s, had the advice all the "
			    "same.", advice_of(advice).at, pages_of(asked).at,
			    pages_of((cause->at - range->start) / PAGE_BYTES).at);
}

void rule_dontneed_on_locked(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	const struct why_cause *cause;
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (call_error(event->record) != EINVAL || call_is_librarys(event->record) || !call_pages(event->record, &range))
		return;
	cause = event_cause_of(audit, event, WHY_advice_locked);
	if (!cause)
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_dontneed_on_locked, event, &about, call->arg[2]);
	if (!finding)
		return;
	finding_pages(finding, cause->at, min_u64(cause->vma.end, range.end));
	finding_relate(finding, cause->vma.by.lock);
	say(finding, call->arg[2], &range, cause);
}
