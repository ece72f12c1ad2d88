/*
 * rule_unlock_unlocked.c - munlock of pages none of which is locked.
 *
 * Whoever unlocks what could not be locked, or what was the parent's lock, cleans up as it should.
 */
#include "rule.h"

static void excuse(const struct audit_event *event, uint64_t start, uint64_t end)
{
	pieces_set(event_pages(event, RULE_unlock_unlocked), start, end, NULL);
}

static bool is_excused(const struct audit_event *event, const struct range *range)
{
	const struct pieces *pages = event_pages(event, RULE_unlock_unlocked);

	return pages->count && pieces_first(pages, range->start, range->end);
}

/* The child has no locks, and need not know. */
static void excuse_child(const struct audit_event *event)
{
	const struct vma *vma = space_next(event->parent->space, 0);

	for (; vma; vma = space_next(event->parent->space, vma->end))
		if (vma->lock)
			excuse(event, vma->start, vma->end);
}

static void unlocked(struct audit *audit, const struct audit_event *event, const struct range *range)
{
	const struct audit_call about = event_call(audit, event);
	struct finding *finding = finding_new(audit, RULE_unlock_unlocked, event, &about, 0);
	const struct vma *vma = space_find(event->space, range->start);

	if (!finding)
		return;
	finding_pages(finding, range->start, range->end);
	if (vma)
		finding_relate(finding, vma->by.lock ? vma->by.lock : vma->by.map);
	finding_say(finding, "munlock of %s, none of which was locked%s.", pages_of(finding->pages).at,
		    vma && vma->by.lock && vma->by.lock != vma->by.map ? " any more" : "");
}

void rule_unlock_unlocked(struct audit *audit, const struct audit_event *event)
{
	struct range range;

	if (event->kind == EVENT_FORK) {
		if (event_ledger(event) || space_totals(event->parent->space).locked)
			excuse_child(event);
		return;
	}
	if (!call_pages(event->record, &range))
		return;
	if (call_table[event->record->call.call].effect == EFFECT_LOCK) {
		if (call_error(event->record))
			excuse(event, range.start, range.end);
	} else if (call_worked(event->record) && !first_locked(event->space, range.start, range.end) &&
		   !is_excused(event, &range)) {
		unlocked(audit, event, &range);
	}
}
