#include "intake.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

/* ---- records in the order ---- */

/* Between vfork and exec a child acts in its parent's space, which is counted there. */
static uint64_t locked_bytes(const struct world *world, int32_t pid)
{
	const struct process *process = world_process(world, pid), *parent;

	if (!process || process->exited || !process->space)
		return 0;
	parent = process->ppid ? world_process(world, process->ppid) : NULL;
	return parent && parent->space == process->space ? 0 : space_totals(process->space).locked;
}

static void count_locked(struct recorder *recorder, struct traced *traced)
{
	uint64_t locked = locked_bytes(recorder->world, traced->pid);

	recorder->locked += locked - traced->locked;
	traced->locked = locked;
	if (recorder->locked > recorder->locked_peak)
		recorder->locked_peak = recorder->locked;
}

static void name_after(struct traced *traced, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	snprintf(traced->name, sizeof(traced->name), "%.31s", slash ? slash + 1 : path ? path : "");
}

/* NULL: none was told. */
static char *quote_argv(const struct record_process *process)
{
	struct line line = { 0 };

	for (size_t i = 0; i < process->argc; i++) {
		line_text(&line, i ? "," : "[");
		line_quoted(&line, process->argv[i]);
	}
	if (line.length)
		line_bytes(&line, "]", 2);
	return line.at;
}

static void note_argv(struct traced *traced, const struct traced *parent, const struct record_process *process)
{
	bool inherits = process->event == PROCESS_FORK && parent && parent->argv;

	free(traced->argv);
	traced->argv = inherits ? alloc_copy(parent->argv, strlen(parent->argv)) : quote_argv(process);
}

static void note_process(struct recorder *recorder, struct traced *traced, const struct record *record)
{
	const struct traced *parent;

	if (record->process.event == PROCESS_EXIT)
		return;
	traced->announced = true;
	processes_verify(recorder->processes, traced, record->process.ppid, recorder->session->path);
	parent = record->process.ppid > 0 ? processes_find(recorder->processes, record->process.ppid) : NULL;
	note_argv(traced, parent, &record->process);
	if (parent && record->process.event == PROCESS_FORK && !traced->key)
		traced->key = parent->key;
	if (record->process.exe) {
		name_after(traced, record->process.exe);
		return;
	}
	if (parent && !traced->name[0])
		name_after(traced, parent->name);
}

/*
 * The child that a call made, 0: none.  It may say nothing for a long time; without its parent's word a recording could
 * end while it lives.
 */
static int32_t child_of(const struct record *record)
{
	const struct record_call *call = &record->call;
	bool made = (call->has & HAS_RET) && !call->err && call->ret > 0 && call->ret <= INT32_MAX;

	switch (call_table[call->call].effect) {
	case EFFECT_FORK:
	case EFFECT_VFORK:
		return made ? (int32_t)call->ret : 0;
	case EFFECT_CLONE:
		return made && !(call->arg[0] & CLONE_THREAD) ? (int32_t)call->ret : 0;
	case EFFECT_SPAWN:
		return call->has & HAS_CHILD ? call->child : 0;
	default:
		return 0;
	}
}

static void note_record(struct recorder *recorder, struct traced *traced, const struct record *record)
{
	traced->recorded = true;
	if (record->type == RECORD_PROCESS)
		note_process(recorder, traced, record);
	if (record->type != RECORD_CALL)
		return;
	awaited_call(&traced->awaited, record->tid, record->call.has & HAS_LOOKED);
	traced->calls++;
	if (recorder->session->options.follow && child_of(record) > 0)
		processes_see(recorder->processes, child_of(record));
	if ((record->call.has & HAS_RET) && record->call.err) {
		traced->failed++;
		recorder->failed++;
	}
}

/* The stack in recorder->line, if there is one, behind the modules that the log does not have again yet. */
static void put_stack(struct recorder *recorder)
{
	const char *text;
	size_t length;
	uint32_t id;

	while (stacks_take_module(recorder->stacks, &id, &text, &length))
		journal_module(recorder->journal, id, text, length);
	if (recorder->line.length)
		journal_stack(recorder->journal, &recorder->line);
}

static void write_stack(struct recorder *recorder, struct traced *traced, const struct record *record)
{
	uint32_t id = 0, log_id;

	if (record->type == RECORD_CALL)
		id = record->call.stack;
	else if (record->type == RECORD_MARK)
		id = record->mark.stack;
	if (!id)
		return;
	log_id = stacks_line(recorder->stacks, id, record->pid, &recorder->line);
	if (stacks_key(recorder->stacks))
		traced->key = stacks_key(recorder->stacks);
	put_stack(recorder);
	if (log_id != id)
		journal_stack_is(recorder->journal, log_id);
}

static void want_look(struct recorder *recorder, struct traced *traced)
{
	const struct process *process = world_process(recorder->world, traced->pid);
	uint64_t from, to;

	if (!process || !process->space)
		return;
	space_look(process->space, &from, &to);
	looks_wanted(traced, from, to);
}

/*
 * A prepared record into log and model, with everything that hangs on it; NULL: damaged.
 * @gone: its process image is no more, so there is nothing to look at
 */
