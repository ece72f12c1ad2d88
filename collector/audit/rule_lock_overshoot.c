/*
 * rule_lock_overshoot.c - mlockall that holds mostly what cannot be accessed: address space that is only reserved.
 *
 * The kernel flags every page of the address space, PROT_NONE ones included, and counts them in VmLck:
 * apply_mlockall_flags(), mm/mlock.c; calc_vm_flag_bits() and mlock_future_ok() for those mapped later.  Such pages never
 * become resident, so the lock is for nothing, but they use up RLIMIT_MEMLOCK.
 */
#include <string.h>

#include "rule.h"

/* What the last sample did not find of memory that mlockall locked on fault. */
struct untouched {
	uint64_t pages, at, end;	/* the largest run of them */
};

/* 4 MiB: less is what the loader and thread stacks leave between their mappings. */
#define RESERVED_PAGES_MIN 1024

struct held {
	uint64_t pages;
	uint64_t reserved, at, end;	/* PROT_NONE; the largest run of them */
	uint64_t files;			/* of files, read-only: code and constants */
	const struct lock_request *request;
};

static void add_reserved(struct held *held, uint64_t start, uint64_t end)
{
	held->reserved += (end - start) / PAGE_BYTES;
	if (end - start <= held->end - held->at)
		return;
	held->at = start;
	held->end = end;
}

static struct held look(const struct space *space)
{
	const struct vma *vma = space_next(space, 0);
	struct held held = { 0 };

	for (; vma; vma = space_next(space, vma->end)) {
		const uint64_t pages = (vma->end - vma->start) / PAGE_BYTES;

		if (!vma->lock || vma->kind == KIND_TRACER)
			continue;
		held.pages += pages;
		if (!vma->prot)
			add_reserved(&held, vma->start, vma->end);
		else if (vma->kind == KIND_FILE && !(vma->prot & PROT_BIT_WRITE))
			held.files += pages;
	}
	return held;
}

/* Which mlockall; NULL: the pages have their locks from calls that named them. */
static const struct lock_request *all_of(const struct ledger *ledger)
{
	const struct lock_request *request = ledger_requests(ledger);

	while (request && request->how != LOCK_HOW_ALL && (request->how != LOCK_HOW_FUTURE || !request->because))
		request = request->newer;
	return request;
}

static struct audit_call asked_by(const struct audit *audit, const struct lock_request *request)
{
	const struct audit_call *all = request->because ? origin_call(audit, request->because) : NULL;

	return all ? *all : request_call(audit, request);
}

static void say(struct finding *finding, const struct held *held)
{
	finding->addr = held->at;
	finding->pages = held->reserved;
	finding_say(finding, "mlockall came to hold %s: %s that cannot be accessed (PROT_NONE) and are never resident, %s of code "
		    "and constants of files, and %s that the program works with.", pages_of(held->pages).at,
		    pages_of(held->reserved).at, pages_of(held->files).at,
		    pages_of(held->pages - held->reserved - held->files).at);
}

static void say_untouched(struct finding *finding, const struct held *held, const struct untouched *untouched)
{
	finding->addr = untouched->at;
	finding->pages = untouched->pages;
	finding_say(finding, "mlockall with MCL_ONFAULT came to hold %s, and nothing had touched %s of them when a sample was taken "
		    "at the end; all count against RLIMIT_MEMLOCK.", pages_of(held->pages).at,
		    pages_of(untouched->pages).at);
}

/* ---- what was touched ---- */

static void add_untouched(void *arg, uint64_t start, uint64_t end)
{
	struct untouched *untouched = arg;

	untouched->pages += (end - start) / PAGE_BYTES;
	if (end - start <= untouched->end - untouched->at)
		return;
	untouched->at = start;
	untouched->end = end;
}

/* Full locks bring their pages in, whether the program wants them or not: there a sample tells nothing. */
static void sample(const struct audit_event *event)
{
	struct untouched *untouched = event_memory(event, RULE_lock_overshoot, sizeof(*untouched));
	const struct record_residency *part = &event->record->residency;
	const struct vma *vma = first_locked(event->space, part->from, part->to);

	if (part->unread || !part->why || strcmp(part->why, "exit"))
		return;
	if (!part->part)
		*untouched = (struct untouched){ 0 };
	for (; vma; vma = first_locked(event->space, vma->end, part->to))
		if (vma->lock == VMA_LOCKED_ONFAULT && vma->prot && vma_is_sampled(vma))
			absent_each(event->record, vma->start, vma->end, add_untouched, untouched);
}

/* When all locks end: a reserve that is given back, or put to use, before that did no harm. */
void rule_lock_overshoot(struct audit *audit, const struct audit_event *event)
{
	const struct lock_request *request = event_ledger(event) ? all_of(event_ledger(event)) : NULL;
	const struct untouched none = { 0 }, *untouched = &none;
	struct audit_call about;
	struct finding *finding;
	const struct vma *vma;
	struct held held;

	if (event->kind == EVENT_SAMPLE || !request || (event->kind == EVENT_BEFORE && !call_worked(event->record))) {
		if (event->kind == EVENT_SAMPLE && request)
			sample(event);
		return;
	}
	if (event->kind == EVENT_CLOSE)
		untouched = event_memory(event, RULE_lock_overshoot, sizeof(*untouched));
	held = look(event->space);
	if (held.reserved + untouched->pages < RESERVED_PAGES_MIN || (held.reserved + untouched->pages) * 2 < held.pages)
		return;
	about = asked_by(audit, request);
	finding = finding_new(audit, RULE_lock_overshoot, event, &about, 0);
	if (!finding)
		return;
	vma = space_find(event->space, untouched->pages > held.reserved ? untouched->at : held.at);
	finding_relate(finding, vma ? vma->by.map : 0);
	if (untouched->pages > held.reserved)
		say_untouched(finding, &held, untouched);
	else
		say(finding, &held);
}
