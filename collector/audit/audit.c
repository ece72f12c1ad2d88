/*
 * audit.c - records to events, events to the rules that want them.
 */
#include "audit.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "core.h"

/* Calls whose seq can stand in a VMA or a request. */
#define SETS_STATE                                                                                                     \
	(OF_MAPS | OF(PROTECT) | OF(SEAL) | OF(LOCK) | OF(LOCKALL) | OF(UNLOCK) | OF(UNLOCKALL) | OF(ADVISE) |         \
	 OF(ADVISEV) | OF(PRCTL))

#define SNAPSHOT_STREAM 63

struct audit *audit_new(struct world *world, audit_wanted *wanted, void *arg)
{
	struct audit *audit = alloc_zero(1, sizeof(*audit));

	audit->world = world;
	audit->wanted = wanted;
	audit->wanted_arg = arg;
	routes_init(&audit->routes);
	return audit;
}

static void free_place(void *place)
{
	place_close(place);
	free(place);
}

void audit_free(struct audit *audit)
{
	if (!audit)
		return;
	for (size_t i = 0; i < audit->findings; i++) {
		free(audit->finding[i]->what);
		free(audit->finding[i]);
	}
	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		free(audit->memory[rule]);
	table_clear(&audit->places, free_place);
	sites_free(&audit->modules);
	sites_free(&audit->stacks);
	table_clear(&audit->groups, NULL);
	free(audit->origins.call);
	free(audit->why);
	free(audit->finding);
	free(audit);
}

/* ---- telling ---- */

static void run(struct audit *audit, const struct route *route, const struct audit_event *event)
{
	for (unsigned i = 0; i < route->count; i++)
		rule_code[route->rule[i]](audit, event);
}

void audit_tell(struct audit *audit, const struct audit_event *event)
{
	run(audit, &audit->routes.other[event->kind], event);
}

/* The place of the record's process, looked up when the first of its rules needs it. */
static bool has_place(struct audit *audit, const struct record *record)
{
	const struct process *process;

	if (audit->place)
		return true;
	process = world_process(audit->world, record->pid);
	if (!process || !process->space || !record->pid)
		return false;
	audit->place = place_of(audit, process);
	audit->event.process = process;
	audit->event.space = process->space;
	audit->event.place = audit->place;
	return true;
}

static void step(struct audit *audit, enum event_kind kind)
{
	const struct route *route = &audit->routes.step[audit->failed][kind][audit->stream];

	if (!route->count || !has_place(audit, audit->event.record))
		return;
	audit->event.kind = kind;
	run(audit, route, &audit->event);
}

static void other(struct audit *audit, enum event_kind kind, const struct process *process,
		  const struct process *parent)
{
	struct audit_event event = { .kind = kind, .record = audit->event.record, .process = process, .parent = parent };

	if (!audit->routes.other[kind].count)
		return;
	if (process) {
		event.space = process->space;
		event.place = place_of(audit, process);
	}
	audit_tell(audit, &event);
}

/* ---- address spaces that end and begin ---- */

/* Between vfork and exec, and with CLONE_VM, the space goes on in another process. */
static bool is_shared(const struct world *world, const struct process *process)
{
	const struct process *at;

	if (space_users(process->space) == 1)
		return false;
	at = process->ppid ? world_process(world, process->ppid) : NULL;
	if (at && at != process && at->space == process->space && !at->exited)
		return true;
	for (size_t i = 0; (at = world_each(world, i)); i++)
		if (at != process && at->space == process->space && !at->exited)
			return true;
	return false;
}

static void close_space(struct audit *audit, const struct process *process, enum lock_end how)
{
	struct place *place = table_find(&audit->places, space_id(process->space));

	if (is_shared(audit->world, process))
		return;
	other(audit, EVENT_CLOSE, process, NULL);
	if (!place)
		place = table_find(&audit->places, space_id(process->space));
	if (!place)
		return;
	place->process = process;
	if (place->ledger)
		ledger_close(place->ledger, audit->event.record, how);
	free_place(table_remove(&audit->places, space_id(process->space)));
}

/* What a process record will end, before the world has applied it. */
static void before_process(struct audit *audit, const struct record *record)
{
	const struct process *process = world_process(audit->world, record->pid);

	if (!process || !process->space || !record->pid || record->process.event == PROCESS_FORK)
		return;
	if (record->process.event == PROCESS_EXIT)
		close_space(audit, process, LOCK_END_EXIT);
	else if (!process->exited)
		close_space(audit, process, LOCK_END_EXEC);
}

