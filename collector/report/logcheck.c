#include "logcheck.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../util/alloc.h"
#include "../util/table.h"
#include "text.h"

/* A snapshot that takes several lines, of one process. */
struct parts {
	bool open;
	uint32_t next;
	uint64_t end;	/* where the last part's [from, to) ended */
};

struct logcheck {
	logcheck_found *found;
	void *arg;
	uint64_t number;		/* line being checked */
	uint64_t seq;			/* of the last record that has one */
	struct table stacks, modules, processes, parts;
	int32_t known;			/* the process asked about last, 0: none */
	struct record_trailer counts, trailer;
	bool has_trailer;
};

struct logcheck *logcheck_new(logcheck_found *found, void *arg)
{
	struct logcheck *check = alloc_zero(1, sizeof(*check));

	check->found = found;
	check->arg = arg;
	return check;
}

void logcheck_free(struct logcheck *check)
{
	table_clear(&check->stacks, NULL);
	table_clear(&check->modules, NULL);
	table_clear(&check->processes, NULL);
	table_clear(&check->parts, free);
	free(check);
}

static void __attribute__((format(printf, 2, 3))) tell(struct logcheck *check, const char *format, ...)
{
	struct text text = { 0 };
	va_list ap;
	char *message;

	va_start(ap, format);
	if (vasprintf(&message, format, ap) < 0)
		message = NULL;
	va_end(ap);
	text_safe(&text, message ? message : format);
	check->found(check->arg, check->number, text_read(&text));
	text_free(&text);
	free(message);
}

/* A second definition of the same id would make every use of it ambiguous. */
static void define(struct logcheck *check, struct table *table, uint64_t id, const char *what)
{
	if (table_find(table, id))
		tell(check, "%s %" PRIu64 " is defined a second time", what, id);
	else
		table_add(table, id, check);
}

static void check_module(struct logcheck *check, const struct record *record)
{
	const struct record_module *module = &record->module;

	check->counts.modules++;
	define(check, &check->modules, module->id, "module");
	if (!module->id)
		tell(check, "module 0 means no module and cannot be defined");
	if (module->end < module->start)
		tell(check, "module %u ends at 0x%" PRIx64 ", before its start 0x%" PRIx64, module->id, module->end,
		     module->start);
}

static void check_stack(struct logcheck *check, const struct record *record)
{
	const struct record_stack *stack = &record->stack;

	check->counts.stacks++;
	define(check, &check->stacks, stack->id, "stack");
	for (size_t i = 0; i < stack->count; i++) {
		uint32_t module = stack->frame[i].module;

		if (!module || table_find(&check->modules, module))
			continue;
		tell(check, "stack %u names module %u, which no line before defines", stack->id, module);
		return;
	}
}

static void check_stack_used(struct logcheck *check, uint32_t stack)
{
	if (stack && !table_find(&check->stacks, stack))
		tell(check, "stack %u is used but no line before defines it", stack);
}

static void check_process_known(struct logcheck *check, const struct record *record)
{
	if (record->pid && record->pid == check->known)
		return;
	check->known = record->pid;
	if (table_find(&check->processes, (uint32_t)record->pid))
		return;
	tell(check, "process %d is not known: no start or fork before", record->pid);
	table_add(&check->processes, (uint32_t)record->pid, check);	/* once is enough */
}

static void check_process(struct logcheck *check, const struct record *record)
{
	enum process_event event = record->process.event;

	if (event == PROCESS_EXEC || event == PROCESS_EXIT) {
		check_process_known(check, record);
		return;
	}
	check->counts.processes++;
	if (event == PROCESS_FORK && !table_find(&check->processes, (uint32_t)record->process.ppid))
		tell(check, "process %d is forked from %d, which no line before begins", record->pid,
		     record->process.ppid);
	if (!table_find(&check->processes, (uint32_t)record->pid))
		table_add(&check->processes, (uint32_t)record->pid, check);
}

/* Nothing announces a child of vfork or posix_spawn before its new program: until then it acts in its parent's space. */
static bool is_between_vfork_and_exec(const struct record_call *call)
{
	return call_table[call->call].effect == EFFECT_EXEC || call_table[call->call].effect == EFFECT_EXIT;
}

