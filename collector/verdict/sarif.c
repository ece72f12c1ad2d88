/*
 * sarif.c - a verdict for code scanning: SARIF 2.1.0.
 *
 * Everything GitHub rejects an upload for is avoided: results without a place, rules without texts, more than 25,000
 * results in a run ("SARIF support for code scanning", GitHub Docs).
 */
#include "sarif.h"

#include <stdlib.h>

#include "../report/statement.h"
#include "repo.h"
#include "uri.h"

#define RESULTS_MOST 5000	/* GitHub shows no more; what fails comes first */

void sarif_message(struct jout *json, const char *key, const char *text)
{
	struct text doubled = { 0 };

	for (; *text; text++) {
		if (*text == '{' || *text == '}')
			text_printf(&doubled, "%c", *text);
		text_printf(&doubled, "%c", *text);
	}
	jout_object(json, key);
	jout_string(json, "text", text_read(&doubled));
	jout_end(json);
	text_free(&doubled);
}

/* ---- the run ---- */

static void put_tool(struct sarif *sarif)
{
	struct jout *json = &sarif->json;

	jout_object(json, "tool");
	jout_object(json, "driver");
	jout_string(json, "name", "pagetrail");
	jout_string(json, "version", sarif->report->verdict->tool_version);
	sarif_rules(sarif);
	jout_end(json);
	jout_end(json);
}

static void put_notification(struct jout *json, const char *level, const char *text)
{
	jout_object(json, NULL);
	jout_string(json, "level", level);
	sarif_message(json, "message", text);
	jout_end(json);
}

static size_t results_wanted(const struct verdict *verdict)
{
	return verdict->count - verdict->by_state[VERDICT_MET] + verdict->gone_count;
}

/* A verdict on an incomplete log is none; 3.20.14, 3.20.21. */
static void put_invocation(struct sarif *sarif)
{
	const struct verdict *verdict = sarif->report->verdict;
	size_t wanted = results_wanted(verdict);
	struct jout *json = &sarif->json;
	struct text text = { 0 };

	jout_line(json);
	jout_array(json, "invocations");
	jout_object(json, NULL);
	jout_bool(json, "executionSuccessful", verdict->complete);
	jout_array(json, "toolExecutionNotifications");
	if (!verdict->complete) {
		text_printf(&text, "The log is not complete, so this is no verdict: %s", verdict->incomplete_because);
		put_notification(json, "error", text_read(&text));
		text_clear(&text);
	}
	if (wanted > RESULTS_MOST) {
		text_printf(&text, "%zu of %zu results are left out", wanted - RESULTS_MOST, wanted);
		put_notification(json, "warning", text_read(&text));
	}
	jout_end(json);
	jout_end(json);
	jout_end(json);
	text_free(&text);
}

/* What a relative URI is relative to; it ends with a slash. 3.14.14. */
static void put_base(struct sarif *sarif)
{
	struct jout *json = &sarif->json;
	struct text uri = { 0 };

	uri_file(&uri, sarif->report->repo->path);
	text_put(&uri, "/");
	jout_object(json, "originalUriBaseIds");
	jout_object(json, "%SRCROOT%");
	jout_string(json, "uri", text_read(&uri));
	jout_end(json);
	jout_end(json);
	text_free(&uri);
}

static void put_results(struct sarif *sarif)
{
	const struct verdict *verdict = sarif->report->verdict;
	struct jout *json = &sarif->json;
	size_t most = RESULTS_MOST;

	jout_line(json);
	jout_array(json, "results");
	for (size_t i = 0; i < verdict->count && most; i++) {
		if (verdict->item[i].state == VERDICT_MET)
			continue;
		sarif_result(sarif, &verdict->item[i]);
		most--;
	}
	for (size_t i = 0; i < verdict->gone_count && most; i++, most--)
		sarif_absent(sarif, verdict->gone_rule[i], verdict->gone[i]);
	jout_line(json);
	jout_end(json);
}

static void put_properties(struct sarif *sarif)
{
	const struct verdict *verdict = sarif->report->verdict;
	struct jout *json = &sarif->json;

	jout_line(json);
	jout_object(json, "properties");
	jout_string(json, "log", verdict->log);
	if (verdict->policy)
		jout_string(json, "policy", verdict->policy);
	if (verdict->baseline)
		jout_string(json, "baseline", verdict->baseline);
	for (int state = 0; state < VERDICT_STATES; state++)
		jout_number(json, verdict_state_name((enum verdict_state)state), verdict->by_state[state]);
	statement_json(json, sarif->report->coverage);
	jout_end(json);
}

void verdict_sarif(const struct verdict_report *report)
{
	struct sarif sarif = { .json = { .out = report->view->out }, .report = report };
	struct jout *json = &sarif.json;

	sarif_demands(&sarif);
	jout_object(json, NULL);
	jout_string(json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	jout_string(json, "version", "2.1.0");
	jout_array(json, "runs");
	jout_object(json, NULL);
	put_tool(&sarif);
	put_invocation(&sarif);
	put_base(&sarif);
	put_results(&sarif);
	put_properties(&sarif);
	jout_end(json);
	jout_end(json);
	jout_end(json);
	jout_line(json);
	free(sarif.demand);
}
