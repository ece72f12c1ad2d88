#include "replayed.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../util/alloc.h"
#include "decode.h"
#include "frame.h"
#include "jout.h"
#include "text.h"

#define FRAMES 4 /* of a stack, in text */

/* ---- processes ---- */

void replayed_left(void *arg, const struct process *process)
{
	const struct space_totals totals = space_totals(process->space);
	struct replayed_processes *processes = arg;
	struct replayed_process *taken;

	processes->process = alloc_room(processes->process, processes->count, &processes->room, sizeof(*taken));
	taken = &processes->process[processes->count++];
	*taken = (struct replayed_process){
		.pid = process->pid, .ppid = process->ppid, .first_seq = process->first_seq, .exe = process->exe,
		.mapped = totals.mapped, .locked = totals.locked, .locked_peak = totals.locked_peak,
		.mappings = (uint32_t)space_vmas(process->space), .exited = process->exited,
	};
	digest_process(process, taken->digest);
	digest_add(&processes->sum, taken->digest);
}

static int by_appearance(const void *a, const void *b)
{
	const struct replayed_process *x = a, *y = b;

	return x->first_seq < y->first_seq ? -1 : x->first_seq > y->first_seq;
}

void replayed_end(struct replayed_processes *processes, const struct world *world, char hex[DIGEST_HEX])
{
	const struct process *process;

	for (size_t i = 0; (process = world_each(world, i)); i++)
		replayed_left(processes, process);
	if (processes->count)
		qsort(processes->process, processes->count, sizeof(*processes->process), by_appearance);
	digest_whole(world, &processes->sum, hex);
}

/* ---- why not ---- */

static void add_pages(struct text *text, uint64_t pages)
{
	text_printf(text, "%" PRIu64 " page%s", pages, pages == 1 ? "" : "s");
}

/* "16 pages asked, 4 held, 8 allowed" */
static void add_figures(struct text *text, const struct why_cause *cause)
{
	if (!cause->asked || !cause->limit || cause->limit == UINT64_MAX)
		return;
	text_put(text, ", ");
	add_pages(text, cause->asked);
	text_printf(text, " asked, %" PRIu64 " held", cause->held);
	if (cause->credited)
		text_printf(text, ", %" PRIu64 " counted in both", cause->credited);
	text_printf(text, ", %" PRIu64 " allowed", cause->limit);
}

static void add_mapping(struct text *text, const struct vma *vma)
{
	char perms[5];

	if (vma->start == vma->end)
		return;
	vma_perms(vma, perms);
	text_printf(text, ", mapping 0x%" PRIx64 "-0x%" PRIx64 " %s %s", vma->start, vma->end, perms,
		    vma_kind_name(vma->kind));
	if (vma->lock)
		text_printf(text, " %s", vma_lock_name(vma->lock));
	if (vma->flags & VMA_SEALED)
		text_put(text, " sealed");
	if (vma->by.map)
		text_printf(text, " of #%" PRIu64, (uint64_t)vma->by.map);
}

/* "ENOMEM (hole, at 0x7f10aaf06000): mlock(2) ERRORS ENOMEM; ..." */
static void add_test(struct text *text, const struct impossible *found)
{
	const struct why_cause *cause = &found->cause;

	text_printf(text, "%s (%s", decode_errno(cause->test->err), why_name(cause->test->reason));
	if (cause->at)
		text_printf(text, ", at 0x%" PRIx64, cause->at);
	add_figures(text, cause);
	add_mapping(text, &cause->vma);
	text_printf(text, "): %s", cause->test->source);
}

static void add_why(struct text *text, const struct impossible *found)
{
	switch (found->kind) {
	case IMPOSSIBLE_WORKED:
		text_put(text, "it worked, but the kernel refuses it with ");
		add_test(text, found);
		break;
	case IMPOSSIBLE_ERROR:
		text_put(text, "the kernel refuses it, but with ");
		add_test(text, found);
		break;
	case IMPOSSIBLE_NO_TEST:
		text_put(text, "no test of the kernel ends such a call with this error here");
		break;
	case IMPOSSIBLE_TAKEN:
		text_printf(text, "the kernel gives out pages that are free, and 0x%" PRIx64 " was mapped", found->cause.at);
		add_mapping(text, &found->cause.vma);
		break;
	case IMPOSSIBLE_ELSEWHERE:
		text_printf(text, "the address was demanded: it can be 0x%" PRIx64 " only", found->want);
		break;
	case IMPOSSIBLE_UNALIGNED:
		text_put(text, "the kernel gives out whole pages, and this is the address of none");
		break;
	case IMPOSSIBLE_OUTSIDE:
		text_put(text, "the pages would lie beyond the end of the address space");
		break;
	default:
		text_printf(text, "such a call returns at most %" PRIu64 ", or -1", found->want);
	}
}

