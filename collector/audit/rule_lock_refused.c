/*
 * rule_lock_refused.c - locks that failed, with the kernel's arithmetic and with what stayed locked all the same.
 *
 * do_mlock(), mlockall(), mm/mlock.c; do_mmap() for MAP_LOCKED; mlock(2), ERRORS.
 */
#include "rule.h"

#include <stdio.h>

/* What the kernel compared. */
struct sum {
	uint64_t asked, locked, counted_twice, limit;	/* pages; limit UINT64_MAX: none */
	uint64_t limit_bytes;
	bool cap;
};

static struct sum sum_of(const struct audit_event *event, uint64_t asked_bytes)
{
	const struct record_call *call = &event->record->call;
	const struct limits *limits = space_limits(event->space);
	bool told = call->has & HAS_LIMIT;
	struct sum sum = {
		.asked = page_up(asked_bytes) / PAGE_BYTES,
		.locked = (told ? call->vmlck_bytes : space_totals(event->space).vmlck) / PAGE_BYTES,
		.limit_bytes = told ? call->limit_bytes : limits->memlock,
		.cap = told ? call->cap_ipc_lock : limits->cap_ipc_lock,
	};

	sum.limit = sum.limit_bytes == UINT64_MAX ? UINT64_MAX : sum.limit_bytes / PAGE_BYTES;
	return sum;
}

static uint64_t locked_in(const struct space *space, struct range range)
{
	const struct vma *vma = space_next(space, range.start);
	uint64_t bytes = 0;

	for (; vma && vma->start < range.end; vma = space_next(space, vma->end))
		if (vma->lock)
			bytes += min_u64(vma->end, range.end) - max_u64(vma->start, range.start);
	return bytes / PAGE_BYTES;
}

static struct finding *begin(struct audit *audit, const struct audit_event *event, int meaning)
{
	const struct audit_call about = event_call(audit, event);

	return finding_new(audit, RULE_lock_refused, event, &about, (uint64_t)call_error(event->record) * 8 + meaning);
}

static const char *name_of(const struct audit_event *event)
{
	return call_table[event->record->call.call].name;
}

/* EPERM: neither the right nor any allowance.  can_do_mlock(), mm/mlock.c. */
static void say_no_right(struct finding *finding, const char *what)
{
	finding_say(finding, "%s failed with EPERM: the soft limit RLIMIT_MEMLOCK is 0 and the process has no CAP_IPC_LOCK, "
		    "so it may lock nothing at all; nothing was locked.", what);
}

static void say_over_limit(struct finding *finding, const char *what, const char *error, const struct sum *sum)
{
	char fresh[64] = "";

	if (sum->counted_twice)
		snprintf(fresh, sizeof(fresh), ", %llu of them without a lock so far",
			 (unsigned long long)(sum->asked - min_u64(sum->asked, sum->counted_twice)));
	finding_say(finding, "%s failed with %s and locked nothing: it asked for %s%s, which with %llu locked already makes "
		    "%llu; without CAP_IPC_LOCK the soft limit RLIMIT_MEMLOCK of %s allows %s.",
		    what, error, pages_of(sum->asked).at, fresh, (unsigned long long)sum->locked,
		    (unsigned long long)(sum->asked + sum->locked - min_u64(sum->asked, sum->counted_twice)),
		    amount_of(sum->limit_bytes).at, pages_of(sum->limit).at);
}

/* ---- mlock, mlock2 ---- */

static void say_hole(struct finding *finding, const struct audit_event *event, struct range range)
{
	uint64_t hole = mapped_until(event->space, range.start, range.end);
	uint64_t kept = (hole - range.start) / PAGE_BYTES, asked = (range.end - range.start) / PAGE_BYTES;

	if (kept)
		finding_say(finding, "%s failed with ENOMEM because nothing is mapped at 0x%llx; %llu of %s, those before that "
			    "hole, stay locked, without having been made resident.", name_of(event),
			    (unsigned long long)hole, (unsigned long long)kept, pages_of(asked).at);
	else
		finding_say(finding, "%s of %s failed with ENOMEM because nothing is mapped at 0x%llx, where it begins; nothing "
			    "was locked.", name_of(event), pages_of(asked).at, (unsigned long long)hole);
	if (kept)
		finding_advise(finding, "Lock only what is mapped, and after a failure munlock the range: a failed mlock can "
			       "leave locks behind.");
}

static void say_unfaultable(struct finding *finding, const struct audit_event *event, struct range range)
{
	finding_say(finding, "%s failed with ENOMEM because a page of the range cannot be made resident (PROT_NONE, past the "
		    "end of its file, or a guard page); all %s stay locked all the same.", name_of(event),
		    pages_of((range.end - range.start) / PAGE_BYTES).at);
	finding_advise(finding, "Lock pages while they can be read, and after a failure munlock the range: a failed mlock can "
		       "leave locks behind.");
}

