#include <stdlib.h>
#include <string.h>

#include "../report/jout.h"
#include "../report/text.h"
#include "../util/alloc.h"
#include "diff.h"

#define PLACE 30 /* columns up to the place */

static const char *const kinds[] = { "appeared", "vanished", "changed" };
static const enum tone tones[] = { TONE_BAD, TONE_WARN, TONE_STRONG };

/* What is counted of a place, in the order in which it is told. */
static const struct count {
	const char *words, *key;
	size_t at;
} counts[] = {
	{ "calls", "calls", offsetof(struct site_sums, calls) },
	{ "failed", "failed", offsetof(struct site_sums, failed) },
	{ "pages locked", "pages_locked", offsetof(struct site_sums, locked) },
	{ "pages W+X", "pages_wx", offsetof(struct site_sums, wx) },
	{ "pages W to X", "pages_w_to_x", offsetof(struct site_sums, to_exec) },
	{ "pages X to W", "pages_x_to_w", offsetof(struct site_sums, to_write) },
};

#define COUNTS (sizeof(counts) / sizeof(counts[0]))

static uint64_t count_of(const struct site *site, size_t i)
{
	return site ? *(const uint64_t *)((const char *)&site->sums + counts[i].at) : 0;
}

/* ---- text ---- */

/* "a < b < c": the caller behind the function. */
static void add_place(struct text *text, const char *key)
{
	if (!*key)
		text_put(text, "(no stack)");
	for (; *key; key++) {
		if (*key == '\n')
			text_put(text, " < ");
		else
			text_printf(text, "%c", *key);
	}
}

static void add_change(struct text *text, const char *words, uint64_t old, uint64_t new, bool both)
{
	text_printf(text, "  %s ", words);
	if (both) {
		text_count(text, old);
		text_put(text, " -> ");
	}
	text_count(text, both ? new : old + new);
}

static void print_site(const struct view *view, const struct site_change *change)
{
	const struct site *site = change->new ? change->new : change->old;
	bool both = change->kind == CHANGE_CHANGED;
	struct text line = { 0 };

	view_tone(view, &line, tones[change->kind], kinds[change->kind]);
	text_pad(&line, 0, 10);
	text_put(&line, call_table[site->call].name);
	text_pad(&line, 0, PLACE);
	add_place(&line, site->key);
	for (size_t i = 0; i < COUNTS; i++)
		if (both ? count_of(change->old, i) != count_of(change->new, i) : count_of(site, i))
			add_change(&line, counts[i].words, count_of(change->old, i), count_of(change->new, i), both);
	view_line(view, &line, PLACE);
	text_free(&line);
}

static void print_finding(const struct view *view, const struct finding_change *change)
{
	const struct side_finding *finding = change->new ? change->new : change->old;
	struct text line = { 0 };

	view_tone(view, &line, tones[change->kind], kinds[change->kind]);
	text_pad(&line, 0, 10);
	text_printf(&line, "%s", severity_name(finding->severity));
	text_pad(&line, 0, 19);
	text_printf(&line, "%s ", rule_table[finding->rule].name);
	text_pad(&line, 0, PLACE + 12);
	add_place(&line, finding->place);
	add_change(&line, "times", change->old ? change->old->count : 0, change->new ? change->new->count : 0,
		   change->kind == CHANGE_CHANGED);
	view_line(view, &line, PLACE);
	text_free(&line);
}

static void add_number(struct text *line, size_t number, const char *one, const char *many)
{
	text_count(line, number);
	text_printf(line, " %s", number == 1 ? one : many);
}

void diff_text(const struct view *view, const struct diff *diff)
{
	struct text line = { 0 };

	for (size_t i = 0; i < diff->sites; i++)
		print_site(view, &diff->site[i]);
	for (size_t i = 0; i < diff->findings; i++)
		print_finding(view, &diff->finding[i]);
	add_number(&line, diff->sites, "place differs, ", "places differ, ");
	add_number(&line, diff->same_sites, "does not; ", "do not; ");
	add_number(&line, diff->findings, "finding differs, ", "findings differ, ");
	add_number(&line, diff->same_findings, "does not", "do not");
	view_line(view, &line, 4);
	text_free(&line);
}

/* ---- JSON ---- */

/* A line of a key as "module" and "function". */
static void json_frame(struct jout *json, const char *line, size_t length)
{
	char *module = alloc_copy(line, length), *function = strchr(module, '!');

	if (function)
		*function++ = '\0';
	jout_object(json, NULL);
	jout_string(json, "module", strcmp(module, "?") ? module : NULL);
	jout_string(json, "function", function);
	jout_end(json);
	free(module);
}

static void json_place(struct jout *json, const char *key)
{
	jout_array(json, "place");
	while (*key) {
		size_t length = strcspn(key, "\n");

		json_frame(json, key, length);
		key += length + (key[length] == '\n');
	}
	jout_end(json);
}

static void json_sums(struct jout *json, const char *key, const struct site *site)
{
	if (!site) {
		jout_null(json, key);
		return;
	}
	jout_object(json, key);
	for (size_t i = 0; i < COUNTS; i++)
		jout_number(json, counts[i].key, count_of(site, i));
	jout_end(json);
}

static void json_site(struct jout *json, const struct site_change *change)
{
	const struct site *site = change->new ? change->new : change->old;

	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "change", kinds[change->kind]);
	jout_string(json, "call", call_table[site->call].name);
	json_place(json, site->key);
	json_sums(json, "old", change->old);
	json_sums(json, "new", change->new);
	jout_end(json);
}

static void json_finding(struct jout *json, const struct finding_change *change)
{
	const struct side_finding *finding = change->new ? change->new : change->old;

	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "change", kinds[change->kind]);
	jout_string(json, "rule", rule_table[finding->rule].name);
	jout_string(json, "severity", severity_name(finding->severity));
	jout_string(json, "fingerprint", finding->fingerprint);
	json_place(json, finding->place);
	jout_number(json, "old", change->old ? change->old->count : 0);
	jout_number(json, "new", change->new ? change->new->count : 0);
	jout_end(json);
}

void diff_json(const struct view *view, const struct diff *diff)
{
	struct jout json = { .out = view->out };

	jout_object(&json, NULL);
	jout_bool(&json, "old_complete", diff->old_complete);
	jout_bool(&json, "new_complete", diff->new_complete);
	jout_number(&json, "same_sites", diff->same_sites);
	jout_number(&json, "same_findings", diff->same_findings);
	jout_array(&json, "sites");
	for (size_t i = 0; i < diff->sites; i++)
		json_site(&json, &diff->site[i]);
	jout_end(&json);
	jout_line(&json);
	jout_array(&json, "findings");
	for (size_t i = 0; i < diff->findings; i++)
		json_finding(&json, &diff->finding[i]);
	jout_end(&json);
	jout_end(&json);
	jout_line(&json);
}
