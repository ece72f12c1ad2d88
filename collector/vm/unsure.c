#include "unsure.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../util/table.h"
#include "ranges.h"
#include "touch.h"

/* What is not known of one address space. */
struct open_pages {
	struct ranges pages;
	int32_t looked_tid;	/* its thread made a call and tells in its next snapshot what that did; 0: none */
	bool rules;		/* how mappings are made from now on (MCL_FUTURE) */
};

struct unsure {
	const struct world *world;
	struct table spaces;	/* space_id() -> struct open_pages */
	bool throughout;
};

struct unsure *unsure_new(const struct world *world)
{
	struct unsure *unsure = alloc_zero(1, sizeof(*unsure));

	unsure->world = world;
	return unsure;
}

static void free_open(void *value)
{
	struct open_pages *open = value;

	ranges_free(&open->pages);
	free(open);
}

void unsure_free(struct unsure *unsure)
{
	if (!unsure)
		return;
	table_clear(&unsure->spaces, free_open);
	free(unsure);
}

static struct open_pages *find(const struct unsure *unsure, const struct process *process)
{
	return process && process->space ? table_find(&unsure->spaces, space_id(process->space)) : NULL;
}

static struct open_pages *make(struct unsure *unsure, const struct process *process)
{
	struct open_pages *open = find(unsure, process);

	if (open)
		return open;
	open = alloc_zero(1, sizeof(*open));
	table_add(&unsure->spaces, space_id(process->space), open);
	return open;
}

static void add(struct unsure *unsure, int32_t pid, uint64_t start, uint64_t end)
{
	const struct process *process = pid > 0 ? world_process(unsure->world, pid) : NULL;

	if (process && process->space && start < end)
		ranges_add(&make(unsure, process)->pages, start, end);
}

/* A copy of an address space is as uncertain as the original. */
static void inherit(struct unsure *unsure, int32_t parent, int32_t pid)
{
	const struct process *process = world_process(unsure->world, pid);
	const struct open_pages *of = find(unsure, parent > 0 ? world_process(unsure->world, parent) : NULL);

	if (!process || !of || !of->pages.count || of == find(unsure, process))
		return;
	ranges_add_all(&make(unsure, process)->pages, &of->pages);
}

/* ---- records ---- */

static bool makes_child(const struct record_call *call)
{
	enum call_effect effect = call_table[call->call].effect;

	return (effect == EFFECT_FORK || effect == EFFECT_VFORK || effect == EFFECT_CLONE) && (call->has & HAS_RET) &&
	       call->ret > 0 && call->ret <= INT32_MAX;
}

/* Known like all that is new, or, without its rules, until it is looked at: mm->def_flags, mm/mmap.c. */
static void give_out(struct open_pages *open, const struct record *record)
{
	struct span span[TOUCH_MAX];
	size_t count = touch_spans(record, PAGE_BYTES, span);

	for (size_t i = 0; i < count; i++)
		if (open->rules)
			ranges_add(&open->pages, span[i].start, span[i].end);
		else
			ranges_remove(&open->pages, span[i].start, span[i].end);
}

/* What was given out, or taken away, is known again; what was moved is known as well as it was. */
static void follow(struct open_pages *open, const struct record *record)
{
	const struct record_call *call = &record->call;
	uint64_t at = (uint64_t)call->ret, end;

	if (!(call->has & HAS_RET) || call->err)
		return;
	switch (call_table[call->call].effect) {
	case EFFECT_MAP:
	case EFFECT_ATTACH:
		give_out(open, record);
		break;
	case EFFECT_BRK:
	case EFFECT_SBRK:
		if (open->rules)
			give_out(open, record);
		break;
	case EFFECT_LOCKALL:
	case EFFECT_UNLOCKALL:
		open->rules = false;
		break;
	case EFFECT_UNMAP:
		if (!__builtin_add_overflow(call->arg[0], page_up(call->arg[1]), &end))
			ranges_remove(&open->pages, call->arg[0], end);
		break;
	case EFFECT_REMAP:
		if (!__builtin_add_overflow(call->arg[0], page_up(call->arg[1]), &end) &&
		    ranges_touch(&open->pages, call->arg[0], end) &&
		    !__builtin_add_overflow(at, page_up(call->arg[2]), &end))
			ranges_add(&open->pages, at, end);
		break;
	default:
		break;
	}
}

