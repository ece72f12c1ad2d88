/*
 * copies.c - what becomes of the copy that a forked child has of its parent's locked pages: two rules ask.
 */
#include "rule.h"

static bool is_settled(const struct delta *delta)
{
	return !delta->before || !delta->after || delta->after->lock || delta->before->by.map != delta->after->by.map;
}

bool copy_follow(const struct audit_event *event, enum rule_id rule, struct child_copy *copy)
{
	if (!copy->fork.seq)
		return false;
	if (event->kind == EVENT_CHANGE && is_settled(event->delta))
		pieces_cut(event_pages(event, rule), event->delta->start, event->delta->end, NULL, NULL);
	else if (event->kind == EVENT_BEFORE)
		copy->leaves |= call_table[event->record->call.call].effect == EFFECT_EXEC;
	return event->kind == EVENT_CLOSE;
}

static bool add(void *arg, const struct piece *piece)
{
	const uint64_t seq = (uintptr_t)piece->value;
	struct copy_left *left = arg;

	if (!left->pages) {
		left->start = piece->start;
		left->seq = seq;
	}
	left->pages += (piece->end - piece->start) / PAGE_BYTES;
	left->others |= seq != left->seq;
	return true;
}

struct copy_left copy_left(const struct audit_event *event, enum rule_id rule)
{
	struct copy_left left = { 0 };

	pieces_each(event_pages(event, rule), 0, UINT64_MAX, add, &left);
	return left;
}
