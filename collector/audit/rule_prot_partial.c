/*
 * rule_prot_partial.c - mprotect calls that failed and changed pages all the same.
 *
 * do_mprotect_pkey(), mm/mprotect.c, goes from mapping to mapping and does not take back what it has done.
 */
#include "rule.h"

/* The first page of the range that the call did not get to. */
static uint64_t stopped_at(const struct audit_event *event, const struct range *range)
{
	const struct vma *vma = space_find(event->space, range->start);
	uint64_t at = range->start;

	while (vma && at < range->end && vma->by.prot == event->record->seq) {
		at = vma->end;
		vma = space_find(event->space, at);
	}
	return at;
}

static const char *reason(const struct audit_event *event, uint64_t at)
{
	const struct vma *vma = space_find(event->space, at);

	if (!vma)
		return "nothing is mapped there";
	if (vma->flags & VMA_SEALED)
		return "the mapping there is sealed";
	if ((unsigned)event->record->call.arg[2] & ~(unsigned)vma->ceiling & K_PROT_ACCESS)
		return "the mapping there may not have that access";
	return "the kernel refused it there";
}

void rule_prot_partial(struct audit *audit, const struct audit_event *event)
{
	const int error = call_error(event->record);
	struct audit_call about;
	struct finding *finding;
	struct range range;
	uint64_t at;

	if (!error || !event->changed_pages || event->result != APPLY_DONE || !call_pages(event->record, &range))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_prot_partial, event, &about, (uint64_t)error);
	if (!finding)
		return;
	at = min_u64(stopped_at(event, &range), range.end);
	finding_pages(finding, range.start, at);
	finding_say(finding, "%s of %s failed with %s at 0x%llx, since %s; before that it had set %s on %s, and they keep it.",
		    call_table[event->record->call.call].name, pages_of((range.end - range.start) / PAGE_BYTES).at,
		    errno_of(error).at, (unsigned long long)at, reason(event, at),
		    prot_of((unsigned)event->record->call.arg[2]).at, pages_of(event->changed_pages).at);
}
