/*
 * rule_lock_overshoot.c - mlockall that holds mostly what cannot be accessed: address space that is only reserved.
 *
 * The kernel flags every page of the address space, PROT_NONE ones included, and counts them in VmLck:
 * apply_mlockall_flags(), mm/mlock.c; calc_vm_flag_bits() and mlock_future_ok() for those mapped later.  Such pages never
 * become resident, so the lock is for nothing, but they use up RLIMIT_MEMLOCK.
 */
#include "rule.h"

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
	finding_say(finding, "mlockall came to hold %s, of which %llu cannot be accessed (PROT_NONE) and are never resident, %llu are "
		    "code and constants of files, and %llu are what the program works with.", pages_of(held->pages).at,
		    (unsigned long long)held->reserved, (unsigned long long)held->files,
		    (unsigned long long)(held->pages - held->reserved - held->files));
}

/* When all locks end: a reserve that is given back, or put to use, before that did no harm. */
void rule_lock_overshoot(struct audit *audit, const struct audit_event *event)
{
	const struct lock_request *request = event_ledger(event) ? all_of(event_ledger(event)) : NULL;
	struct audit_call about;
	struct finding *finding;
	const struct vma *vma;
	struct held held;

	if (!request || (event->kind == EVENT_BEFORE && !call_worked(event->record)))
		return;
	held = look(event->space);
	if (held.reserved < RESERVED_PAGES_MIN || held.reserved * 2 < held.pages)
		return;
	about = asked_by(audit, request);
	finding = finding_new(audit, RULE_lock_overshoot, event, &about, 0);
	if (!finding)
		return;
	vma = space_find(event->space, held.at);
	finding_relate(finding, vma->by.map);
	say(finding, &held);
}
