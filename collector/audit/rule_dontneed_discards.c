/*
 * rule_dontneed_discards.c - MADV_DONTNEED and MADV_FREE on private pages: what was written there is gone.
 *
 * madvise_dontneed_single_vma(), madvise_free_single_vma(), mm/madvise.c: private anonymous pages come back as zeroes,
 * private pages of a file as the file has them.
 */
#include "rule.h"

/* Pages of private mappings in the range; what the program could not ever write holds no data of its own. */
struct loss {
	uint64_t pages, file_pages, start, end;
	uint64_t by;		/* the call that mapped the first */
};

static bool discards(unsigned advice)
{
	return advice == K_MADV_DONTNEED || advice == K_MADV_FREE || advice == K_MADV_DONTNEED_LOCKED;
}

static bool may_hold_data(const struct vma *vma)
{
	if (vma->shared || vma->kind == KIND_TRACER)
		return false;
	/* a file's private pages were written only where they may be; relocated ones were, and are read-only now */
	return vma->kind != KIND_FILE || (vma->prot & PROT_BIT_WRITE);
}

static void add(struct loss *loss, const struct vma *vma, const struct range *range)
{
	uint64_t start = max_u64(vma->start, range->start), end = min_u64(vma->end, range->end);

	if (!loss->pages) {
		loss->start = start;
		loss->by = vma->by.map;
	}
	loss->end = end;
	loss->pages += (end - start) / PAGE_BYTES;
	if (vma->kind == KIND_FILE)
		loss->file_pages += (end - start) / PAGE_BYTES;
}

static struct loss sum(const struct space *space, const struct range *range)
{
	struct loss loss = { 0 };
	const struct vma *vma = space_next(space, range->start);

	for (; vma && vma->start < range->end; vma = space_next(space, vma->end))
		if (may_hold_data(vma))
			add(&loss, vma, range);
	return loss;
}

/* The rounded length reaches into bytes that were not named, on a page that holds other data as well. */
static uint64_t not_asked(const struct record_call *call)
{
	return call->arg[1] % PAGE_BYTES ? PAGE_BYTES - call->arg[1] % PAGE_BYTES : 0;
}

static void say(struct finding *finding, const struct record_call *call, const struct loss *loss)
{
	const struct words name = advice_of(call->arg[2]);
	uint64_t rest = not_asked(call);

	if (rest) {
		finding->severity = SEVERITY_WARNING;
		finding_say(finding, "%s of %s discarded %s, and with them %s behind the end of what was named.", name.at,
			    amount_of(call->arg[1]).at, pages_of(loss->pages).at, amount_of(rest).at);
	} else if (loss->file_pages) {
		finding->severity = SEVERITY_WARNING;
		finding_say(finding, "%s of %s of a private file mapping dropped what the program had written there; they are "
			    "as in the file again.", name.at, pages_of(loss->file_pages).at);
	} else {
		finding_say(finding, "%s of %s of private memory: what they held is gone, they read as zeroes%s.", name.at,
			    pages_of(loss->pages).at, call->arg[2] == K_MADV_FREE ? " at some time from now on" : "");
	}
}

void rule_dontneed_discards(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	struct audit_call about;
	struct finding *finding;
	struct range range;
	struct loss loss;

	if (!discards((unsigned)call->arg[2]) || call->call == CALL_posix_madvise || !call_worked(event->record) ||
	    call_is_librarys(event->record) || !call_pages(event->record, &range))
		return;
	loss = sum(event->space, &range);
	if (!loss.pages)
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_dontneed_discards, event, &about, not_asked(call) ? 1 : 0);
	if (!finding)
		return;
	finding_pages(finding, loss.start, loss.end);
	finding_relate(finding, loss.by);
	say(finding, call, &loss);
}
