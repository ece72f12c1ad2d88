#include "survey.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

#define MARKS_MAX 4096	/* a label made from a counter must not fill the memory */

/* An execve that has not returned, and may never: the next exec record of the pid decides. */
struct survey_exec {
	int32_t pid;
	uint64_t seq;
};

static char *copy(const char *string)
{
	return string ? alloc_copy(string, strlen(string)) : NULL;
}

static struct survey_process *current(struct survey *survey, int32_t pid)
{
	for (size_t i = survey->processes; i--;)
		if (survey->process[i].pid == pid)
			return &survey->process[i];
	return NULL;
}

static struct survey_process *begin_process(struct survey *survey, const struct record *record)
{
	struct survey_process *process;

	survey->process = alloc_resize(survey->process, survey->processes + 1, sizeof(*process));
	process = &survey->process[survey->processes++];
	*process = (struct survey_process){ .pid = record->pid, .first_seq = record->seq, .first_ns = record->t_ns };
	return process;
}

/* Kept ascending: the exec records of two processes may come in the other order than their calls did. */
static void add_replaced(struct survey *survey, uint64_t seq)
{
	size_t at = survey->replacements++;

	survey->replaced = alloc_resize(survey->replaced, survey->replacements, sizeof(*survey->replaced));
	for (; at && survey->replaced[at - 1] > seq; at--)
		survey->replaced[at] = survey->replaced[at - 1];
	survey->replaced[at] = seq;
}

static void settle_exec(struct survey *survey, int32_t pid)
{
	for (size_t i = survey->pendings; i--;) {
		if (survey->pending[i].pid != pid)
			continue;
		add_replaced(survey, survey->pending[i].seq);
		survey->pending[i] = survey->pending[--survey->pendings];
		return;
	}
}

static void forget_execs(struct survey *survey, int32_t pid)
{
	for (size_t i = survey->pendings; i--;)
		if (survey->pending[i].pid == pid)
			survey->pending[i] = survey->pending[--survey->pendings];
}

static void set_program(struct survey_process *process, const struct record_process *from)
{
	if (!from->exe)
		return;
	free(process->exe);
	process->exe = copy(from->exe);
}

/* A forked child runs its parent's program until it says otherwise. */
static void begin_child(struct survey *survey, const struct record *record)
{
	const struct survey_process *parent = survey_find_at(survey, record->process.ppid, record->seq);
	char *exe = parent ? copy(parent->exe) : NULL;
	struct survey_process *process;

	forget_execs(survey, record->pid);
	process = begin_process(survey, record);
	process->ppid = record->process.ppid;
	process->forked = record->process.event == PROCESS_FORK;
	process->exe = exe;
	set_program(process, &record->process);
}

static void add_process(struct survey *survey, const struct record *record)
{
	struct survey_process *process = current(survey, record->pid);

	switch (record->process.event) {
	case PROCESS_START:
	case PROCESS_FORK:
		begin_child(survey, record);
		break;
	case PROCESS_EXEC:
		if (!process)
			process = begin_process(survey, record);
		settle_exec(survey, record->pid);
		set_program(process, &record->process);
		break;
	case PROCESS_EXIT:
		break;
	}
}

/*
 * The execve of a vfork or posix_spawn child is on record when its slot is given up, which may be after the new
 * program's start: it then began before the process did.
 */
static bool began_before(const struct survey_process *process, const struct record *record)
{
	return process && !process->forked && process->first_seq < record->seq && record->t_ns < process->first_ns;
}

static void add_exec(struct survey *survey, const struct record *record)
{
	forget_execs(survey, record->pid);
	if (record->call.has & HAS_RET)
		return;
	if (began_before(current(survey, record->pid), record)) {
		add_replaced(survey, record->seq);
		return;
	}
	survey->pending = alloc_resize(survey->pending, survey->pendings + 1, sizeof(*survey->pending));
	survey->pending[survey->pendings++] = (struct survey_exec){ record->pid, record->seq };
}

static void add_call(struct survey *survey, const struct record *record)
{
	struct survey_process *process = current(survey, record->pid);

	if (!process)
		process = begin_process(survey, record);
	if (!process->first_call)
		process->first_call = record->seq;
	if (record->call.call == CALL_execve)
		add_exec(survey, record);
}

static void add_mark(struct survey *survey, const struct record *record)
{
	const char *label = record->mark.label ? record->mark.label : "";

	for (size_t i = 0; i < survey->marks; i++) {
		if (strcmp(survey->mark[i].label, label))
			continue;
		survey->mark[i].count++;
		return;
	}
	if (survey->marks == MARKS_MAX)
		return;
	survey->mark = alloc_resize(survey->mark, survey->marks + 1, sizeof(*survey->mark));
	survey->mark[survey->marks++] = (struct survey_mark){ copy(label), record->seq, 1 };
}

static void add_trailer(struct survey *survey, const struct record_trailer *trailer)
{
	survey->has_trailer = true;
	survey->complete = trailer->complete;
	if (trailer->losses > survey->losses)
		survey->losses = trailer->losses;
}

void survey_add(struct survey *survey, const struct record *record)
{
	struct survey_process *process;

	coverage_add(&survey->coverage, record);
	switch (record->type) {
	case RECORD_HEADER:
		survey->page_bytes = record->header.page_bytes;
		break;
	case RECORD_PROCESS:
		add_process(survey, record);
		break;
	case RECORD_CALL:
		add_call(survey, record);
		break;
	case RECORD_MARK:
		add_mark(survey, record);
		break;
	case RECORD_LOSS:
		survey->losses += record->loss.count;
		break;
	case RECORD_TRAILER:
		add_trailer(survey, &record->trailer);
		break;
	default:
		break;
	}
	if (record->seq <= survey->last_seq)
		return;
	survey->last_seq = record->seq;
	survey->last_ns = record->t_ns;
	process = current(survey, record->pid);
	if (process)
		process->last_seq = record->seq;
}

void survey_free(struct survey *survey)
{
	for (size_t i = 0; i < survey->processes; i++)
		free(survey->process[i].exe);
	for (size_t i = 0; i < survey->marks; i++)
		free(survey->mark[i].label);
	coverage_free(&survey->coverage);
	free(survey->process);
	free(survey->mark);
	free(survey->replaced);
	free(survey->pending);
	*survey = (struct survey){ 0 };
}

const struct survey_process *survey_find_at(const struct survey *survey, int32_t pid, uint64_t seq)
{
	for (size_t i = survey->processes; i--;)
		if (survey->process[i].pid == pid && survey->process[i].first_seq <= seq)
			return &survey->process[i];
	return NULL;
}

const struct survey_process *survey_find(const struct survey *survey, int32_t pid)
{
	if (!pid)
		return survey->processes ? &survey->process[0] : NULL;
	return survey_find_at(survey, pid, UINT64_MAX);
}

static int compare_seq(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool survey_replaced(const struct survey *survey, const struct record *record)
{
	return record->type == RECORD_CALL && record->call.call == CALL_execve && survey->replacements &&
	       bsearch(&record->seq, survey->replaced, survey->replacements, sizeof(record->seq), compare_seq);
}