/* ---- text ---- */

static void print_stack(const struct replayed *replayed, uint32_t stack)
{
	struct text line = { 0 };
	size_t count = 0;
	const struct symbol_frame *frame = symbols_stack(replayed->symbols, stack, &count, NULL);

	for (size_t i = 0; i < count && i < FRAMES; i++) {
		text_put(&line, "      at ");
		frame_brief(&line, &frame[i]);
		view_line(replayed->view, &line, 8);
	}
	text_free(&line);
}

static void add_result(struct text *line, const struct record_call *call)
{
	if (call_table[call->call].result == CLASS_ADDR && !call->err)
		text_printf(line, " = 0x%" PRIx64, (uint64_t)call->ret);
	else
		text_printf(line, " = %" PRId64, call->ret);
	if (call->err)
		text_printf(line, " %s", decode_errno(call->err));
}

static void print_finding(const struct replayed *replayed, const struct replay_finding *finding)
{
	const struct record *record = &finding->record;
	const struct view *view = replayed->view;
	struct text line = { 0 };

	text_printf(&line, "#%" PRIu64 "  ", record->seq);
	text_seconds(&line, record->t_ns);
	text_printf(&line, "  %" PRId32 "/%" PRId32 "  ", record->pid, record->tid);
	view_tone(view, &line, TONE_STRONG, call_table[record->call.call].name);
	text_put(&line, "(");
	decode_arguments(&line, record);
	text_put(&line, ")");
	add_result(&line, &record->call);
	view_line(view, &line, 8);
	text_put(&line, "      ");
	view_tone(view, &line, TONE_BAD, "IMPOSSIBLE");
	text_printf(&line, " %s: ", impossible_name(finding->found.kind));
	add_why(&line, &finding->found);
	view_line(view, &line, 8);
	print_stack(replayed, record->call.stack);
	text_free(&line);
}

static void print_process(const struct replayed *replayed, const struct replayed_process *process)
{
	struct text line = { 0 };

	text_printf(&line, "%s  %9" PRId32 "  %8" PRIu32 "  %8" PRIu64 "  %8" PRIu64 "  ", process->digest, process->pid,
		    process->mappings, process->mapped / replayed->survey->page_bytes,
		    process->locked / replayed->survey->page_bytes);
	text_safe(&line, process->exe ? frame_base(process->exe) : "?");
	view_line(replayed->view, &line, 8);
	text_free(&line);
}

static const char *same_words(enum same_state same)
{
	switch (same) {
	case STATE_OTHER_FORM:
		return "the recording's is in another form, which cannot be compared";
	case STATE_EQUAL:
		return "equal to the recording's";
	case STATE_OTHER:
		return "NOT the recording's";
	case STATE_OTHER_TOOL:
		return "not the recording's, which another version of the tool made";
	default:
		return "the log does not have the recording's";
	}
}

static void print_counts(const struct replayed *replayed, size_t shown)
{
	const struct replay_counts *counts = &replayed->counts;
	struct text line = { 0 };

	text_printf(&line, "results: %" PRIu64 " of %" PRIu64 " calls judged, %" PRIu64 " impossible", counts->judged,
		    counts->calls, replayed->findings + counts->more);
	if (shown < replayed->findings)
		text_printf(&line, " (%zu of them asked for)", shown);
	if (counts->more)
		text_printf(&line, " (%d kept)", REPLAY_KEPT);
	if (counts->open)
		text_printf(&line, ", %" PRIu64 " left open where the state is not certain", counts->open);
	view_line(replayed->view, &line, 8);
	text_free(&line);
}

