#include "restate.h"

#include <inttypes.h>
#include <string.h>

#include "../vm/limit.h"
#include "line.h"
#include "snapshot.h"

struct restating {
	const struct world *world;
	const struct processes *processes;
	uint64_t t_ns;
	restate_fn *put;
	void *arg;
	bool segments;	/* the world's System V segments were told */
};

/* ---- which processes ---- */

/* A process whose pid is somebody else's by now is no more. */
static bool is_there(const struct restating *to, const struct process *process)
{
	if (world_process(to->world, process->pid) != process || !process->space)
		return false;
	return !process->exited || processes_find(to->processes, process->pid);
}

/* Whose address space it is between vfork and exec, if that one is told of before it. */
static bool borrows(const struct restating *to, const struct process *process)
{
	const struct process *parent = process->ppid ? world_process(to->world, process->ppid) : NULL, *before;

	if (!process->borrows || !parent || parent == process || parent->space != process->space || !is_there(to, parent))
		return false;
	for (size_t i = 0; (before = world_each(to->world, i)) && before != process; i++)
		if (before == parent)
			return true;
	return false;
}

/* ---- a process ---- */

/* The name of a field, behind a comma unless it is the object's first. */
static void add_name(struct line *line, const char *name)
{
	line_add(line, "%s\"%s\":", line->at[line->length - 1] == '{' ? "" : ",", name);
}

static void add_bytes(struct line *line, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		line_text(line, "-1");
	else
		line_number(line, bytes);
}

static void add_limit(struct line *line, const char *name, uint64_t soft, uint64_t hard)
{
	add_name(line, name);
	line_text(line, "[");
	add_bytes(line, soft);
	line_text(line, ",");
	add_bytes(line, hard);
	line_text(line, "]");
}

static void add_limits(struct line *line, const struct limits *limits)
{
	line_text(line, ",\"limits\":{");
	add_limit(line, "memlock", limits->memlock, limits->hard.memlock);
	add_limit(line, "as", limits->as, limits->hard.as);
	add_limit(line, "data", limits->data, limits->hard.data);
	add_limit(line, "stack", limits->stack, limits->hard.stack);
	if (limits->core_known)
		add_limit(line, "core", limits->core, limits->hard.core);
	line_add(line, "},\"cap_ipc_lock\":%s", limits->cap_ipc_lock ? "true" : "false");
}

static void add_truth(struct line *line, const char *name, bool is)
{
	if (!is)
		return;
	add_name(line, name);
	line_text(line, "true");
}

static void add_address(struct line *line, const char *name, uint64_t address)
{
	add_name(line, name);
	line_add(line, "\"0x%" PRIx64 "\"", address);
}

static void add_segment(void *arg, uint64_t shmid, const struct segment_lock *lock)
{
	struct line *line = arg;

	line_add(line, "%s[%" PRIu64 ",%" PRId32 ",%s]", line->length ? "," : "", shmid, lock->pid,
		 lock->removed ? "true" : "false");
}

static void add_segments(struct restating *to, struct line *line)
{
	struct line list = { 0 };

	if (!to->segments)
		world_segments(to->world, add_segment, &list);
	to->segments = true;
	if (list.length) {
		add_name(line, "segments");
		line_text(line, "[");
		line_bytes(line, list.at, list.length);
		line_text(line, "]");
	}
	line_free(&list);
}

static void add_carried(struct restating *to, struct line *line, const struct process *process, bool borrowed)
{
	const struct limits *limits = space_limits(process->space);
	const struct space_rules rules = space_rules(process->space);

	line_text(line, ",\"carried\":{");
	add_truth(line, "told", world_told(process));
	add_truth(line, "returned", world_returned(process));
	add_truth(line, "borrows", borrowed);
	add_truth(line, "exited", process->exited);
	add_truth(line, "limits_known", limits->known);
	add_truth(line, "core_chosen", limits->core_chosen);
	add_truth(line, "undumpable", limits->undumpable);
	add_truth(line, "read_exec", rules.read_exec);
	add_truth(line, "future", rules.future);
	add_truth(line, "onfault", rules.future == VMA_LOCKED_ONFAULT);
	if (rules.brk)
		add_address(line, "brk", rules.brk);
	if (rules.heap_low != UINT64_MAX)
		add_address(line, "heap_low", rules.heap_low);
	add_segments(to, line);
	line_text(line, "}");
}

static void put_process(struct restating *to, const struct process *process, bool borrowed)
{
	const struct traced *traced = processes_find(to->processes, process->pid);
	const struct space_rules rules = space_rules(process->space);
	struct line line = { 0 };

	line_add(&line, ",\"pid\":%" PRId32 ",\"ppid\":%" PRId32 ",\"t\":%" PRIu64, process->pid, process->ppid, to->t_ns);
	if (process->exe) {
		line_text(&line, ",\"exe\":");
		line_quoted(&line, process->exe);
	}
	if (traced && traced->argv)
		line_add(&line, ",\"argv\":%s", traced->argv);
	add_limits(&line, space_limits(process->space));
	if (rules.mdwe)
		line_add(&line, ",\"mdwe\":%u", rules.mdwe);
	if (rules.merge_any)
		line_text(&line, ",\"merge_any\":true");
	add_carried(to, &line, process, borrowed);
	to->put(to->arg, RECORD_PROCESS, "start", line.at, line.length);
	line_free(&line);
}

static void put_space(struct restating *to, const struct process *process)
{
	const struct snapshot_about about = { .pid = process->pid, .why = "start", .end_ns = to->t_ns };
	struct snapshot snapshot = snapshot_model(process->space, &about);

	for (size_t i = 0; i < snapshot.parts; i++)
		to->put(to->arg, RECORD_SNAPSHOT, NULL, snapshot.part[i].at, snapshot.part[i].length);
	snapshot_free(&snapshot);
}

void restate(const struct world *world, const struct processes *processes, uint64_t t_ns, restate_fn *put, void *arg)
{
	struct restating to = { .world = world, .processes = processes, .t_ns = t_ns, .put = put, .arg = arg };
	const struct process *process;

	for (size_t i = 0; (process = world_each(world, i)); i++) {
		bool borrowed;

		if (!is_there(&to, process))
			continue;
		borrowed = borrows(&to, process);
		put_process(&to, process, borrowed);
		if (!borrowed)
			put_space(&to, process);
	}
}
