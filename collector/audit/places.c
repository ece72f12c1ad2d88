/*
 * places.c - what the audit keeps for each address space.
 */
#include <stdlib.h>

#include "../util/alloc.h"
#include "core.h"

struct place *place_of(struct audit *audit, const struct process *process)
{
	uint64_t id = space_id(process->space);
	struct place *place = table_find(&audit->places, id);

	if (!place) {
		place = alloc_zero(1, sizeof(*place));
		place->audit = audit;
		table_add(&audit->places, id, place);
	}
	place->process = process;
	return place;
}

/* A request has ended: an event of its own, in the middle of the record that ended it. */
static void released(void *arg, const struct lock_release *release)
{
	struct place *place = arg;
	const struct audit_event event = {
		.kind = EVENT_RELEASE, .record = release->record, .process = place->process,
		.space = place->process->space, .place = place, .release = release,
	};

	audit_tell(place->audit, &event);
	if (place->audit->watch.released)
		place->audit->watch.released(place->audit->watch.arg, place->process, release);
}

struct ledger *place_ledger(struct place *place)
{
	if (!place->ledger)
		place->ledger = ledger_new(released, place);
	return place->ledger;
}

void place_close(struct place *place)
{
	ledger_free(place->ledger);
	place->ledger = NULL;
	for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
		free(place->memory[rule]);
		place->memory[rule] = NULL;
		if (place->pages[rule])
			pieces_free(place->pages[rule]);
		free(place->pages[rule]);
		place->pages[rule] = NULL;
	}
}

void audit_watch_locks(struct audit *audit, const struct audit_watch *watch)
{
	audit->watch = *watch;
}

const struct ledger *audit_ledger(const struct audit *audit, const struct process *process)
{
	const struct place *place = table_find(&audit->places, space_id(process->space));

	return place ? place->ledger : NULL;
}

const struct ledger *event_ledger(const struct audit_event *event)
{
	return event->place->ledger;
}

const struct ledger *parent_ledger(struct audit *audit, const struct audit_event *event)
{
	const struct place *place = table_find(&audit->places, space_id(event->parent->space));

	return place ? place->ledger : NULL;
}

struct pieces *event_pages(const struct audit_event *event, enum rule_id rule)
{
	if (!event->place->pages[rule])
		event->place->pages[rule] = alloc_zero(1, sizeof(struct pieces));
	return event->place->pages[rule];
}

void *event_memory(const struct audit_event *event, enum rule_id rule, size_t bytes)
{
	if (!event->place->memory[rule])
		event->place->memory[rule] = alloc_zero(1, bytes);
	return event->place->memory[rule];
}

void *audit_memory(struct audit *audit, enum rule_id rule, size_t bytes)
{
	if (!audit->memory[rule])
		audit->memory[rule] = alloc_zero(1, bytes);
	return audit->memory[rule];
}

uint64_t mapped_until(const struct space *space, uint64_t start, uint64_t end)
{
	const struct vma *vma;

	while (start < end && (vma = space_find(space, start)))
		start = vma->end;
	return start < end ? start : end;
}

const struct vma *first_locked(const struct space *space, uint64_t start, uint64_t end)
{
	const struct vma *vma = space_next(space, start);

	while (vma && vma->start < end && !vma->lock)
		vma = space_next(space, vma->end);
	return vma && vma->start < end ? vma : NULL;
}