static void commit(struct recorder *recorder, const struct record *record, bool gone)
{
	struct traced *traced;

	if (!record) {
		recorder->damaged++;
		return;
	}
	traced = processes_see(recorder->processes, record->pid);
	note_record(recorder, traced, record);
	scan_code_see(recorder->scan, record);
	write_stack(recorder, traced, record);
	recorder->dirty = true;
	if (journal_commit(recorder->journal) == APPLY_LOOK && !gone)
		want_look(recorder, traced);
	count_locked(recorder, traced);
}

void intake_commit(struct recorder *recorder, const struct record *record)
{
	commit(recorder, record, false);
}

static void put(struct recorder *recorder, enum record_type type, const char *event, const char *text, size_t length)
{
	commit(recorder, journal_prepare(recorder->journal, type, event, text, length, false), false);
}

/* exit never returns, nor does an execve that works: nothing about them is unfinished. */
static void put_begun(struct recorder *recorder, const char *text, size_t length, bool replaced)
{
	const struct record *record = journal_prepare(recorder->journal, RECORD_CALL, NULL, text, length, true);
	bool gone = replaced || (record && processes_see(recorder->processes, record->pid)->gone);

	if (record && record->call.call == CALL_execve && !replaced)
		processes_see(recorder->processes, record->pid)->vanished = true;
	if (record && (record->call.call == CALL_exit || (record->call.call == CALL_execve && replaced)))
		record = journal_prepare(recorder->journal, RECORD_CALL, NULL, text, length, false);
	commit(recorder, record, gone);
}

/* ---- processes that begin and end ---- */

void intake_begun(struct recorder *recorder, const struct drain_batch *batch, bool replaced)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct drain_entry *entry = &batch->entry[i];

		if (entry->kind == SLOT_CALL)
			put_begun(recorder, batch->text + entry->text, entry->length, replaced);
	}
}

static void abandon(struct recorder *recorder, int32_t pid, uint64_t before, bool replaced)
{
	struct drain_batch left = drain_abandon(recorder->drain, pid, before);

	intake_begun(recorder, &left, replaced);
}

static void write_exit(struct recorder *recorder, const struct traced *traced)
{
	const struct launch *launch = recorder->launch;
	uint64_t now_ns = traced->gone_ns ? traced->gone_ns : recorder->now_ns;
	struct line line = { 0 };

	line_add(&line, ",\"pid\":%" PRId32 ",\"t\":%" PRIu64, traced->pid, now_ns);
	if (traced->pid == launch->pid && launch_poll(recorder->launch))
		line_add(&line, ",\"status\":%d", launch->status);
	put(recorder, RECORD_PROCESS, "exit", line.at, line.length);
	line_free(&line);
}

static void note_untraced(struct recorder *recorder, const struct traced *traced)
{
	bool root = traced->pid == recorder->root && !traced->announced;

	if (!root && (!traced->vanished || traced->untraced))
		return;
	journal_remark(recorder->journal, "untraced", traced->pid,
		       "the tracer did not start in the program: nothing of it is known");
	recorder->unknown = true;
	recorder->root_untraced |= root;
}

void intake_exit(struct recorder *recorder, struct traced *traced, uint64_t before)
{
	abandon(recorder, traced->pid, before, false);
	if (traced->recorded)
		write_exit(recorder, traced);
	note_untraced(recorder, traced);
	recorder->locked -= traced->locked;
	traced->locked = 0;
	processes_close(recorder->processes, traced);
}

/* A record younger than the end of its process is about another process: the kernel gave out the pid again. */
static bool is_reused(const struct traced *traced, const struct drain_entry *entry)
{
	return traced->closing && entry->end_ns > traced->gone_ns;
}

static void take_program(struct recorder *recorder, const struct drain_entry *entry, const char *text)
{
	struct traced *traced = processes_find(recorder->processes, entry->pid);

	if (traced && is_reused(traced, entry))
		intake_exit(recorder, traced, entry->position);
	/* exec ended every thread of the image before: what they had begun will not return */
	abandon(recorder, entry->pid, entry->position, true);
	/* a child that nothing announced (vfork, posix_spawn) begins here, although its execve may stand before */
	traced = processes_find(recorder->processes, entry->pid);
	if (traced) {
		ranges_free(&traced->doubt);
		traced->rules_doubt = false;
	}
	put(recorder, RECORD_PROCESS, traced && traced->announced ? "exec" : "start", text, entry->length);
}

static void take_fork(struct recorder *recorder, const struct drain_entry *entry, const char *text)
{
	struct traced *traced = processes_find(recorder->processes, entry->pid);

	/* a process is born once */
	if (traced && (traced->announced || is_reused(traced, entry)) && traced->pid != recorder->root)
		intake_exit(recorder, traced, entry->position);
	put(recorder, RECORD_PROCESS, "fork", text, entry->length);
}