/* A child is there when its parent's fork has returned, before it says a word. */
static void check_child(struct logcheck *check, const struct record_call *call)
{
	bool forks = call_table[call->call].effect == EFFECT_FORK || call_table[call->call].effect == EFFECT_CLONE;

	if (forks && (call->has & HAS_RET) && call->ret > 0 && call->ret <= INT32_MAX &&
	    !table_find(&check->processes, (uint32_t)call->ret))
		table_add(&check->processes, (uint32_t)call->ret, check);
}

static void check_call(struct logcheck *check, const struct record *record)
{
	check->counts.calls++;
	/* exit never returns, and an execve that works neither: that is no sign of anything */
	check->counts.unfinished += !(record->call.has & HAS_RET) && call_table[record->call.call].result != CLASS_NONE;
	if (!is_between_vfork_and_exec(&record->call))
		check_process_known(check, record);
	else if (!table_find(&check->processes, (uint32_t)record->pid))
		table_add(&check->processes, (uint32_t)record->pid, check);	/* it may go on as a program not traced */
	check_child(check, &record->call);
	check_stack_used(check, record->call.stack);
}

static void check_ranges(struct logcheck *check, const struct record_snapshot *snapshot)
{
	uint64_t end = snapshot->from;

	for (size_t i = 0; i < snapshot->count; i++) {
		const struct snapshot_range *range = &snapshot->range[i];

		if (range->start < end || range->end <= range->start || range->end > snapshot->to) {
			tell(check,
			     "the range 0x%" PRIx64 "-0x%" PRIx64
			     " is empty, out of order or outside of the snapshot's",
			     range->start, range->end);
			return;
		}
		end = range->end;
	}
}

static struct parts *parts_of(struct logcheck *check, uint64_t key)
{
	struct parts *parts = table_find(&check->parts, key);

	if (!parts) {
		parts = alloc_zero(1, sizeof(*parts));
		table_add(&check->parts, key, parts);
	}
	return parts;
}

static void check_snapshot(struct logcheck *check, const struct record *record)
{
	const struct record_snapshot *snapshot = &record->snapshot;
	struct parts *parts = parts_of(check, (uint32_t)record->pid);

	check->counts.snapshots++;
	check_process_known(check, record);
	check_ranges(check, snapshot);
	/* A part 0 begins anew: a process may die in the middle of its own snapshot. */
	if (snapshot->part && (!parts->open || snapshot->part != parts->next))
		tell(check, "part %u of a snapshot of process %d does not follow part %d", snapshot->part, record->pid,
		     parts->open ? (int)parts->next - 1 : -1);
	else if (snapshot->part && snapshot->from < parts->end)
		tell(check, "part %u of a snapshot begins at 0x%" PRIx64 ", inside of the part before", snapshot->part,
		     snapshot->from);
	parts->open = !snapshot->last;
	parts->next = snapshot->part + 1;
	parts->end = snapshot->to;
}

#define SAMPLES (UINT64_C(1) << 32) /* keys of samples, beside those of snapshots */

static void check_residency(struct logcheck *check, const struct record *record)
{
	const struct record_residency *sample = &record->residency;
	struct parts *parts = parts_of(check, SAMPLES | (uint32_t)record->pid);

	check_process_known(check, record);
	if (sample->part && (!parts->open || sample->part != parts->next))
		tell(check, "part %u of a sample of process %d does not follow part %d", sample->part, record->pid,
		     parts->open ? (int)parts->next - 1 : -1);
	if (sample->to < sample->from)
		tell(check, "a sample speaks for 0x%" PRIx64 " to 0x%" PRIx64 ", which is nothing", sample->from,
		     sample->to);
	for (size_t i = 0; i < sample->count; i++) {
		const struct residency_range *range = &sample->range[i];

		if (range->start >= sample->from && range->start < sample->to)
			continue;
		tell(check, "a sample has pages at 0x%" PRIx64 ", for which it does not speak", range->start);
		break;
	}
	parts->open = !sample->last;
	parts->next = sample->part + 1;
}

