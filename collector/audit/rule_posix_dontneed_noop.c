/*
 * rule_posix_dontneed_noop.c - posix_madvise(POSIX_MADV_DONTNEED), which glibc and musl answer themselves.
 */
#include "rule.h"

enum { POSIX_DONTNEED = 4 };

void rule_posix_dontneed_noop(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (call->call != CALL_posix_madvise || (int)call->arg[2] != POSIX_DONTNEED || !call_worked(event->record) ||
	    !call_pages(event->record, &range))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_posix_dontneed_noop, event, &about, 0);
	if (!finding)
		return;
	finding_pages(finding, range.start, range.end);
	finding_say(finding, "posix_madvise(POSIX_MADV_DONTNEED) of %s returned 0, and the C library made no system call: "
		    "the pages are as they were.", pages_of(finding->pages).at);
}
