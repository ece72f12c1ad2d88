/* event.c - the records that are not calls, in words. */
#include "decode.h"

#include <string.h>
#include <sys/wait.h>

static void add_status(struct text *text, int status)
{
	if (WIFEXITED(status))
		text_printf(text, " with status %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		text_printf(text, ", killed by SIG%s%s",
			    sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?",
			    WCOREDUMP(status) ? " (core dumped)" : "");
}

static void add_program(struct text *text, const struct record_process *process)
{
	text_put(text, " ");
	text_safe(text, process->exe ? process->exe : "?");
	for (size_t i = 1; i < process->argc; i++) {
		text_put(text, " ");
		if (process->argv[i][0] && !strpbrk(process->argv[i], " \t\n\"'\\$&|;<>*?"))
			text_safe(text, process->argv[i]);
		else
			text_quoted(text, process->argv[i]);
	}
	if (!process->has_limits)
		return;
	text_put(text, "  [may lock ");
	text_bytes(text, process->cap_ipc_lock ? UINT64_MAX : process->memlock.soft);
	text_put(text, process->cap_ipc_lock ? ": CAP_IPC_LOCK]" : "]");
}

static void add_process(struct text *text, const struct record *record)
{
	const struct record_process *process = &record->process;

	switch (process->event) {
	case PROCESS_START:
		text_put(text, "start");
		add_program(text, process);
		break;
	case PROCESS_EXEC:
		text_put(text, "exec");
		add_program(text, process);
		break;
	case PROCESS_FORK:
		text_printf(text, "forked from %d", process->ppid);
		break;
	case PROCESS_EXIT:
		text_put(text, "exited");
		if (process->has_status)
			add_status(text, process->status);
		break;
	}
}

static void add_snapshot(struct text *text, const struct record_snapshot *snapshot)
{
	text_put(text, "snapshot (");
	text_safe(text, snapshot->why ? snapshot->why : "?");
	text_printf(text, "): %zu VMA%s in 0x%llx-0x%llx", snapshot->count, snapshot->count == 1 ? "" : "s",
		    (unsigned long long)snapshot->from, (unsigned long long)snapshot->to);
	if (snapshot->part || !snapshot->last)
		text_printf(text, ", part %u%s", snapshot->part, snapshot->last ? ", the last" : "");
}

static void add_check(const struct view *view, struct text *text, const struct record_check *check)
{
	enum tone tone = check->unread ? TONE_WARN : check->differ ? TONE_BAD : TONE_GOOD;

	view_begin(view, text, tone);
	text_put(text, "checked at ");
	text_safe(text, check->why ? check->why : "?");
	text_put(text, ": ");
	if (check->unread) {
		text_put(text, "the process could not be looked at: ");
		text_safe(text, check->unread);
	} else {
		text_count(text, check->pages);
		text_put(text, check->pages == 1 ? " page, " : " pages, ");
		text_count(text, check->differ);
		text_put(text, check->differ == 1 ? " differs from the kernel's" : " differ from the kernel's");
	}
	view_end(view, text, tone);
}

/* "race: #12 and #15 on 0x7f0000001000-0x7f0000003000: two calls at the same time, ..." */
static void add_note(const struct view *view, struct text *text, const struct record_note *note)
{
	view_begin(view, text, TONE_WARN);
	text_safe(text, note->what ? note->what : "note");
	if (note->seqs[0])
		text_printf(text, ": #%llu and #%llu on 0x%llx-0x%llx", (unsigned long long)note->seqs[0],
			    (unsigned long long)note->seqs[1], (unsigned long long)note->start,
			    (unsigned long long)note->end);
	if (note->child)
		text_printf(text, " of process %d", note->child);
	text_put(text, ": ");
	text_safe(text, note->text);
	view_end(view, text, TONE_WARN);
}

static void add_residency(struct text *text, const struct record_residency *sample)
{
	uint64_t pages[2] = { 0 };

	for (size_t i = 0; i < sample->count; i++)
		pages[sample->range[i].swapped] += sample->range[i].pages;
	text_put(text, "pages in memory at ");
	text_safe(text, sample->why ? sample->why : "?");
	text_put(text, ": ");
	if (sample->unread) {
		text_put(text, "the process could not be looked at: ");
		text_safe(text, sample->unread);
		return;
	}
	text_count(text, pages[0]);
	if (pages[1]) {
		text_put(text, ", swapped out ");
		text_count(text, pages[1]);
	}
	if (sample->part || !sample->last)
		text_printf(text, ", part %u%s", sample->part, sample->last ? ", the last" : "");
	if (sample->cut)
		text_put(text, "; not all are told");
}

void decode_event(const struct view *view, struct text *text, const struct record *record)
{
	switch (record->type) {
	case RECORD_PROCESS:
		add_process(text, record);
		break;
	case RECORD_SNAPSHOT:
		add_snapshot(text, &record->snapshot);
		break;
	case RECORD_MARK:
		view_begin(view, text, TONE_STRONG);
		text_put(text, "mark ");
		text_safe(text, record->mark.label ? record->mark.label : "");
		view_end(view, text, TONE_STRONG);
		break;
	case RECORD_LOSS:
		view_begin(view, text, TONE_BAD);
		text_printf(text, "LOST %llu records", (unsigned long long)record->loss.count);
		text_put(text, record->loss.why ? ": " : "");
		text_safe(text, record->loss.why ? record->loss.why : "");
		view_end(view, text, TONE_BAD);
		break;
	case RECORD_NOTE:
		/* without a text it is for programs: what the tracer found out about itself */
		if (record->note.text)
			add_note(view, text, &record->note);
		break;
	case RECORD_CHECK:
		add_check(view, text, &record->check);
		break;
	case RECORD_RESIDENCY:
		add_residency(text, &record->residency);
		break;
	default:
		break;
	}
}
