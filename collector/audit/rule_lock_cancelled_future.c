/*
 * rule_lock_cancelled_future.c - mlockall(MCL_CURRENT) that switched off the MCL_FUTURE in force.
 *
 * Each mlockall sets the default of new mappings anew, to none where MCL_FUTURE is missing: apply_mlockall_flags(),
 * mm/mlock.c.  What it costs shows later: the finding waits for that.
 */
#include "rule.h"

struct cancelled {
	uint64_t future;		/* seq of the last mlockall with MCL_FUTURE; 0: not seen */
	struct audit_call call;		/* that switched it off; seq 0: none, or MCL_FUTURE has come back */
	uint64_t set_by;		/* and what had set it */
	uint64_t pages, start, end;	/* mapped without a lock since; the first run of them */
	uint64_t first;			/* by which call */
};

static struct cancelled *memory_of(const struct audit_event *event)
{
	return event_memory(event, RULE_lock_cancelled_future, sizeof(struct cancelled));
}

static void report(struct audit *audit, const struct audit_event *event, const struct cancelled *cancelled)
{
	struct finding *finding = finding_new(audit, RULE_lock_cancelled_future, event, &cancelled->call, 0);

	if (!finding)
		return;
	finding_relate(finding, cancelled->set_by);
	finding_relate(finding, cancelled->first);
	if (!cancelled->pages) {
		finding->severity = SEVERITY_NOTE;
		finding_say(finding, "mlockall(MCL_CURRENT) switched off the MCL_FUTURE that #%llu had set; this time nothing "
			    "was mapped after it.", (unsigned long long)cancelled->set_by);
		return;
	}
	finding_pages(finding, cancelled->start, cancelled->end);
	finding->pages = cancelled->pages;
	finding_say(finding, "mlockall(MCL_CURRENT) switched off the MCL_FUTURE that #%llu had set, so %s mapped after it, from "
		    "#%llu on, came without a lock.", (unsigned long long)cancelled->set_by,
		    pages_of(cancelled->pages).at, (unsigned long long)cancelled->first);
}

/* Settled without harm where nothing was mapped before MCL_FUTURE came back, or before all locks were given up. */
static void settle(struct audit *audit, const struct audit_event *event, struct cancelled *cancelled)
{
	if (cancelled->call.seq && cancelled->pages)
		report(audit, event, cancelled);
	cancelled->call.seq = cancelled->pages = cancelled->first = 0;
}

static void lock_all(struct audit *audit, const struct audit_event *event)
{
	struct cancelled *cancelled = memory_of(event);
	const uint64_t flags = event->record->call.arg[0];

	if (flags & K_MCL_FUTURE) {
		settle(audit, event, cancelled);
		cancelled->future = event->record->seq;
	} else if (space_future(event->space)) {
		cancelled->call = event_call(audit, event);
		cancelled->set_by = cancelled->future;
	}
}

/* Pages that MCL_FUTURE would have locked. */
static void mapped(const struct audit_event *event)
{
	const struct delta *delta = event->delta;
	const struct vma *after = delta->after;
	struct cancelled *cancelled = memory_of(event);

	if (!cancelled->call.seq || !after || after->lock || after->by.map != event->record->seq ||
	    after->kind == KIND_TRACER || after->kind == KIND_HUGETLB || (after->flags & VMA_DROPPABLE))
		return;
	if (!cancelled->pages) {
		cancelled->first = event->record->seq;
		cancelled->start = delta->start;
		cancelled->end = delta->end;
	}
	cancelled->pages += (delta->end - delta->start) / PAGE_BYTES;
}

void rule_lock_cancelled_future(struct audit *audit, const struct audit_event *event)
{
	enum call_effect effect = event->kind == EVENT_CLOSE ? EFFECT_UNLOCKALL :
			      call_table[event->record->call.call].effect;

	if (event->kind == EVENT_CLOSE && memory_of(event)->call.seq) {
		report(audit, event, memory_of(event));
	} else if (event->kind == EVENT_CHANGE) {
		if (effect != EFFECT_LOCKALL && effect != EFFECT_UNLOCKALL)
			mapped(event);
	} else if (event->kind == EVENT_BEFORE && call_worked(event->record)) {
		if (effect == EFFECT_LOCKALL)
			lock_all(audit, event);
		else if (effect == EFFECT_UNLOCKALL)
			settle(audit, event, memory_of(event));
	}
}
