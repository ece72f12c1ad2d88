#include "coverage.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

/* In a line for people. */
#define TOLD_MAX 4

/* ---- counting ---- */

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

static void add_call(struct coverage *coverage, const struct record *record)
{
	const char *via = record->call.via ? record->call.via : "";

	coverage->calls++;
	coverage->plt += !strcmp(via, "plt");
	coverage->site += !strcmp(via, "site");
	coverage->syscall += !strcmp(via, "syscall");
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
	struct text why = {0};

	coverage->no_sites |= note->off;
	if (note->off || (note->rewritten >= note->found && !note->error))
		return;
	text_printf(&why, "%llu of %llu call sites", (unsigned long long)note->rewritten,
		    (unsigned long long)note->found);
	if (note->error)
		text_printf(&why, ", %s", note->error);
	add_gap(&coverage->uncovered, note->object ? note->object : "?", text_read(&why));
	text_free(&why);
}

static void add_object(struct coverage *coverage, const struct record_note *note)
{
	struct text why = {0};

	for (size_t i = 0; i < note->calls; i++)
		text_printf(&why, "%s%s", i ? ", " : "", note->call[i]);
	add_gap(&coverage->uncovered, note->path ? note->path : "?", text_read(&why));
	text_free(&why);
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
		coverage->processes += record->process.event == PROCESS_START || record->process.event == PROCESS_FORK;
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

/* ---- in words ---- */

static void put_amount(struct text *line, uint64_t count, const char *what, const char *plural)
{
	text_count(line, count);
	text_printf(line, " %s%s", what, count == 1 ? "" : plural);
}

static void put_way(struct text *line, const char *way, uint64_t count, const char **before)
{
	if (!count)
		return;
	text_printf(line, "%s%s ", *before, way);
	text_count(line, count);
	*before = ", ";
}

static void put_seen(struct text *line, const struct coverage *coverage)
{
	const char *before = " (";

	put_amount(line, coverage->processes, "process", "es");
	text_put(line, ", ");
	put_amount(line, coverage->threads, "thread", "s");
	text_put(line, ", ");
	put_amount(line, coverage->calls, "call", "s");
	put_way(line, "plt", coverage->plt, &before);
	put_way(line, "site", coverage->site, &before);
	put_way(line, "syscall", coverage->syscall, &before);
	text_put(line, before[0] == ',' ? ")" : "");
}

static void put_gaps(struct text *line, const char *head, const struct coverage_gaps *gaps)
{
	if (!gaps->count)
		return;
	text_put(line, head);
	for (size_t i = 0; i < gaps->named && i < TOLD_MAX; i++) {
		text_put(line, i ? ", " : "");
		text_safe(line, gaps->gap[i].what);
		text_put(line, " (");
		text_safe(line, gaps->gap[i].why);
		text_put(line, ")");
		if (gaps->gap[i].count > 1)
			text_printf(line, " x%llu", (unsigned long long)gaps->gap[i].count);
	}
	if (gaps->count > TOLD_MAX) {
		text_put(line, " and ");
		text_count(line, gaps->count - TOLD_MAX);
		text_put(line, " more");
	}
}

static bool is_missing(const struct coverage *coverage)
{
	return !coverage->complete || coverage->losses || coverage->no_sites || coverage->untraced.count ||
	       coverage->uncovered.count || coverage->revealed || coverage->differing;
}

static void put_missing(struct text *line, const struct coverage *coverage)
{
	if (coverage->losses) {
		text_put(line, "; lost ");
		put_amount(line, coverage->losses, "record", "s");
	}
	if (coverage->no_sites)
		text_put(line, "; libc's own calls not looked for");
	put_gaps(line, "; not traced: ", &coverage->untraced);
	put_gaps(line, "; not covered: ", &coverage->uncovered);
	if (coverage->revealed) {
		text_put(line, "; ");
		put_amount(line, coverage->revealed, "page", "s");
		text_put(line, " known from snapshots alone");
	}
	if (!coverage->ended)
		text_put(line, "; the log ends early");
	else if (!coverage->complete)
		text_put(line, "; the log is not complete");
}

static void put_verified(struct text *line, const struct coverage *coverage)
{
	if (!coverage->checks)
		return;
	text_put(line, "; verified ");
	put_amount(line, coverage->checked, "page", "s");
	text_put(line, ", ");
	text_count(line, coverage->differing);
	text_put(line, " differ");
}

void coverage_print(const struct view *view, const struct coverage *coverage, const char *head)
{
	enum tone tone = is_missing(coverage) ? TONE_WARN : TONE_DIM;
	struct text line = {0};

	text_put(&line, head);
	view_begin(view, &line, tone);
	text_put(&line, "coverage: ");
	put_seen(&line, coverage);
	if (is_missing(coverage))
		put_missing(&line, coverage);
	else
		text_put(&line, ": nothing missing");
	put_verified(&line, coverage);
	view_end(view, &line, tone);
	view_line(view, &line, 4);
	text_free(&line);
}

/* ---- for programs ---- */

static void gaps_json(struct jout *json, const char *key, const struct coverage_gaps *gaps)
{
	jout_array(json, key);
	for (size_t i = 0; i < gaps->named; i++) {
		jout_object(json, NULL);
		jout_string(json, "what", gaps->gap[i].what);
		jout_string(json, "why", gaps->gap[i].why);
		jout_number(json, "count", gaps->gap[i].count);
		jout_end(json);
	}
	jout_end(json);
}

void coverage_json(struct jout *json, const struct coverage *coverage)
{
	jout_object(json, "coverage");
	jout_number(json, "processes", coverage->processes);
	jout_number(json, "threads", coverage->threads);
	jout_number(json, "calls", coverage->calls);
	jout_object(json, "by_via");
	jout_number(json, "plt", coverage->plt);
	jout_number(json, "site", coverage->site);
	jout_number(json, "syscall", coverage->syscall);
	jout_end(json);
	jout_number(json, "losses", coverage->losses);
	jout_number(json, "snapshots", coverage->snapshots);
	jout_number(json, "revealed_pages", coverage->revealed);
	jout_bool(json, "complete", coverage->complete);
	jout_bool(json, "sites", !coverage->no_sites);
	gaps_json(json, "untraced", &coverage->untraced);
	gaps_json(json, "not_covered", &coverage->uncovered);
	if (coverage->checks) {
		jout_number(json, "checked_pages", coverage->checked);
		jout_number(json, "differing_pages", coverage->differing);
	}
	jout_end(json);
}