void replayed_text(const struct replayed *replayed)
{
	struct text line = { 0 };
	size_t shown = 0;

	for (size_t i = 0; i < replayed->findings; i++) {
		if (!replayed->shown[i])
			continue;
		print_finding(replayed, &replayed->finding[i]);
		shown++;
	}
	print_counts(replayed, shown);
	text_printf(&line, "%-32s  %9s  %8s  %8s  %8s  %s", "STATE", "PROCESS", "MAPPINGS", "PAGES", "LOCKED", "PROGRAM");
	view_line(replayed->view, &line, 0);
	for (size_t i = 0; i < replayed->processes->count; i++)
		print_process(replayed, &replayed->processes->process[i]);
	text_printf(&line, "%s  all, %s", replayed->digest, same_words(replayed->same));
	view_line(replayed->view, &line, 0);
	text_free(&line);
}

/* ---- JSON ---- */

static void json_stack(struct jout *json, struct symbols *symbols, uint32_t stack)
{
	size_t count = 0;
	const struct symbol_frame *frame = symbols_stack(symbols, stack, &count, NULL);

	jout_array(json, "stack");
	for (size_t i = 0; i < count; i++)
		frame_json(json, NULL, &frame[i]);
	jout_end(json);
}

static void json_finding(const struct replayed *replayed, struct jout *json, const struct replay_finding *finding)
{
	const struct record *record = &finding->record;
	const struct impossible *found = &finding->found;
	struct text why = { 0 };

	add_why(&why, found);
	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "kind", impossible_name(found->kind));
	jout_number(json, "seq", record->seq);
	jout_signed(json, "pid", record->pid);
	jout_signed(json, "tid", record->tid);
	jout_number(json, "t", record->t_ns);
	jout_string(json, "call", call_table[record->call.call].name);
	if (call_table[record->call.call].result == CLASS_ADDR && !record->call.err)
		jout_hex(json, "ret", (uint64_t)record->call.ret);
	else
		jout_signed(json, "ret", record->call.ret);
	jout_string(json, "errno", record->call.err ? decode_errno(record->call.err) : NULL);
	if (found->cause.test) {
		jout_string(json, "test", why_name(found->cause.test->reason));
		jout_string(json, "wants", decode_errno(found->cause.test->err));
	}
	if (found->cause.at)
		jout_hex(json, "at", found->cause.at);
	jout_string(json, "message", text_read(&why));
	json_stack(json, replayed->symbols, record->call.stack);
	jout_end(json);
	text_free(&why);
}

static void json_process(struct jout *json, const struct replayed_process *process)
{
	jout_line(json);
	jout_object(json, NULL);
	jout_signed(json, "pid", process->pid);
	jout_signed(json, "ppid", process->ppid);
	jout_number(json, "first_seq", process->first_seq);
	jout_string(json, "exe", process->exe);
	jout_bool(json, "exited", process->exited);
	jout_number(json, "mappings", process->mappings);
	jout_number(json, "mapped_bytes", process->mapped);
	jout_number(json, "locked_bytes", process->locked);
	jout_number(json, "locked_peak_bytes", process->locked_peak);
	jout_string(json, "state", process->digest);
	jout_end(json);
}

static void json_state(const struct replayed *replayed, struct jout *json)
{
	jout_line(json);
	jout_number(json, "state_form", DIGEST_FORM);
	jout_string(json, "state", replayed->digest);
	if (replayed->same == STATE_UNTOLD || replayed->same == STATE_OTHER_FORM)
		jout_null(json, "state_equal");
	else
		jout_bool(json, "state_equal", replayed->same == STATE_EQUAL);
}

void replayed_json(const struct replayed *replayed)
{
	struct jout json = { .out = replayed->view->out };
	const struct replay_counts *counts = &replayed->counts;

	jout_object(&json, NULL);
	jout_number(&json, "calls", counts->calls);
	jout_number(&json, "judged", counts->judged);
	jout_number(&json, "impossible", replayed->findings + counts->more);
	jout_number(&json, "open", counts->open);
	jout_bool(&json, "complete", replayed->survey->has_trailer && replayed->survey->complete);
	jout_array(&json, "findings");
	for (size_t i = 0; i < replayed->findings; i++)
		if (replayed->shown[i])
			json_finding(replayed, &json, &replayed->finding[i]);
	jout_end(&json);
	jout_line(&json);
	jout_array(&json, "processes");
	for (size_t i = 0; i < replayed->processes->count; i++)
		json_process(&json, &replayed->processes->process[i]);
	jout_end(&json);
	json_state(replayed, &json);
	jout_end(&json);
	jout_line(&json);
}