static void take_check(struct recorder *recorder, const struct drain_entry *entry, const char *text)
{
	const struct record *record = journal_check(recorder->journal, RECORD_CHECK, text, entry->length);

	if (record && record->pid > 0 && !strcmp(record->check.why, "settle"))
		settle_wanted(recorder, record->pid, entry->position);
	else
		verify_wanted(recorder, entry, text);
}

/* ---- records beside the order ---- */

/* preload/abi/ring.h: a module's text begins with its key. */
static bool read_key(const char *text, size_t length, uint32_t *key)
{
	static const char name[] = ",\"key\":";
	uint64_t value = 0;
	size_t at = sizeof(name) - 1;

	if (length <= at || memcmp(text, name, at) || text[at] < '0' || text[at] > '9')
		return false;
	for (; at < length && text[at] >= '0' && text[at] <= '9' && value <= UINT32_MAX; at++)
		value = value * 10 + (uint64_t)(text[at] - '0');
	*key = (uint32_t)value;
	return value <= UINT32_MAX;
}

static void take_module(struct recorder *recorder, const char *text, size_t length)
{
	const struct record *record = journal_check(recorder->journal, RECORD_MODULE, text, length);
	uint32_t key, id;
	bool fresh;

	if (!record || !read_key(text, length, &key)) {
		recorder->damaged++;
		return;
	}
	id = stacks_add_module(recorder->stacks, key, &record->module, &fresh);
	if (fresh && recorder->seam.rotation)
		stacks_keep_module(recorder->stacks, id, text, length);
	if (fresh)
		journal_module(recorder->journal, id, text, length);
}

static void take_stack(struct recorder *recorder, const struct drain_entry *entry, const char *text)
{
	if (!stacks_sent_line(recorder->stacks, text, entry->length, entry->pid, &recorder->line))
		recorder->damaged++;
	else
		put_stack(recorder);
}

static void take_note(struct recorder *recorder, const char *text, size_t length)
{
	const struct record *record = journal_check(recorder->journal, RECORD_NOTE, text, length);

	if (!record) {
		recorder->damaged++;
		return;
	}
	if (record->note.what && !strcmp(record->note.what, "untraced")) {
		recorder->unknown = true;
		if (record->pid > 0)
			processes_see(recorder->processes, record->pid)->untraced = true;
	}
	seam_keep_note(&recorder->seam, record, text, length);
	journal_put(recorder->journal, RECORD_NOTE, text, length);
}

void intake_take(struct recorder *recorder, const struct drain_entry *entry, const char *text)
{
	switch (entry->kind) {
	case SLOT_PROCESS:
		take_program(recorder, entry, text);
		break;
	case SLOT_FORK:
		take_fork(recorder, entry, text);
		break;
	case SLOT_MARK:
		put(recorder, RECORD_MARK, NULL, text, entry->length);
		break;
	case SLOT_NOTE:
		take_note(recorder, text, entry->length);
		break;
	case SLOT_CHECK:
		take_check(recorder, entry, text);
		break;
	}
}

static uint64_t vmlck_of(const struct recorder *recorder, int32_t pid)
{
	const struct process *process = world_process(recorder->world, pid);

	return process && process->space ? space_totals(process->space).vmlck : 0;
}

void intake_put_snapshot(struct recorder *recorder, const char *text, size_t length)
{
	const struct record *record =
		journal_prepare(recorder->journal, RECORD_SNAPSHOT, NULL, text, length, false);
	struct traced *traced = record ? processes_see(recorder->processes, record->pid) : NULL;
	uint64_t vmlck = record ? vmlck_of(recorder, record->pid) : 0;
	bool told = record && record->snapshot.last && record->snapshot.has_vmlck;

	if (record)
		traced->part = record->snapshot.last ? 0 : record->snapshot.part + 1;
	commit(recorder, record, false);
	if (told)
		traced->vmlck_doubt = false;
	else if (record && vmlck_of(recorder, traced->pid) != vmlck)
		traced->vmlck_doubt = true;
}

void intake_put_parts(struct recorder *recorder, struct snapshot snapshot)
{
	for (size_t i = 0; i < snapshot.parts; i++)
		intake_put_snapshot(recorder, snapshot.part[i].at, snapshot.part[i].length);
	snapshot_free(&snapshot);
}

/* ---- a batch ---- */

/* What records refer to comes first. */
static void take_references(struct recorder *recorder, const struct drain_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct drain_entry *entry = &batch->entry[i];

		if (entry->kind == SLOT_MODULE)
			take_module(recorder, batch->text + entry->text, entry->length);
		else if (entry->kind == SLOT_STACK)
			take_stack(recorder, entry, batch->text + entry->text);
		else
			return;
	}
}

static void put_ready(struct recorder *recorder)
{
	struct snapshot snapshot;

	while ((snapshot = looks_ready(&recorder->looks)).parts)
		intake_put_parts(recorder, snapshot);
}

size_t intake_drain(struct recorder *recorder)
{
	struct drain_batch batch;

	recorder->now_ns = session_now(recorder->session);
	put_ready(recorder);
	batch = drain_collect(recorder->drain, recorder->now_ns);
	take_references(recorder, &batch);
	window_run(recorder, &batch);
	return batch.count;
}
