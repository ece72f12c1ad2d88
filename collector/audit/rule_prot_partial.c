/*
 * rule_prot_partial.c - mprotect calls that failed and changed pages all the same.
 *
 * do_mprotect_pkey(), mm/mprotect.c, goes from mapping to mapping and does not take back what it has done.
 */
#include "rule.h"

#include <stdio.h>

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

void rule_prot_partial(struct audit *audit, const struct audit_event *event)
{
	const int error = call_error(event->record);
	struct audit_call about;
	struct finding *finding;
	struct reason stop;
	struct range range;
	uint64_t at;

	event_why(audit, event);
	if (event->kind == EVENT_BEFORE || !event->changed_pages || event->result != APPLY_DONE || !call_pages(event->record, &range))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_prot_partial, event, &about, (uint64_t)error);
	if (!finding)
		return;
	at = min_u64(stopped_at(event, &range), range.end);
	finding_pages(finding, range.start, at);
	snprintf(stop.at, sizeof(stop.at), " at 0x%llx", (unsigned long long)at);
	finding_say(finding, "%s of %s failed with %s%s; before that it had set %s on %s, and they keep it.",
		    call_table[event->record->call.call].name, pages_of((range.end - range.start) / PAGE_BYTES).at,
		    errno_of(error).at, event_cause(audit, event) ? reason_of(audit, event).at : stop.at,
		    prot_of((unsigned)event->record->call.arg[2]).at, pages_of(event->changed_pages).at);
}
