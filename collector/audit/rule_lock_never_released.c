/*
 * rule_lock_never_released.c - requests that are outstanding when their address space ends.
 *
 * mlock(2), NOTES: locks are removed on exec and on exit.
 */
#include "rule.h"

#include <sys/wait.h>

static const char *how_it_ended(const struct record *record)
{
	if (record->process.event != PROCESS_EXIT)
		return "when the process became another program";
	if (record->process.has_status && WIFSIGNALED(record->process.status))
		return "when a signal killed the process";
	return "when the process ended";
}

/* For mappings under MCL_FUTURE the mlockall is the call to speak of. */
static struct audit_call asked_by(const struct audit *audit, const struct lock_request *request)
{
	const struct audit_call *all = request->because ? origin_call(audit, request->because) : NULL;

	return all ? *all : request_call(audit, request);
}

static void say_all(struct finding *finding, const struct audit_event *event)
{
	finding->severity = SEVERITY_NOTE;
	finding_say(finding, "mlockall was still in force %s.", how_it_ended(event->record));
	finding_advise(finding, "That is usual where a whole program must not wait for its memory; otherwise call munlockall "
		       "when it need not any more.");
}

static void say_some(struct finding *finding, const struct audit_event *event, const struct lock_request *request)
{
	finding->addr = page_down(request->addr);
	finding->pages = request->held;
	if (request->held == request->pages)
		finding_say(finding, "%s of %s locked %s, and the lock was still there %s.",
			    call_table[finding->about.call].name, amount_of(request->bytes).at,
			    pages_of(request->pages).at, how_it_ended(event->record));
	else
		finding_say(finding, "%s of %s locked %s, and %llu of them still had the lock %s.",
			    call_table[finding->about.call].name, amount_of(request->bytes).at,
			    pages_of(request->pages).at, (unsigned long long)request->held,
			    how_it_ended(event->record));
}

static void report(struct audit *audit, const struct audit_event *event, const struct lock_request *request)
{
	const struct audit_call about = asked_by(audit, request);
	struct finding *finding = finding_new(audit, RULE_lock_never_released, event, &about, 0);

	if (!finding)
		return;
	finding_relate(finding, event->record->seq);
	if (request->how == LOCK_HOW_ALL || request->how == LOCK_HOW_FUTURE)
		say_all(finding, event);
	else
		say_some(finding, event, request);
}

/* It says all that an earlier mlockall did. */
static const struct lock_request *last_mlockall(const struct lock_request *request)
{
	const struct lock_request *last = NULL;

	for (; request; request = request->newer)
		if (request->how == LOCK_HOW_ALL)
			last = request;
	return last;
}

/* What a call that failed left behind is lock-not-resident's. */
static bool is_ours(const struct lock_request *request, bool said_again)
{
	if (request->how == LOCK_HOW_ALL || request->how == LOCK_HOW_FUTURE)
		return !said_again;
	return request->how != LOCK_HOW_SECRET && request->how != LOCK_HOW_LISTED && !request->failed;
}

void rule_lock_never_released(struct audit *audit, const struct audit_event *event)
{
	const struct ledger *ledger = event_ledger(event);
	const struct lock_request *request = ledger ? ledger_requests(ledger) : NULL, *all = last_mlockall(request);
	bool said_again = all;

	for (; request; request = request->newer) {
		said_again &= request != all;
		if (is_ours(request, said_again))
			report(audit, event, request);
	}
}
