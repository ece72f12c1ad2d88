/* out_json.c - a verdict as one JSON object. */
#include "../report/frame.h"
#include "../report/statement.h"
#include "out.h"

static void item_json(const struct verdict_report *report, struct jout *json, const struct verdict_item *item)
{
	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "kind", verdict_kind_name(item->kind));
	jout_string(json, "state", verdict_state_name(item->state));
	jout_string(json, "rule", item->rule);
	jout_string(json, "severity", severity_name(item->severity));
	jout_string(json, "title", item->title);
	jout_string(json, "message", item->message);
	jout_string(json, "fingerprint", item->fingerprint);
	if (item->reason)
		jout_string(json, "reason", item->reason);
	jout_seq(json, "seq", item->seq);
	jout_number(json, "t", item->t_ns);
	jout_signed(json, "pid", item->pid);
	jout_signed(json, "tid", item->tid);
	if (item->addr)
		jout_hex(json, "addr", item->addr);
	else
		jout_null(json, "addr");
	jout_number(json, "pages", item->pages);
	jout_number(json, "count", item->count);
	if (item->known_count)
		jout_number(json, "known_count", item->known_count);
	if (item->finding) {
		jout_string(json, "exe", item->finding->exe);
		jout_array(json, "related");
		for (size_t i = 0; i < item->finding->relateds; i++)
			jout_number(json, NULL, item->finding->related[i]);
		jout_end(json);
	}
	frame_stack_json(json, report->symbols, item->stack);
	jout_end(json);
}

static void head_json(const struct verdict_report *report, struct jout *json)
{
	const struct verdict *verdict = report->verdict;
	const size_t failures = verdict->by_state[VERDICT_FAILS];

	jout_string(json, "verdict", !verdict->complete ? "none" : failures ? "fail" : "clean");
	jout_number(json, "status", (uint64_t)verdict_status(verdict));
	jout_string(json, "log", verdict->log);
	jout_string(json, "policy", verdict->policy);
	jout_string(json, "fail_on", verdict->fails_never ? "never" : severity_name(verdict->fail_on));
	jout_string(json, "baseline", verdict->baseline);
	jout_bool(json, "complete", verdict->complete);
	if (!verdict->complete)
		jout_string(json, "because", verdict->incomplete_because);
	jout_object(json, "count");
	for (unsigned i = 0; i < VERDICT_STATES; i++)
		jout_number(json, verdict_state_name(i), verdict->by_state[i]);
	jout_end(json);
}

void verdict_json(const struct verdict_report *report)
{
	const struct verdict *verdict = report->verdict;
	struct jout json = { .out = report->view->out };

	jout_object(&json, NULL);
	head_json(report, &json);
	statement_json(&json, report->coverage);
	jout_array(&json, "items");
	for (size_t i = 0; i < verdict->count; i++)
		item_json(report, &json, &verdict->item[i]);
	jout_line(&json);
	jout_end(&json);
	jout_array(&json, "gone");
	for (size_t i = 0; i < verdict->gone_count; i++) {
		jout_object(&json, NULL);
		jout_string(&json, "rule", verdict->gone_rule[i]);
		jout_string(&json, "fingerprint", verdict->gone[i]);
		jout_end(&json);
	}
	jout_end(&json);
	jout_array(&json, "unused");
	for (size_t i = 0; i < verdict->allows; i++)
		if (!verdict->allow_used[i])
			jout_number(&json, NULL, i);
	jout_end(&json);
	jout_end(&json);
	jout_line(&json);
}