static const struct process *child_of(const struct audit *audit, const struct record *record)
{
	if (record->type == RECORD_PROCESS)
		return record->process.event == PROCESS_FORK ? world_process(audit->world, record->pid) : NULL;
	switch (call_table[record->call.call].effect) {
	case EFFECT_FORK:
	case EFFECT_CLONE:
		return call_worked(record) && record->call.ret > 0 && record->call.ret <= INT32_MAX ?
			       world_process(audit->world, (int32_t)record->call.ret) : NULL;
	default:
		return NULL;
	}
}

/* A child becomes known by its own record or by its parent's call, whichever comes first. */
static void after_fork(struct audit *audit, const struct record *record)
{
	const struct process *child = child_of(audit, record), *parent;

	if (!child || child->first_seq != record->seq)
		return;
	parent = world_process(audit->world, child->ppid);
	if (!parent || parent->space == child->space)
		return;
	other(audit, EVENT_FORK, child, parent);
	if (audit->watch.forked)
		audit->watch.forked(audit->watch.arg, parent, child, record);
}

/* ---- records ---- */

static bool is_step(const struct record *record)
{
	return (record->type == RECORD_CALL && record->call.call < CALL_COUNT) || record->type == RECORD_SNAPSHOT;
}

void audit_before(struct audit *audit, const struct record *record)
{
	audit->event = (struct audit_event){ .record = record };
	audit->place = NULL;
	if (record->type == RECORD_PROCESS)
		before_process(audit, record);
	if (!is_step(record))
		return;
	audit->failed = call_error(record);
	audit->stream = record->type == RECORD_SNAPSHOT ? SNAPSHOT_STREAM : call_table[record->call.call].effect;
	if (SETS_STATE >> audit->stream & 1)
		origins_add(audit, record);
	step(audit, EVENT_BEFORE);
}

void audit_change(void *arg, const struct delta *delta)
{
	struct audit *audit = arg;

	audit->event.changed_pages += (delta->end - delta->start) / PAGE_BYTES;
	audit->event.delta = delta;
	step(audit, EVENT_CHANGE);
	audit->event.delta = NULL;
	if (ledger_is_changed_by(delta) && has_place(audit, audit->event.record))
		ledger_change(place_ledger(audit->place), audit->event.record, delta);
}

static void after_step(struct audit *audit, const struct record *record)
{
	bool lock = record->type == RECORD_CALL && (audit->stream == EFFECT_LOCK || audit->stream == EFFECT_LOCKALL);

	if (lock && call_worked(record) && has_place(audit, record))
		place_ledger(audit->place);
	if ((lock || audit->stream == EFFECT_UNLOCKALL) && has_place(audit, record) && audit->place->ledger)
		ledger_settle(audit->place->ledger, record, audit->place->process->space);
	step(audit, EVENT_AFTER);
	if ((SETS_STATE >> audit->stream & 1) && !audit->event.changed_pages && !lock)
		origins_drop_last(&audit->origins, record->seq);
}

void audit_after(struct audit *audit, const struct record *record, enum apply_result result)
{
	audit->event.result = result;
	if (is_step(record))
		after_step(audit, record);
	switch (record->type) {
	case RECORD_CALL:
		after_fork(audit, record);
		break;
	case RECORD_PROCESS:
		if (record->process.event == PROCESS_START || record->process.event == PROCESS_EXEC)
			other(audit, EVENT_START, world_process(audit->world, record->pid), NULL);
		after_fork(audit, record);
		break;
	case RECORD_MARK:
		other(audit, EVENT_MARK, record->pid ? world_process(audit->world, record->pid) : NULL, NULL);
		break;
	case RECORD_RESIDENCY:
		other(audit, EVENT_SAMPLE, record->pid ? world_process(audit->world, record->pid) : NULL, NULL);
		break;
	case RECORD_NOTE:
		other(audit, EVENT_NOTE, record->pid ? world_process(audit->world, record->pid) : NULL, NULL);
		break;
	default:
		sites_add(audit, record);
	}
}

enum apply_result audit_apply(struct audit *audit, const struct record *record)
{
	enum apply_result result;

	audit_before(audit, record);
	result = world_apply(audit->world, record, audit_change, audit);
	audit_after(audit, record, result);
	return result;
}

void audit_end(struct audit *audit)
{
	audit->event = (struct audit_event){ 0 };
	other(audit, EVENT_END, NULL, NULL);
}

const struct world *audit_world(const struct audit *audit)
{
	return audit->world;
}
