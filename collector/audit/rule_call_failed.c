/*
 * rule_call_failed.c - failed calls that no other rule is about.
 */
#include "rule.h"

/* mmap(MAP_LOCKED) and mappings under MCL_FUTURE are refused for the sake of locks: lock-refused, lock-future-refusal. */
static bool is_lock_limit(const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	const int error = call_error(event->record);

	return (call->call == CALL_mmap && (call->arg[3] & K_MAP_LOCKED) && (error == EAGAIN || error == EPERM)) ||
	       (space_future(event->space) && (error == EAGAIN || error == ENOMEM)) ||
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

static void say(struct finding *finding, const struct audit_event *event, const struct range *range)
{
	const char *name = call_table[event->record->call.call].name;
	const struct words error = errno_of(call_error(event->record));

	if (!range) {
		finding_say(finding, "%s failed with %s.", name, error.at);
		return;
	}
	finding_pages(finding, range->start, range->end);
	if (event->result != APPLY_DONE)
		finding_say(finding, "%s of %s failed with %s.", name, pages_of(finding->pages).at, error.at);
	else if (event->changed_pages)
		finding_say(finding, "%s of %s failed with %s, after it had changed %s.", name, pages_of(finding->pages).at,
			    error.at, pages_of(event->changed_pages).at);
	else
		finding_say(finding, "%s of %s failed with %s and changed nothing.", name, pages_of(finding->pages).at,
			    error.at);
}

void rule_call_failed(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	const int error = call_error(event->record);
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (!error || is_answer(call, error) || is_lock_limit(event) ||
	    (call_table[call->call].effect == EFFECT_PROTECT && event->changed_pages))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_call_failed, event, &about, (uint64_t)call->call << 16 | (unsigned)error);
	if (!finding)
		return;
	finding->severity = severity_of(call);
	say(finding, event, call_pages(event->record, &range) ? &range : NULL);
}
