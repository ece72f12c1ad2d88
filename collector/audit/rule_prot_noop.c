/*
 * rule_prot_noop.c - mprotect calls after which every page is as it was.
 */
#include "rule.h"

/* pkey_mprotect with a key sets the key as well, which the model does not know. */
static bool sets_a_key(const struct record_call *call)
{
	return call->call == CALL_pkey_mprotect && (int32_t)call->arg[3] != -1;
}

void rule_prot_noop(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	const struct vma *first;
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (event->changed_pages || event->result != APPLY_DONE || !call_worked(event->record) || sets_a_key(call) ||
	    call_is_librarys(event->record) || !call_pages(event->record, &range))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_prot_noop, event, &about, 0);
	if (!finding)
		return;
	finding_pages(finding, range.start, range.end);
	/* PROT_GROWSDOWN may name pages below the mapping that it is about */
	first = space_find(event->space, range.start);
	if (first)
		finding_relate(finding, first->by.prot);
	finding_say(finding, "%s set %s on %s that had it already.", call_table[call->call].name,
		    prot_of((unsigned)call->arg[2]).at, pages_of(finding->pages).at);
}