static void lock_no_memory(struct audit *audit, const struct audit_event *event, struct range range)
{
	const struct record_call *call = &event->record->call;
	bool onfault = call->call == CALL_mlock2 && (call->arg[2] & K_MLOCK_ONFAULT);
	enum lock_failure meaning = limit_lock_failure(event->space, call, range.start, range.end, onfault);
	struct finding *finding = begin(audit, event, 1 + (int)meaning);
	struct sum sum;

	if (!finding)
		return;
	finding_pages(finding, range.start, range.end);
	sum = sum_of(event, range.end - range.start);
	sum.counted_twice = locked_in(event->space, range);
	switch (meaning) {
	case LOCK_NOTHING:
		say_over_limit(finding, name_of(event), "ENOMEM", &sum);
		break;
	case LOCK_PREFIX:
		say_hole(finding, event, range);
		break;
	case LOCK_ALL:
		say_unfaultable(finding, event, range);
		break;
	case LOCK_UNCLEAR:
		finding_say(finding, "%s of %s failed with ENOMEM, for a reason that neither the limit nor the mappings "
			    "explain.", name_of(event), pages_of(sum.asked).at);
	}
}

static void lock_failed(struct audit *audit, const struct audit_event *event)
{
	int error = call_error(event->record);
	struct finding *finding;
	struct range range;
	bool pages = call_pages(event->record, &range);

	if (error == ENOMEM && pages) {
		lock_no_memory(audit, event, range);
		return;
	}
	finding = begin(audit, event, 0);
	if (!finding)
		return;
	if (pages)
		finding_pages(finding, range.start, range.end);
	if (error == EPERM)
		say_no_right(finding, name_of(event));
	else if (error == EAGAIN || error == EINTR)
		finding_say(finding, "%s failed with %s while it made the pages resident; they have the lock all the same.",
			    name_of(event), errno_of(error).at);
	else
		finding_say(finding, "%s failed with %s and locked nothing.", name_of(event), errno_of(error).at);
}

/* ---- the others ---- */

/* MCL_CURRENT compares the limit with the size of the address space, whatever of it would be locked. */
static void lockall_failed(struct audit *audit, const struct audit_event *event)
{
	struct finding *finding = begin(audit, event, 0);
	struct sum sum;

	if (!finding)
		return;
	if (call_error(event->record) == EPERM) {
		say_no_right(finding, "mlockall");
		return;
	}
	sum = sum_of(event, space_totals(event->space).mapped);
	if (call_error(event->record) == ENOMEM)
		finding_say(finding, "mlockall failed with ENOMEM and locked nothing: the whole address space of %s counts, and without "
			    "CAP_IPC_LOCK the soft limit RLIMIT_MEMLOCK of %s allows %s.", pages_of(sum.asked).at,
			    amount_of(sum.limit_bytes).at, pages_of(sum.limit).at);
	else
		finding_say(finding, "mlockall failed with %s and locked nothing.", errno_of(call_error(event->record)).at);
}

/* Under MCL_FUTURE every mapping is refused so, which is another rule's business. */
static void map_failed(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	int error = call_error(event->record);
	struct finding *finding;
	struct sum sum;

	if (!(call->arg[3] & K_MAP_LOCKED) || space_future(event->space) || (error != EAGAIN && error != EPERM))
		return;
	finding = begin(audit, event, 0);
	if (!finding)
		return;
	sum = sum_of(event, call->arg[1]);
	if (error == EPERM)
		say_no_right(finding, "mmap with MAP_LOCKED");
	else
		say_over_limit(finding, "mmap with MAP_LOCKED", "EAGAIN", &sum);
}

/* A limit of its own beside that of mlock.  user_shm_lock(), mm/mlock.c. */
static void segment_failed(struct audit *audit, const struct audit_event *event)
{
	int error = call_error(event->record);
	struct finding *finding;

	if (event->record->call.arg[1] != K_SHM_LOCK)
		return;
	finding = begin(audit, event, 0);
	if (!finding)
		return;
	if (error == ENOMEM)
		finding_say(finding, "shmctl(SHM_LOCK) failed with ENOMEM and locked nothing: the segments that the user has "
			    "locked so would exceed the soft limit RLIMIT_MEMLOCK of %s.",
			    amount_of(space_limits(event->space)->memlock).at);
	else
		finding_say(finding, "shmctl(SHM_LOCK) failed with %s and locked nothing.", errno_of(error).at);
}

void rule_lock_refused(struct audit *audit, const struct audit_event *event)
{
	if (!call_error(event->record))
		return;
	switch (call_table[event->record->call.call].effect) {
	case EFFECT_LOCK:
		lock_failed(audit, event);
		break;
	case EFFECT_LOCKALL:
		lockall_failed(audit, event);
		break;
	case EFFECT_MAP:
		map_failed(audit, event);
		break;
	default:
		segment_failed(audit, event);
	}
}
