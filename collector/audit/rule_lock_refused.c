/*
 * rule_lock_refused.c - locks that failed, with the kernel's arithmetic and with what stayed locked all the same.
 *
 * Which of the kernel's tests refused is for why.h to say; mlock(2), ERRORS; do_mlock(), mlockall(), mm/mlock.c;
 * do_mmap() for MAP_LOCKED.
 */
#include "rule.h"

#include <stdio.h>

static const char *name_of(const struct audit_event *event)
{
	return call_table[event->record->call.call].name;
}

static struct finding *begin(struct audit *audit, const struct audit_event *event, unsigned meaning)
{
	const struct audit_call about = event_call(audit, event);

	return finding_new(audit, RULE_lock_refused, event, &about, (uint64_t)call_error(event->record) * 64 + meaning);
}

/* EPERM: neither the right nor any allowance.  can_do_mlock(), mm/mlock.c. */
static void say_no_right(struct finding *finding, const char *what)
{
	finding_say(finding, "%s failed with EPERM: the soft limit RLIMIT_MEMLOCK is 0 and the process has no CAP_IPC_LOCK, "
		    "so it may lock nothing at all; nothing was locked.", what);
}

/* The sum of do_mlock(), in pages. */
static void say_over_limit(struct finding *finding, const char *what, const char *error, const struct why_cause *sum)
{
	char fresh[64] = "";

	if (sum->credited)
		snprintf(fresh, sizeof(fresh), ", %llu of them without a lock so far",
			 (unsigned long long)(sum->asked - min_u64(sum->asked, sum->credited)));
	finding_say(finding, "%s failed with %s and locked nothing: it asked for %s%s, which with %llu locked already makes "
		    "%llu; without CAP_IPC_LOCK the soft limit RLIMIT_MEMLOCK of %s allows %s.",
		    what, error, pages_of(sum->asked).at, fresh, (unsigned long long)sum->held,
		    (unsigned long long)(sum->asked + sum->held - min_u64(sum->asked, sum->credited)),
		    amount_of(sum->limit_bytes).at, pages_of(sum->limit).at);
}

/* ---- mlock, mlock2, mlockall ---- */

#define KEEPS_LOCKS "after a failure munlock the range: a failed mlock can leave locks behind."

static void say_hole(struct finding *finding, const char *name, const struct why_cause *cause, struct range range)
{
	uint64_t kept = (cause->at - range.start) / PAGE_BYTES, asked = (range.end - range.start) / PAGE_BYTES;

	if (!kept) {
		finding_say(finding, "%s of %s failed with ENOMEM because nothing is mapped at 0x%llx, where it begins; nothing "
			    "was locked.", name, pages_of(asked).at, (unsigned long long)cause->at);
		return;
	}
	finding_say(finding, "%s failed with ENOMEM because nothing is mapped at 0x%llx; %llu of %s, those before that hole, "
		    "stay locked, without having been made resident.", name, (unsigned long long)cause->at,
		    (unsigned long long)kept, pages_of(asked).at);
	finding_advise(finding, "Lock only what is mapped, and " KEEPS_LOCKS);
}

static void say_unfaultable(struct finding *finding, const char *name, struct range range)
{
	finding_say(finding, "%s failed with ENOMEM because a page of the range cannot be made resident (PROT_NONE, past the "
		    "end of its file, or a guard page); all %s stay locked all the same.", name,
		    pages_of((range.end - range.start) / PAGE_BYTES).at);
	finding_advise(finding, "Lock pages while they can be read, and " KEEPS_LOCKS);
}

static void say_whole_space(struct finding *finding, const struct why_cause *cause)
{
	finding_say(finding, "mlockall failed with ENOMEM and locked nothing: the whole address space of %s counts, and "
		    "without CAP_IPC_LOCK the soft limit RLIMIT_MEMLOCK of %s allows %s.", pages_of(cause->asked).at,
		    amount_of(cause->limit_bytes).at, pages_of(cause->limit).at);
}

/* What the log does not tell apart, and what needs no arithmetic. */
static void say_error(struct finding *finding, const char *name, const struct why *why)
{
	if (why->err == EAGAIN || why->err == EINTR)
		finding_say(finding, "%s failed with %s while it made the pages resident; they have the lock all the same.",
			    name, errno_of(why->err).at);
	else if (why->causes > 1)
		finding_say(finding, "%s failed with %s, for one of %zu reasons that the log does not tell apart.", name,
			    errno_of(why->err).at, why->causes);
	else
		finding_say(finding, "%s failed with %s and locked nothing.", name, errno_of(why->err).at);
}

static void say_why(struct finding *finding, const char *name, const struct why *why)
{
	const struct why_cause *cause = why_cause(why);

	switch (cause ? cause->test->reason : WHY_COUNT) {
	case WHY_lock_right:
		say_no_right(finding, name);
		break;
	case WHY_lock_limit:
		say_over_limit(finding, name, "ENOMEM", cause);
		break;
	case WHY_hole:
		say_hole(finding, name, cause, why->range);
		break;
	case WHY_lock_fault:
		say_unfaultable(finding, name, why->range);
		break;
	case WHY_lockall_limit:
		say_whole_space(finding, cause);
		break;
	default:
		say_error(finding, name, why);
	}
}

static void lock_failed(struct audit *audit, const struct audit_event *event)
{
	const struct why *why = event_why(audit, event);
	struct finding *finding = begin(audit, event, 1 + (why->causes ? why->cause[0].test->reason : WHY_COUNT));

	if (!finding)
		return;
	if (why->ranged && why->is == RANGE_PAGES)
		finding_pages(finding, why->range.start, why->range.end);
	say_why(finding, name_of(event), why);
}

/* ---- the others ---- */

/* Under MCL_FUTURE every mapping is refused so, which is another rule's business. */
static void map_failed(struct audit *audit, const struct audit_event *event)
{
	const struct why_cause *right = event_cause_of(audit, event, WHY_lock_right);
	const struct why_cause *sum = event_cause_of(audit, event, WHY_lock_future);
	struct finding *finding = right || (sum && !space_future(event->space)) ? begin(audit, event, 0) : NULL;

	if (!finding)
		return;
	/* Nothing is credited: MAP_FIXED over locked pages counts both. */
	if (right)
		say_no_right(finding, "mmap with MAP_LOCKED");
	else
		say_over_limit(finding, "mmap with MAP_LOCKED", "EAGAIN", sum);
}

/* A limit of its own beside that of mlock.  user_shm_lock(), mm/mlock.c. */
static void segment_failed(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	struct finding *finding = call->arg[1] == K_SHM_LOCK ? begin(audit, event, 0) : NULL;
	int error = call_error(event->record);

	if (!finding)
		return;
	if (error == ENOMEM)
		finding_say(finding, "shmctl(SHM_LOCK) failed with ENOMEM and locked nothing: the segments that the user has "
			    "locked so would exceed the soft limit RLIMIT_MEMLOCK of %s.",
			    amount_of(limit_lock_right(event->space, call).limit_bytes).at);
	else
		finding_say(finding, "shmctl(SHM_LOCK) failed with %s and locked nothing.", errno_of(error).at);
}

void rule_lock_refused(struct audit *audit, const struct audit_event *event)
{
	switch (call_table[event->record->call.call].effect) {
	case EFFECT_LOCK:
	case EFFECT_LOCKALL:
		lock_failed(audit, event);
		break;
	case EFFECT_MAP:
		map_failed(audit, event);
		break;
	default:
		segment_failed(audit, event);
	}
}