static void add_call(struct unsure *unsure, const struct record *record, enum apply_result result)
{
	const struct process *process = world_process(unsure->world, record->pid);
	struct open_pages *open;
	uint64_t start, end;

	if (record->call.call >= CALL_COUNT || !process || !process->space)
		return;
	open = find(unsure, process);
	if (open)
		follow(open, record);
	if (result == APPLY_LOOK) {
		space_look(process->space, &start, &end);
		add(unsure, record->pid, start, end);
	}
	if (record->call.has & HAS_LOOKED)
		make(unsure, process)->looked_tid = record->tid;
	if (makes_child(&record->call))
		inherit(unsure, record->pid, (int32_t)record->call.ret);
}

static void add_snapshot(struct unsure *unsure, const struct record *record)
{
	struct open_pages *open = find(unsure, world_process(unsure->world, record->pid));

	if (!open)
		return;
	ranges_remove(&open->pages, record->snapshot.from, record->snapshot.to);
	if (record->snapshot.last && record->tid == open->looked_tid)
		open->looked_tid = 0;
}

static void doubt_rules(struct unsure *unsure, const struct record *record)
{
	const struct process *process = world_process(unsure->world, record->pid);

	if (record->note.rules && process && process->space)
		make(unsure, process)->rules = true;
}

static void add_note(struct unsure *unsure, const struct record *record)
{
	const struct record_note *note = &record->note;

	if (!note->what)
		return;
	if (!strcmp(note->what, "race")) {
		doubt_rules(unsure, record);
		add(unsure, record->pid, note->start, note->end);
		add(unsure, note->child, note->start, note->end);
	}
	if (!strcmp(note->what, "not-covered") || !strcmp(note->what, "damaged"))
		unsure->throughout = true;
	if (!strcmp(note->what, "sites") && (note->off || note->found != note->rewritten))
		unsure->throughout = true;
}

void unsure_apply(struct unsure *unsure, const struct record *record, enum apply_result result)
{
	switch (record->type) {
	case RECORD_CALL:
		add_call(unsure, record, result);
		break;
	case RECORD_PROCESS:
		if (record->process.event == PROCESS_FORK)
			inherit(unsure, record->process.ppid, record->pid);
		break;
	case RECORD_SNAPSHOT:
		add_snapshot(unsure, record);
		break;
	case RECORD_NOTE:
		add_note(unsure, record);
		break;
	case RECORD_LOSS:
		unsure->throughout = true;
		break;
	default:
		break;
	}
}

void unsure_left(struct unsure *unsure, const struct process *process)
{
	struct open_pages *open = NULL;

	if (space_users(process->space) == 1)
		open = table_remove(&unsure->spaces, space_id(process->space));
	if (open)
		free_open(open);
}

/* ---- answers ---- */

bool unsure_pages(const struct unsure *unsure, const struct process *process, uint64_t start, uint64_t end)
{
	const struct open_pages *open = find(unsure, process);

	return unsure->throughout || (open && (open->looked_tid || ranges_touch(&open->pages, start, end)));
}

bool unsure_space(const struct unsure *unsure, const struct process *process)
{
	const struct open_pages *open = find(unsure, process);

	return unsure->throughout || (open && (open->looked_tid || open->rules || open->pages.count));
}

bool unsure_expects(const struct unsure *unsure, const struct process *process, uint64_t start, uint64_t end)
{
	const struct open_pages *open = find(unsure, process);

	return open && ranges_touch(&open->pages, start, end);
}

bool unsure_throughout(const struct unsure *unsure)
{
	return unsure->throughout;
}
