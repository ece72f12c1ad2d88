/*
 * rule_advice_refused.c - advice that the kernel did not take.
 *
 * madvise_walk_vmas(), mm/madvise.c: a hole is passed over and reported at the end, a mapping that refuses ends the call.
 */
#include "rule.h"

#include <stdio.h>

/* What the program wanted to be sure of, not a hint. */
static bool protects(uint64_t advice)
{
	return advice == K_MADV_DONTDUMP || advice == K_MADV_DONTFORK || advice == K_MADV_WIPEONFORK ||
	       advice == K_MADV_GUARD_INSTALL;
}

/* Advice that ends at a hole. */
static bool populates(uint64_t advice)
{
	return advice == K_MADV_POPULATE_READ || advice == K_MADV_POPULATE_WRITE;
}

static void say_range(struct audit *audit, struct finding *finding, const struct audit_event *event,
		      const struct range *range)
{
	const struct record_call *call = &event->record->call;
	const struct why_cause *cause = event_cause(audit, event);
	const bool hole = cause && cause->test->reason == WHY_hole;
	char kept[80] = "";

	if (hole && populates(call->arg[2]))
		snprintf(kept, sizeof(kept), "; it stopped there");
	else if (hole)
		snprintf(kept, sizeof(kept), "; all pages of the range that are mapped have the advice all the same");
	else if (cause && cause->stops && cause->at > range->start)
		snprintf(kept, sizeof(kept), "; %s before it had the advice",
			 pages_of((cause->at - range->start) / PAGE_BYTES).at);
	finding_pages(finding, range->start, range->end);
	finding_say(finding, "%s(%s) of %s failed with %s%s%s.", call_table[call->call].name, advice_of(call->arg[2]).at,
		    pages_of(finding->pages).at, errno_of(call_error(event->record)).at, reason_of(audit, event).at, kept);
}

static void say(struct audit *audit, struct finding *finding, const struct audit_event *event,
		const struct range *range)
{
	const struct record_call *call = &event->record->call;

	if (range) {
		say_range(audit, finding, event, range);
		return;
	}
	finding->addr = call->arg[0];
	finding_say(finding, "%s(%s) of %s at 0x%llx failed with %s%s; no page has the advice.", call_table[call->call].name,
		    advice_of(call->arg[2]).at, amount_of(call->arg[1]).at, (unsigned long long)call->arg[0],
		    errno_of(call_error(event->record)).at, reason_of(audit, event).at);
}

void rule_advice_refused(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	struct audit_call about;
	struct finding *finding;
	struct range range;
	const bool pages = call_pages(event->record, &range);

	if (call_is_librarys(event->record) || event_cause_of(audit, event, WHY_advice_locked))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_advice_refused, event, &about,
			      call->arg[2] << 16 | (unsigned)call_error(event->record));
	if (!finding)
		return;
	if (protects(call->arg[2]))
		finding->severity = SEVERITY_ERROR;
	say(audit, finding, event, pages ? &range : NULL);
}
