#include "coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

static void add_thread(struct coverage *coverage, const struct record *record)
{
	uint64_t key = (uint64_t)(uint32_t)record->pid << 32 | (uint32_t)record->tid;

	if (!record->tid || key == coverage->last_thread)
		return;
	coverage->last_thread = key;
	if (table_find(&coverage->seen, key))
		return;
	table_add(&coverage->seen, key, coverage);
	coverage->threads++;
}

/* The pid of one that ended is the next one's first thread, and need not be remembered until then. */
static void add_process(struct coverage *coverage, const struct record *record)
{
	const enum process_event event = record->process.event;
	const uint64_t first = (uint64_t)(uint32_t)record->pid << 32 | (uint32_t)record->pid;

	coverage->processes += event == PROCESS_START || event == PROCESS_FORK;
	if (event != PROCESS_EXIT)
		return;
	table_remove(&coverage->seen, first);
	if (coverage->last_thread == first)
		coverage->last_thread = 0;
}

static void add_call(struct coverage *coverage, const struct record *record)
{
	const enum call_via via = record->call.via;

	coverage->calls++;
	coverage->plt += via == VIA_PLT;
	coverage->site += via == VIA_SITE;
	coverage->syscall += via == VIA_SYSCALL;
	add_thread(coverage, record);
}

static char *copy(const char *text)
{
	return alloc_copy(text, strlen(text));
}

static void add_gap(struct coverage_gaps *gaps, const char *what, const char *why)
{
	gaps->found++;
	for (size_t i = 0; i < gaps->named; i++) {
		if (strcmp(gaps->gap[i].what, what) || strcmp(gaps->gap[i].why, why))
			continue;
		gaps->gap[i].count++;
		return;
	}
	gaps->count++;
	if (gaps->named == COVERAGE_NAMED)
		return;
	gaps->gap = alloc_resize(gaps->gap, gaps->named + 1, sizeof(*gaps->gap));
	gaps->gap[gaps->named++] = (struct coverage_gap){copy(what), copy(why), 1};
}

static void add_sites(struct coverage *coverage, const struct record_note *note)
{
	char why[128];

	coverage->no_sites |= note->off;
	if (note->off || (note->rewritten >= note->found && !note->error))
		return;
	snprintf(why, sizeof(why), "%llu of %llu call sites%s%.40s", (unsigned long long)note->rewritten,
		 (unsigned long long)note->found, note->error ? ", " : "", note->error ? note->error : "");
	add_gap(&coverage->uncovered, note->object ? note->object : "?", why);
}

/* The names of its calls, as many as fit: there are no more than rows in calls.def. */
static void add_object(struct coverage *coverage, const struct record_note *note)
{
	char why[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < note->calls && used < sizeof(why); i++)
		used += (size_t)snprintf(why + used, sizeof(why) - used, "%s%.40s", i ? ", " : "", note->call[i]);
	add_gap(&coverage->uncovered, note->path ? note->path : "?", why);
}

static void add_note(struct coverage *coverage, const struct record_note *note)
{
	if (!note->what)
		return;
	if (!strcmp(note->what, "untraced"))
		add_gap(&coverage->untraced, note->path ? note->path : "the program", note->text ? note->text : "");
	else if (!strcmp(note->what, "sites"))
		add_sites(coverage, note);
	else if (!strcmp(note->what, "not-covered"))
		add_object(coverage, note);
}

static void add_check(struct coverage *coverage, const struct record_check *check)
{
	if (check->unread)
		return;
	coverage->checks++;
	coverage->checked += check->pages;
	coverage->differing += check->differ;
}

void coverage_add(struct coverage *coverage, const struct record *record)
{
	switch (record->type) {
	case RECORD_PROCESS:
		add_process(coverage, record);
		break;
	case RECORD_CALL:
		add_call(coverage, record);
		break;
	case RECORD_MARK:
		add_thread(coverage, record);
		break;
	case RECORD_SNAPSHOT:
		coverage->snapshots++;
		break;
	case RECORD_LOSS:
		coverage->losses += record->loss.count;
		break;
	case RECORD_NOTE:
		add_note(coverage, &record->note);
		break;
	case RECORD_CHECK:
		add_check(coverage, &record->check);
		break;
	case RECORD_TRAILER:
		coverage->ended = true;
		coverage->complete = record->trailer.complete;
		coverage->revealed = record->trailer.revealed;
		break;
	default:
		break;
	}
}

static void free_gaps(struct coverage_gaps *gaps)
{
	for (size_t i = 0; i < gaps->named; i++) {
		free(gaps->gap[i].what);
		free(gaps->gap[i].why);
	}
	free(gaps->gap);
}

void coverage_free(struct coverage *coverage)
{
	free_gaps(&coverage->untraced);
	free_gaps(&coverage->uncovered);
	table_clear(&coverage->seen, NULL);
	memset(coverage, 0, sizeof(*coverage));
}
