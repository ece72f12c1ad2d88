/*
 * rule_dontneed_on_locked.c - advice that gives pages back, refused because some of them are locked.
 *
 * madvise_dontneed_free_valid_vma(), can_madv_lru_vma(), is_valid_guard_vma(), mm/madvise.c: VM_LOCKED is EINVAL.
 * madvise_walk_vmas() stops there; the mappings before it have had the advice already.
 */
#include "rule.h"

enum { MADV_FREE = 8, MADV_REMOVE = 9, MADV_COLD = 20, MADV_PAGEOUT = 21 };

static const char *refused_on_locks(unsigned advice)
{
	switch (advice) {
	case K_MADV_DONTNEED:
		return "MADV_DONTNEED";
	case MADV_FREE:
		return "MADV_FREE";
	case MADV_REMOVE:
		return "MADV_REMOVE";
	case MADV_COLD:
		return "MADV_COLD";
	case MADV_PAGEOUT:
		return "MADV_PAGEOUT";
	case K_MADV_GUARD_INSTALL:
		return "MADV_GUARD_INSTALL";
	default:
		return NULL;
	}
}

static const struct vma *first_locked(const struct space *space, const struct range *range)
{
	const struct vma *vma = space_next(space, range->start);

	while (vma && vma->start < range->end && !vma->lock)
		vma = space_next(space, vma->end);
	return vma && vma->start < range->end ? vma : NULL;
}

static void say(struct finding *finding, const char *advice, const struct range *range, const struct vma *locked)
{
	uint64_t asked = (range->end - range->start) / PAGE_BYTES;

	if (locked->start <= range->start)
		finding_say(finding, "%s of %s failed with EINVAL because the first is locked: nothing was given back.", advice,
			    pages_of(asked).at);
	else
		finding_say(finding, "%s of %s failed with EINVAL at a locked page; those before it, %s, had the advice all the "
			    "same.", advice, pages_of(asked).at,
			    pages_of((locked->start - range->start) / PAGE_BYTES).at);
}

void rule_dontneed_on_locked(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	const char *advice = refused_on_locks((unsigned)call->arg[2]);
	const struct vma *locked;
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (!advice || call_error(event->record) != EINVAL || !call_pages(event->record, &range))
		return;
	locked = first_locked(event->space, &range);
	if (!locked)
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_dontneed_on_locked, event, &about, (uint64_t)call->arg[2]);
	if (!finding)
		return;
	finding_pages(finding, max_u64(locked->start, range.start), min_u64(locked->end, range.end));
	finding_relate(finding, locked->by.lock);
	say(finding, advice, &range, locked);
}
