/* out_text.c - a verdict for people: what fails with its evidence, the rest a line each, and the verdict last. */
#include <string.h>

#include "../audit/words.h"
#include "../report/findings.h"
#include "../report/frame.h"
#include "../report/statement.h"
#include "out.h"

/* Of the stack of an expectation. */
#define FRAMES_SHOWN 6

static void put_tone(const struct verdict_report *report, struct text *line, enum tone tone, const char *word)
{
	size_t from = line->length;

	view_tone(report->view, line, tone, word);
	text_pad(line, from, 9);
}

/* ---- what fails, and what is shown ---- */

static void print_fingerprint(const struct verdict_report *report, const struct verdict_item *item)
{
	struct text line = { 0 };

	text_printf(&line, "    %s, fingerprint %s", item->state == VERDICT_FAILS ? "fails" : "does not fail",
		    item->fingerprint);
	if (item->known_count)
		text_printf(&line, "; in the baseline %s", times_of(item->known_count).at);
	view_line(report->view, &line, 4);
	text_free(&line);
}

static void print_finding(const struct verdict_report *report, const struct verdict_item *item)
{
	const struct findings_report findings = {
		.view = report->view, .evidence = report->evidence, .symbols = report->symbols,
		.all_frames = report->all_frames,
	};
	struct finding finding = *item->finding;

	finding.severity = item->severity;
	finding_print(&findings, &finding);
}

static void print_demand(const struct verdict_report *report, const struct verdict_item *item)
{
	const struct evidence_record *record = evidence_find(report->evidence, item->seq);
	struct text line = { 0 };

	view_tone(report->view, &line, TONE_BAD, severity_name(item->severity));
	text_printf(&line, "  %s", item->rule);
	if (item->pages)
		text_printf(&line, "  %s at 0x%llx", pages_of(item->pages).at, (unsigned long long)item->addr);
	view_line(report->view, &line, 4);
	text_put(&line, "    Expected: ");
	text_safe(&line, item->title);
	text_put(&line, ". ");
	text_safe(&line, item->message);
	view_prose(report->view, &line, 4);
	if (record)
		evidence_print(report->view, record, report->symbols, 4, report->all_frames ? 0 : FRAMES_SHOWN);
	text_free(&line);
}

static void print_whole(const struct verdict_report *report, const struct verdict_item *item)
{
	struct text blank = { 0 };

	view_line(report->view, &blank, 0);
	(item->finding ? print_finding : print_demand)(report, item);
	print_fingerprint(report, item);
	text_free(&blank);
}

/* ---- a line each ---- */

static void print_brief(const struct verdict_report *report, const struct verdict_item *item)
{
	struct text line = { 0 };

	put_tone(report, &line, item->state == VERDICT_MET ? TONE_GOOD : TONE_DIM, verdict_state_name(item->state));
	text_put(&line, item->rule);
	text_put(&line, "  ");
	if (item->finding)
		frame_brief(&line, item->stack ? symbols_caller(report->symbols, item->stack) : NULL);
	else
		text_safe(&line, item->title);
	if (item->finding)
		text_printf(&line, "%s%s", item->stack ? "  " : "", times_of(item->count).at);
	if (item->state == VERDICT_KNOWN && item->finding && item->count > item->known_count)
		text_printf(&line, ", more than the baseline's %llu", (unsigned long long)item->known_count);
	if (item->reason || item->state == VERDICT_MET) {
		text_put(&line, ": ");
		text_safe(&line, item->reason ? item->reason : item->message);
	}
	view_line(report->view, &line, 9);
	text_free(&line);
}

/* "gone     lock-refused  keys!key_load  0123456789abcdef: in the baseline, not found any more" */
static void print_gone(const struct verdict_report *report, size_t index)
{
	const struct verdict *verdict = report->verdict;
	const char *place = verdict->gone_place[index];
	struct text line = { 0 };

	put_tone(report, &line, TONE_DIM, "gone");
	text_safe(&line, verdict->gone_rule[index]);
	text_printf(&line, "  %.*s", (int)strcspn(place, "\n"), place);
	text_printf(&line, "  %s: in the baseline, not found any more", verdict->gone[index]);
	view_line(report->view, &line, 9);
	text_free(&line);
}

