#include "statement.h"

#include <string.h>

/* In a line for people. */
#define TOLD_MAX 4

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

void statement_print(const struct view *view, const struct coverage *coverage, const char *head)
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

void statement_json(struct jout *json, const struct coverage *coverage)
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
