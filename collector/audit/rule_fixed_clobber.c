/*
 * rule_fixed_clobber.c - MAP_FIXED over memory that somebody else uses.
 *
 * To reserve addresses and then map into them is what MAP_FIXED is for.  So memory without access is nobody's, and who
 * mapped memory may replace it.
 */
#include "rule.h"

/* The first run of pages that this record took from somebody. */
struct clobbered {
	uint64_t seq, start, pages, map, prot;
	const char *whose;
	bool strangers;		/* of another module */
};

static bool is_fixed(const struct record *record)
{
	const uint64_t flags = record->call.arg[3];

	return record->type == RECORD_CALL && record->call.call == CALL_mmap && (flags & K_MAP_FIXED) &&
	       !(flags & K_MAP_FIXED_NOREPLACE) && call_worked(record) && !call_is_librarys(record);
}

/* Return: in words, whose memory it was; NULL: the caller's own, or not known. */
static const char *whose(const struct audit *audit, const struct audit_event *event, const struct vma *before,
			 bool *strangers)
{
	const struct audit_call *made = origin_call(audit, before->by.map);
	const uint32_t stack = event->record->call.stack;

	*strangers = true;
	if (before->kind == KIND_STACK)
		return "the stack";
	if (before->kind == KIND_HEAP)
		return "the heap";
	if (!made)
		return before->kind == KIND_FILE ? "a program's or library's own pages" : NULL;
	if (owner_of(audit, stack) && owner_of(audit, made->stack) &&
	    owner_of(audit, stack) != owner_of(audit, made->stack))
		return "memory that another module had mapped";
	*strangers = false;
	return same_hand(audit, stack, made->stack) ? NULL : "memory that another function had mapped";
}

static void note(const struct audit *audit, const struct audit_event *event)
{
	struct clobbered *clobbered = event_memory(event, RULE_fixed_clobber, sizeof(*clobbered));
	const struct vma *before = event->delta->before;
	bool strangers;
	const char *taken = whose(audit, event, before, &strangers);

	if (!taken)
		return;
	if (clobbered->seq != event->record->seq)
		*clobbered = (struct clobbered){ .seq = event->record->seq, .start = event->delta->start,
						 .map = before->by.map, .prot = before->prot, .whose = taken };
	clobbered->strangers |= strangers;
	clobbered->pages += (event->delta->end - event->delta->start) / PAGE_BYTES;
}

/* MAP_STACK gives this advice (since Linux 6.7): what a runtime does to the stacks of its threads is its own business. */
static bool is_thread_stack(const struct vma *vma)
{
	return (vma->advice & ADVICE_NOHUGEPAGE) && vma->by.advice == vma->by.map;
}

static bool was_in_use(const struct delta *delta)
{
	return delta->before && delta->after && delta->before->prot && delta->before->kind != KIND_TRACER &&
	       !is_thread_stack(delta->before);
}

void rule_fixed_clobber(struct audit *audit, const struct audit_event *event)
{
	const struct clobbered *clobbered;
	struct audit_call about;
	struct finding *finding;

	if (!is_fixed(event->record))
		return;
	if (event->kind == EVENT_CHANGE) {
		if (was_in_use(event->delta))
			note(audit, event);
		return;
	}
	clobbered = event_memory(event, RULE_fixed_clobber, sizeof(*clobbered));
	if (clobbered->seq != event->record->seq)
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_fixed_clobber, event, &about, 0);
	if (!finding)
		return;
	finding->addr = clobbered->start;
	finding->pages = clobbered->pages;
	if (!clobbered->strangers)
		finding->severity = SEVERITY_NOTE;
	finding_relate(finding, clobbered->map);
	finding_say(finding, "mmap with MAP_FIXED replaced %s (%s) of %s; what was there is gone, its locks and advice too.",
		    pages_of(clobbered->pages).at, prot_of((unsigned)clobbered->prot).at, clobbered->whose);
}
