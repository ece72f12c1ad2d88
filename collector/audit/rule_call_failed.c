/*
 * rule_call_failed.c - failed calls that no other rule is about.
 */
#include "rule.h"

/* What is refused for the sake of locks has rules of its own: lock-refused, lock-future-refusal. */
static bool is_lock_limit(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;

	return event_cause_of(audit, event, WHY_lock_future) || event_cause_of(audit, event, WHY_lock_right) ||
	       (call->call == CALL_shmctl && call->arg[1] == K_SHM_LOCK);
}

static bool is_answer(const struct record_call *call, int error)
{
	return error == ENOSYS ||
	       (call->call == CALL_mmap && error == EEXIST && (call->arg[3] & K_MAP_FIXED_NOREPLACE));
}

static enum severity severity_of(const struct record_call *call)
{
	switch (call_table[call->call].effect) {
	case EFFECT_UNMAP:
	case EFFECT_UNLOCK:
	case EFFECT_UNLOCKALL:
	case EFFECT_PROTECT:
		return SEVERITY_WARNING;
	default:
		return SEVERITY_NOTE;
	}
}

static void say(struct audit *audit, struct finding *finding, const struct audit_event *event,
		const struct range *range)
{
	const char *name = call_table[event->record->call.call].name;
	const struct words error = errno_of(call_error(event->record));
	const struct reason reason = reason_of(audit, event);

	if (!range) {
		finding_say(finding, "%s failed with %s%s.", name, error.at, reason.at);
		return;
	}
	finding_pages(finding, range->start, range->end);
	if (event->result != APPLY_DONE)
		finding_say(finding, "%s of %s failed with %s%s.", name, pages_of(finding->pages).at, error.at, reason.at);
	else if (event->changed_pages)
		finding_say(finding, "%s of %s failed with %s%s, after it had changed %s.", name, pages_of(finding->pages).at,
			    error.at, reason.at, pages_of(event->changed_pages).at);
	else
		finding_say(finding, "%s of %s failed with %s%s; it changed nothing.", name, pages_of(finding->pages).at,
			    error.at, reason.at);
}

void rule_call_failed(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	const int error = call_error(event->record);
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (is_answer(call, error))
		return;
	event_why(audit, event);
	if (event->kind == EVENT_BEFORE || is_lock_limit(audit, event) ||
	    (call_table[call->call].effect == EFFECT_PROTECT && event->changed_pages))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_call_failed, event, &about, (uint64_t)call->call << 16 | (unsigned)error);
	if (!finding)
		return;
	finding->severity = severity_of(call);
	say(audit, finding, event, call_pages(event->record, &range) ? &range : NULL);
}
