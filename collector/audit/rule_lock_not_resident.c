/*
 * rule_lock_not_resident.c - pages that have the lock and are not in memory, where the log proves it.
 *
 * A lock is a flag; what makes pages resident can fail behind it.  mmap(2), MAP_LOCKED: errors of populating are not told.
 * mlock keeps the flags it set before it failed, and faults nothing in where it stopped at a hole: do_mlock(), mm/mlock.c.
 * MADV_DONTNEED_LOCKED takes pages away and leaves the flag: mm/madvise.c.
 */
#include <string.h>

#include "rule.h"

enum { MADV_DONTNEED_LOCKED = 24 };

enum absence { ABSENT_NO_ACCESS = 1, ABSENT_FAILED, ABSENT_DISCARDED, ABSENT_UNTOUCHED, ABSENT_UNPOPULATED, ABSENT_GONE };

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

/* A lock that works makes up for one that failed before: until one has, there is nothing to remember. */
static void follow(const struct audit_event *event)
{
	struct pieces *made_up = event_pages(event, RULE_lock_not_resident);
	bool *failed = event_memory(event, RULE_lock_not_resident, sizeof(*failed));
	const bool works = call_worked(event->record);
	const uint64_t flags = event->record->call.arg[0];
	struct range range = { 0, SPACE_END };
	bool all = call_table[event->record->call.call].effect == EFFECT_LOCKALL;

	if (all ? !works || !(flags & K_MCL_CURRENT) || (flags & K_MCL_ONFAULT) : !call_pages(event->record, &range))
		return;
	*failed |= !works;
	if (!works)
		pieces_cut(made_up, range.start, range.end, NULL, NULL);
	else if (*failed)
		pieces_set(made_up, range.start, range.end, NULL);
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

/* ---- pages that mincore or a sample did not find ---- */

struct look {
	struct audit *audit;
	const struct audit_event *event;
	const struct vma *vma;
	uint64_t start, absent;		/* first page of @vma that was not there, and how many were not */
};

static void count_absent(void *arg, uint64_t start, uint64_t end)
{
	struct look *look = arg;

	if (!look->absent)
		look->start = start;
	look->absent += (end - start) / PAGE_BYTES;
}

/*
 * What was never opened, what failed and what was given back is spoken of above; mlockall ignores what it cannot bring in, and
 * a stack that grows brings in only the page that was touched.
 */
static bool should_be_there(const struct audit_event *event, const struct lock_request *request, const struct vma *vma)
{
	if (request->failed || (request->how != LOCK_HOW_CALL && request->how != LOCK_HOW_MAP) || !vma->prot ||
	    (vma->flags & VMA_GROWSDOWN))
		return false;
	/* Of memory without a file only MADV_DONTNEED_LOCKED takes locked pages. */
	if (vma->lock == VMA_LOCKED && request->how == LOCK_HOW_CALL && !vma_has_offset(vma))
		return false;
	/* Pages that nobody needs before the end are what lock-on-fault is for. */
	return vma->lock == VMA_LOCKED || (event->kind == EVENT_SAMPLE && event->record->residency.why &&
					   !strcmp(event->record->residency.why, "exit"));
}

static enum absence absence_of(const struct lock_request *request, const struct vma *vma)
{
	if (vma->lock == VMA_LOCKED_ONFAULT)
		return ABSENT_UNTOUCHED;
	return request->how == LOCK_HOW_MAP ? ABSENT_UNPOPULATED : ABSENT_GONE;
}

static void say_absent(struct finding *finding, const struct look *look, const struct lock_request *request,
		       enum absence absence)
{
	const char *name = call_table[request->call].name, *when = look->event->kind == EVENT_SAMPLE ? "a sample" : "mincore";
	const uint64_t pages = (look->vma->end - look->vma->start) / PAGE_BYTES;

	finding->addr = look->start;
	finding->pages = look->absent;
	finding_relate(finding, look->event->record->seq);
	if (absence == ABSENT_UNTOUCHED) {
		finding->severity = SEVERITY_NOTE;
		finding_say(finding, "%s locked pages on fault, and %llu of %s there were still not in memory at the end: nothing "
			    "had touched them, and they counted against RLIMIT_MEMLOCK.", name,
			    (unsigned long long)look->absent, pages_of(pages).at);
		finding_advise(finding, "Lock less of it; where a first touch must not wait, lock it without MLOCK_ONFAULT.");
	} else if (absence == ABSENT_UNPOPULATED) {
		finding_say(finding, "mmap with MAP_LOCKED worked, but %s did not find %llu of %s there in memory%s: mmap does not "
			    "tell when it cannot make pages resident.", when, (unsigned long long)look->absent,
			    pages_of(pages).at, vma_has_offset(look->vma) ? ", which may be past the end of the file" : "");
	} else {
		finding_say(finding, "%s had made all pages resident, but %s did not find %llu of %s there in memory any more: "
			    "the file was cut short, or a hole made in it.", name, when, (unsigned long long)look->absent,
			    pages_of(pages).at);
		finding_advise(finding, "A lock does not keep what is taken away; mlock the pages again when they are back.");
	}
}

static bool look_at_request(void *arg, const struct piece *piece)
{
	const struct lock_request *request = piece->value;
	struct look *look = arg;
	struct audit_call about;
	struct finding *finding;
	enum absence absence;

	if (!should_be_there(look->event, request, look->vma))
		return true;
	look->absent = 0;
	absent_each(look->event->record, max_u64(piece->start, look->vma->start), min_u64(piece->end, look->vma->end),
		    count_absent, look);
	if (!look->absent)
		return true;
	absence = absence_of(request, look->vma);
	about = request_call(look->audit, request);
	finding = begin(look->audit, look->event, &about, absence);
	if (finding)
		say_absent(finding, look, request, absence);
	return true;
}

/* Requests of the range the record tells of, mapping by mapping. */
static void look_for_absent(struct audit *audit, const struct audit_event *event)
{
	const struct record *record = event->record;
	struct look look = { .audit = audit, .event = event };
	struct range range = { 0, 0 };

	if (record->type == RECORD_RESIDENCY && !record->residency.unread)
		range = (struct range){ record->residency.from, record->residency.to };
	else if (record->type == RECORD_CALL && !call_pages(record, &range))
		return;
	for (look.vma = first_locked(event->space, range.start, range.end); look.vma;
	     look.vma = first_locked(event->space, look.vma->end, range.end))
		if (vma_is_sampled(look.vma))
			ledger_each(event_ledger(event), max_u64(look.vma->start, range.start),
				    min_u64(look.vma->end, range.end), look_at_request, &look);
}

static void after_call(struct audit *audit, const struct audit_event *event)
{
	switch (call_table[event->record->call.call].effect) {
	case EFFECT_ADVISE:
		discarded(audit, event);
		break;
	case EFFECT_RESIDENCY:
		if (event_ledger(event) && (event->record->call.has & HAS_RUNS))
			look_for_absent(audit, event);
		break;
	default:
		follow(event);
	}
}

void rule_lock_not_resident(struct audit *audit, const struct audit_event *event)
{
	if (event->kind == EVENT_AFTER)
		after_call(audit, event);
	else if (event->kind == EVENT_SAMPLE && event->process && event_ledger(event))
		look_for_absent(audit, event);
	else if (event->kind == EVENT_RELEASE && event->release->request->failed)
		left_by_failure(audit, event);
	else if (event->kind == EVENT_RELEASE && event->release->request->how == LOCK_HOW_MAP)
		never_open(audit, event);
}