static void print_rest(const struct verdict_report *report)
{
	const struct verdict *verdict = report->verdict;
	struct text line = { 0 };

	if (verdict->count > verdict->by_state[VERDICT_FAILS] + verdict->by_state[VERDICT_SHOWN] || verdict->gone_count)
		view_line(report->view, &line, 0);
	for (size_t i = 0; i < verdict->count; i++)
		if (verdict->item[i].state > VERDICT_SHOWN)
			print_brief(report, &verdict->item[i]);
	for (size_t i = 0; i < verdict->gone_count; i++)
		print_gone(report, i);
	for (size_t i = 0; i < verdict->allows; i++) {
		if (verdict->allow_used[i])
			continue;
		put_tone(report, &line, TONE_DIM, "unused");
		text_printf(&line, "allow[%zu] of the policy allowed nothing", i);
		view_line(report->view, &line, 9);
	}
	text_free(&line);
}

/* ---- the verdict ---- */

static void put_count(struct text *line, size_t count, const char *what, const char **between)
{
	if (!count)
		return;
	text_printf(line, "%s%zu %s%s", *between, count, what, count == 1 ? "" : "s");
	*between = ", ";
}

static void put_failures(struct text *line, const struct verdict *verdict)
{
	size_t by_severity[SEVERITY_COUNT] = { 0 }, by_kind[VERDICT_KINDS] = { 0 };
	const char *between = "";

	for (size_t i = 0; i < verdict->count && verdict->item[i].state == VERDICT_FAILS; i++) {
		by_severity[verdict->item[i].severity] += verdict->item[i].kind == VERDICT_FINDING;
		by_kind[verdict->item[i].kind]++;
	}
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		put_count(line, by_severity[i], severity_name(i), &between);
	put_count(line, by_kind[VERDICT_EXPECTATION], "broken expectation", &between);
	put_count(line, by_kind[VERDICT_BUDGET], "exceeded budget", &between);
}

static void put_others(struct text *line, const struct verdict *verdict)
{
	static const char *const words[] = { NULL, "below the level that fails", "allowed", "known", "met" };
	const char *between = " (";

	for (unsigned i = VERDICT_SHOWN; i < VERDICT_STATES; i++) {
		if (!verdict->by_state[i])
			continue;
		text_printf(line, "%s%zu %s", between, verdict->by_state[i], words[i]);
		between = ", ";
	}
	text_put(line, *between == ' ' ? "" : ")");
}

static void print_verdict(const struct verdict_report *report)
{
	const struct verdict *verdict = report->verdict;
	struct text line = { 0 };
	const size_t failures = verdict->by_state[VERDICT_FAILS];

	view_line(report->view, &line, 0);
	text_put(&line, "verdict: ");
	if (!verdict->complete)
		view_tone(report->view, &line, TONE_WARN, "none");
	else
		view_tone(report->view, &line, failures ? TONE_BAD : TONE_GOOD, failures ? "FAIL" : "clean");
	if (!verdict->complete) {
		text_put(&line, ", the log is not complete: ");
		text_safe(&line, verdict->incomplete_because);
		text_put(&line, failures ? "; found all the same: " : "; in what there is nothing fails");
	} else if (failures) {
		text_put(&line, ", ");
	}
	put_failures(&line, verdict);
	put_others(&line, verdict);
	view_line(report->view, &line, 4);
	text_free(&line);
}

static void print_head(const struct verdict_report *report)
{
	const struct verdict *verdict = report->verdict;
	struct text line = { 0 };

	statement_print(report->view, report->coverage, "");
	text_put(&line, "policy: ");
	text_safe(&line, verdict->policy ? verdict->policy : "none");
	if (verdict->fails_never)
		text_put(&line, ", no finding fails");
	else
		text_printf(&line, ", %ss%s fail", severity_name(verdict->fail_on),
			    verdict->fail_on == SEVERITY_ERROR ? "" : " and worse");
	if (verdict->baseline) {
		text_put(&line, "; baseline: ");
		text_safe(&line, verdict->baseline);
	}
	view_line(report->view, &line, 4);
	text_free(&line);
}

void verdict_text(const struct verdict_report *report)
{
	print_head(report);
	for (size_t i = 0; i < report->verdict->count; i++)
		if (report->verdict->item[i].state <= VERDICT_SHOWN)
			print_whole(report, &report->verdict->item[i]);
	print_rest(report);
	print_verdict(report);
}
