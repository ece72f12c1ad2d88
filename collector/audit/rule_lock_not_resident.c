/*
 * rule_lock_not_resident.c - pages that have the lock and are not in memory, where the log proves it.
 *
 * A lock is a flag; what makes pages resident can fail behind it.  mmap(2), MAP_LOCKED: errors of populating are not told.
 * mlock keeps the flags it set before it failed, and faults nothing in where it stopped at a hole: do_mlock(), mm/mlock.c.
 * MADV_DONTNEED_LOCKED takes pages away and leaves the flag: mm/madvise.c.
 */
#include "rule.h"

enum { MADV_DONTNEED_LOCKED = 24 };

enum absence { ABSENT_NO_ACCESS = 1, ABSENT_FAILED, ABSENT_DISCARDED };

static struct finding *begin(struct audit *audit, const struct audit_event *event, const struct audit_call *about,
			     enum absence absence)
{
	return finding_new(audit, RULE_lock_not_resident, event, about, absence);
}

/* ---- MADV_DONTNEED_LOCKED ---- */

static const struct vma *first_fully_locked(const struct space *space, const struct range *range)
{
	const struct vma *vma = space_next(space, range->start);

	while (vma && vma->start < range->end && vma->lock != VMA_LOCKED)
		vma = space_next(space, vma->end);
	return vma && vma->start < range->end ? vma : NULL;
}

static void discarded(struct audit *audit, const struct audit_event *event)
{
	const struct audit_call about = event_call(audit, event);
	const struct vma *vma;
	struct finding *finding;
	struct range range;

	if (event->record->call.arg[2] != MADV_DONTNEED_LOCKED || !call_worked(event->record) ||
	    !call_pages(event->record, &range))
		return;
	vma = first_fully_locked(event->space, &range);
	finding = vma ? begin(audit, event, &about, ABSENT_DISCARDED) : NULL;
	if (!finding)
		return;
	finding->severity = SEVERITY_NOTE;
	finding_pages(finding, max_u64(vma->start, range.start), min_u64(vma->end, range.end));
	finding_relate(finding, vma->by.lock);
	finding_say(finding, "madvise(MADV_DONTNEED_LOCKED) took the memory of %s and left the lock of #%llu: what is locked comes "
		    "back, empty or from its file, page by page as it is touched.", pages_of(finding->pages).at,
		    (unsigned long long)vma->by.lock);
	finding_advise(finding, "Where the next touch must not wait, mlock the pages again: that makes them resident.");
}

/* ---- requests that end ---- */

/* mprotect makes locked private pages resident when it lets them be written to; nothing does without access. */
static const struct vma *first_closed(const struct space *space, const struct lock_release *release)
{
	const struct vma *vma = space_next(space, release->start);

	while (vma && vma->start < release->end && (vma->prot || vma->by.prot != vma->by.map || vma->kind == KIND_TRACER))
		vma = space_next(space, vma->end);
	return vma && vma->start < release->end ? vma : NULL;
}

/* MAP_LOCKED of memory that was never accessible. */
static void never_open(struct audit *audit, const struct audit_event *event)
{
	const struct lock_release *release = event->release;
	const struct audit_call about = request_call(audit, release->request);
	const struct vma *vma = first_closed(event->space, release);
	struct finding *finding = vma ? begin(audit, event, &about, ABSENT_NO_ACCESS) : NULL;

	if (!finding)
		return;
	finding_pages(finding, max_u64(vma->start, release->start), min_u64(vma->end, release->end));
	finding_say(finding, "mmap with MAP_LOCKED worked, but %s had PROT_NONE to the end and never were in memory: mmap does not "
		    "tell when it cannot make pages resident.", pages_of(finding->pages).at);
}

/* A lock that works makes up for one that failed before. */
static void follow(const struct audit_event *event)
{
	struct pieces *made_up = event_pages(event, RULE_lock_not_resident);
	const bool works = call_worked(event->record);
	const uint64_t flags = event->record->call.arg[0];
	struct range range = { 0, SPACE_END };
	bool all = call_table[event->record->call.call].effect == EFFECT_LOCKALL;

	if (all ? !works || !(flags & K_MCL_CURRENT) || (flags & K_MCL_ONFAULT) : !call_pages(event->record, &range))
		return;
	if (works)
		pieces_set(made_up, range.start, range.end, NULL);
	else
		pieces_cut(made_up, range.start, range.end, NULL, NULL);
}

/* The program takes the failure for nothing locked, or for something locked: either way it leaves the lock behind. */
static void left_by_failure(struct audit *audit, const struct audit_event *event)
{
	const struct lock_release *release = event->release;
	const struct lock_request *request = release->request;
	const struct audit_call about = request_call(audit, request);
	struct finding *finding;

	if (release->how == LOCK_END_UNLOCK || release->how == LOCK_END_UNLOCKALL ||
	    pieces_first(event_pages(event, RULE_lock_not_resident), release->start, release->end))
		return;
	finding = begin(audit, event, &about, ABSENT_FAILED);
	if (!finding)
		return;
	finding_pages(finding, release->start, release->end);
	finding_relate(finding, release->record->seq);
	finding_say(finding, "%s failed, yet %s had its lock from then on and nobody unlocked them: they count as locked, whether "
		    "they came to be in memory or not.", call_table[request->call].name, pages_of(finding->pages).at);
	finding_advise(finding, "After an mlock that failed munlock the range, and treat the memory as not locked.");
}

void rule_lock_not_resident(struct audit *audit, const struct audit_event *event)
{
	if (event->kind == EVENT_AFTER && call_table[event->record->call.call].effect == EFFECT_ADVISE)
		discarded(audit, event);
	else if (event->kind == EVENT_AFTER)
		follow(event);
	else if (event->release->request->failed)
		left_by_failure(audit, event);
	else if (event->release->request->how == LOCK_HOW_MAP)
		never_open(audit, event);
}
