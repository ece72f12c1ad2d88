#include "survey.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

#define MARKS_MAX 4096	/* a label made from a counter must not fill the memory */

static char *copy(const char *string)
{
	return string ? alloc_copy(string, strlen(string)) : NULL;
}

static uint64_t key_of(int32_t pid)
{
	return (uint32_t)pid;
}

/* A table holds pointers: an index goes as the address of that number, and 0 as none. */
static void *from_index(size_t index)
{
	return (void *)(uintptr_t)index;
}

static size_t to_index(const void *value)
{
	return (size_t)(uintptr_t)value;
}

static struct survey_process *current(const struct survey *survey, int32_t pid)
{
	size_t at = to_index(table_find(&survey->newest, key_of(pid)));

	return at ? &survey->process[at - 1] : NULL;
}

static struct survey_process *begin_process(struct survey *survey, const struct record *record)
{
	size_t older = to_index(table_find(&survey->newest, key_of(record->pid))), index = survey->free;

	if (index) {
		survey->free = survey->process[index - 1].older;
	} else {
		survey->process = alloc_resize(survey->process, survey->processes + 1, sizeof(*survey->process));
		index = ++survey->processes;
	}
	survey->process[index - 1] = (struct survey_process){ .pid = record->pid, .first_seq = record->seq,
							      .first_ns = record->t_ns, .older = older };
	table_put(&survey->newest, key_of(record->pid), from_index(index));
	return &survey->process[index - 1];
}

/* All that had the pid. */
static void forget(struct survey *survey, int32_t pid)
{
	size_t index = to_index(table_remove(&survey->newest, key_of(pid)));

	while (index) {
		struct survey_process *process = &survey->process[index - 1];
		size_t older = process->older;

		free(process->exe);
		*process = (struct survey_process){ .older = survey->free };
		survey->free = index;
		index = older;
	}
}

static void add_replaced(struct survey *survey, uint64_t seq)
{
	table_put(&survey->replaced, seq, survey);
}

/* The next exec record of the pid decides on its last execve. */
static void settle_exec(struct survey *survey, struct survey_process *process)
{
	if (process->exec)
		add_replaced(survey, process->exec);
	process->exec = 0;
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
		settle_exec(survey, process);
		set_program(process, &record->process);
		break;
	case PROCESS_EXIT:
		if (survey->forgets)
			forget(survey, record->pid);
		break;
	}
}

/*
 * The execve of a vfork or posix_spawn child is on record when its slot is given up, which may be after the new
 * program's start: it then began before the process did.
 */
static bool began_before(const struct survey_process *process, const struct record *record)
{
	return !process->forked && process->first_seq < record->seq && record->t_ns < process->first_ns;
}

static void add_exec(struct survey *survey, struct survey_process *process, const struct record *record)
{
	process->exec = 0;
	if (record->call.has & HAS_RET)
		return;
	if (began_before(process, record))
		add_replaced(survey, record->seq);
	else
		process->exec = record->seq;
}

static struct survey_process *add_call(struct survey *survey, const struct record *record)
{
	struct survey_process *process = current(survey, record->pid);

	if (!process)
		process = begin_process(survey, record);
	if (!process->first_call)
		process->first_call = record->seq;
	if (record->call.call == CALL_execve)
		add_exec(survey, process, record);
	return process;
}

/* FNV-1a */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

static void add_mark(struct survey *survey, const struct record *record)
{
	const char *label = record->mark.label ? record->mark.label : "";
	const uint64_t hash = hash_of(label);
	size_t newest = to_index(table_find(&survey->labels, hash));

	for (size_t at = newest; at; at = survey->mark[at - 1].next) {
		if (strcmp(survey->mark[at - 1].label, label))
			continue;
		survey->mark[at - 1].count++;
		return;
	}
	if (survey->marks == MARKS_MAX)
		return;
	survey->mark = alloc_resize(survey->mark, survey->marks + 1, sizeof(*survey->mark));
	survey->mark[survey->marks++] = (struct survey_mark){ copy(label), record->seq, 1, newest };
	table_put(&survey->labels, hash, from_index(survey->marks));
}

static void add_trailer(struct survey *survey, const struct record_trailer *trailer)
{
	survey->has_trailer = true;
	survey->lines_told = trailer->lines;
	survey->complete = trailer->complete && (!trailer->lines || trailer->lines == survey->lines);
	survey->coverage.complete = survey->complete;
	if (trailer->losses > survey->losses)
		survey->losses = trailer->losses;
}

void survey_add(struct survey *survey, const struct record *record)
{
	struct survey_process *process = NULL;

	survey->lines++;
	coverage_add(&survey->coverage, record);
	switch (record->type) {
	case RECORD_HEADER:
		survey->page_bytes = record->header.page_bytes;
		break;
	case RECORD_PROCESS:
		add_process(survey, record);
		break;
	case RECORD_CALL:
		process = add_call(survey, record);
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
	process = process ? process : current(survey, record->pid);
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
	table_clear(&survey->newest, NULL);
	table_clear(&survey->labels, NULL);
	table_clear(&survey->replaced, NULL);
	*survey = (struct survey){ 0 };
}

const struct survey_process *survey_find_at(const struct survey *survey, int32_t pid, uint64_t seq)
{
	size_t at = to_index(table_find(&survey->newest, key_of(pid)));

	while (at && survey->process[at - 1].first_seq > seq)
		at = survey->process[at - 1].older;
	return at ? &survey->process[at - 1] : NULL;
}

const struct survey_process *survey_find(const struct survey *survey, int32_t pid)
{
	if (!pid)
		return survey->processes ? &survey->process[0] : NULL;
	return survey_find_at(survey, pid, UINT64_MAX);
}

bool survey_replaced(const struct survey *survey, const struct record *record)
{
	return record->type == RECORD_CALL && record->call.call == CALL_execve &&
	       table_find(&survey->replaced, record->seq);
}