static void check_mark(struct logcheck *check, const struct record *record)
{
	check->counts.marks++;
	check_process_known(check, record);
	check_stack_used(check, record->mark.stack);
}

/* What two calls left open is said when both are there. */
static void check_note(struct logcheck *check, const struct record_note *note)
{
	if (!note->seqs[0])
		return;
	if (note->seqs[0] >= note->seqs[1] || note->seqs[1] > check->seq)
		tell(check, "a race of records %" PRIu64 " and %" PRIu64 ", which are not two that stand before it",
		     note->seqs[0], note->seqs[1]);
	if (note->start >= note->end)
		tell(check, "a race on no page: 0x%" PRIx64 "-0x%" PRIx64, note->start, note->end);
}

static void compare(struct logcheck *check, const char *what, uint64_t says, uint64_t counted)
{
	if (says != counted)
		tell(check, "the trailer says %s %" PRIu64 ", the log has %" PRIu64, what, says, counted);
}

static void check_trailer(struct logcheck *check, const struct record *record)
{
	const struct record_trailer *says = &record->trailer, *have = &check->counts;

	check->has_trailer = true;
	check->trailer = *says;
	compare(check, "calls", says->calls, have->calls);
	compare(check, "unfinished", says->unfinished, have->unfinished);
	compare(check, "losses", says->losses, have->losses);
	compare(check, "processes", says->processes, have->processes);
	compare(check, "stacks", says->stacks, have->stacks);
	compare(check, "modules", says->modules, have->modules);
	compare(check, "marks", says->marks, have->marks);
	compare(check, "snapshots", says->snapshots, have->snapshots);
	if (says->lines)
		compare(check, "lines", says->lines, have->lines);
	if (says->complete && says->losses)
		tell(check, "the trailer says complete, and %" PRIu64 " losses", says->losses);
}

static void check_seq(struct logcheck *check, const struct record *record)
{
	bool numbered = record->type == RECORD_PROCESS || record->type == RECORD_SNAPSHOT ||
			record->type == RECORD_CALL || record->type == RECORD_MARK;

	if (!numbered)
		return;
	if (record->seq != check->seq + 1)
		tell(check, "seq %" PRIu64 " follows seq %" PRIu64, record->seq, check->seq);
	check->seq = record->seq;
}

static void check_header(struct logcheck *check)
{
	if (check->counts.lines > 1)
		tell(check, "a second header");
}

void logcheck_add(struct logcheck *check, const struct record *record, uint64_t number)
{
	check->number = number;
	if (check->has_trailer)
		tell(check, "a record after the trailer");
	check->counts.lines++;
	check_seq(check, record);
	switch (record->type) {
	case RECORD_HEADER:
		check_header(check);
		break;
	case RECORD_PROCESS:
		check_process(check, record);
		break;
	case RECORD_MODULE:
		check_module(check, record);
		break;
	case RECORD_SNAPSHOT:
		check_snapshot(check, record);
		break;
	case RECORD_STACK:
		check_stack(check, record);
		break;
	case RECORD_CALL:
		check_call(check, record);
		break;
	case RECORD_MARK:
		check_mark(check, record);
		break;
	case RECORD_LOSS:
		check->counts.losses += record->loss.count;
		break;
	case RECORD_TRAILER:
		check_trailer(check, record);
		break;
	case RECORD_NOTE:
		check_note(check, &record->note);
		break;
	case RECORD_RESIDENCY:
		check_residency(check, record);
		break;
	case RECORD_CHECK:
	case RECORD_OTHER:
		break;
	}
}

void logcheck_bad_line(struct logcheck *check, uint64_t number, const char *why)
{
	check->number = number;
	check->counts.lines++;
	tell(check, "%s", why);
}

struct record_trailer logcheck_counts(const struct logcheck *check)
{
	return check->counts;
}

bool logcheck_complete(const struct logcheck *check)
{
	return check->has_trailer && check->trailer.complete && !check->counts.losses && !check->trailer.losses;
}
