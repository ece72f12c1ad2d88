#include "findings.h"

#include "../audit/words.h"
#include "frame.h"
#include "statement.h"

/* Of each stack, unless all frames are asked for. */
#define FRAMES_SHOWN 6

bool finding_is_wanted(const struct findings_wanted *wanted, const struct finding *finding)
{
	return finding->severity <= wanted->least && (!wanted->by_rule || wanted->rule[finding->rule]);
}

static bool is_wanted(const struct findings_report *report, const struct finding *finding)
{
	return finding_is_wanted(report->wanted, finding);
}

void findings_evidence(const struct findings_report *report, struct evidence *evidence)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct finding *finding = report->finding[i];

		if (!is_wanted(report, finding))
			continue;
		evidence_want(evidence, finding->about.seq);
		for (size_t j = 0; j < finding->relateds; j++)
			evidence_want(evidence, finding->related[j]);
	}
}

/* ---- text ---- */

static enum tone tone_of(enum severity severity)
{
	return severity == SEVERITY_ERROR ? TONE_BAD : severity == SEVERITY_WARNING ? TONE_WARN : TONE_STRONG;
}

/* "error  lock-nested-release  1 page at 0x7f1000000000  17 times, #7 to #77" */
static void print_head(const struct findings_report *report, const struct finding *finding)
{
	struct text line = { 0 };

	view_tone(report->view, &line, tone_of(finding->severity), severity_name(finding->severity));
	text_printf(&line, "  %s", rule_table[finding->rule].name);
	if (finding->pages)
		text_printf(&line, "  %s", pages_of(finding->pages).at);
	if (finding->addr)
		text_printf(&line, " at 0x%llx", (unsigned long long)finding->addr);
	if (finding->count > 1)
		text_printf(&line, "  %s, #%llu to #%llu", times_of(finding->count).at,
			    (unsigned long long)finding->about.seq, (unsigned long long)finding->last_seq);
	view_line(report->view, &line, 4);
	text_free(&line);
}

static void put_sentence(struct text *line, const char *sentence)
{
	if (line->length && sentence && *sentence)
		text_put(line, " ");
	text_safe(line, sentence ? sentence : "");
}

void finding_message(struct text *text, const struct finding *finding)
{
	put_sentence(text, finding->what);
	put_sentence(text, finding->advice);
}

static void print_message(const struct findings_report *report, const struct finding *finding)
{
	struct text line = { 0 }, message = { 0 };

	finding_message(&message, finding);
	text_printf(&line, "    %s", text_read(&message));
	view_prose(report->view, &line, 4);
	text_free(&message);
	text_free(&line);
}

static void print_record(const struct findings_report *report, uint64_t seq)
{
	const struct evidence_record *record = evidence_find(report->evidence, seq);

	if (record)
		evidence_print(report->view, record, report->symbols, 4, report->all_frames ? 0 : FRAMES_SHOWN);
}

void finding_print(const struct findings_report *report, const struct finding *finding)
{
	size_t i = 0;

	print_head(report, finding);
	print_message(report, finding);
	for (; i < finding->relateds && finding->related[i] < finding->about.seq; i++)
		print_record(report, finding->related[i]);
	print_record(report, finding->about.seq);
	for (; i < finding->relateds; i++)
		print_record(report, finding->related[i]);
}

static void count_wanted(const struct findings_report *report, size_t count[SEVERITY_COUNT])
{
	for (size_t i = 0; i < report->count; i++)
		if (is_wanted(report, report->finding[i]))
			count[report->finding[i]->severity]++;
}

static void print_total(const struct findings_report *report)
{
	size_t count[SEVERITY_COUNT] = { 0 };
	struct text line = { 0 };

	count_wanted(report, count);
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		text_printf(&line, "%s%zu %s%s", i ? ", " : "", count[i], severity_name(i), count[i] == 1 ? "" : "s");
	view_line(report->view, &line, 0);
	text_free(&line);
}

void findings_text(const struct findings_report *report)
{
	struct text blank = { 0 };

	statement_print(report->view, report->coverage, "");
	print_total(report);
	for (size_t i = 0; i < report->count; i++) {
		if (!is_wanted(report, report->finding[i]))
			continue;
		view_line(report->view, &blank, 0);
		finding_print(report, report->finding[i]);
	}
	text_free(&blank);
}

void findings_rules(const struct view *view)
{
	struct text line = { 0 };

	for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
		size_t from = line.length;

		view_tone(view, &line, tone_of(rule_table[rule].severity), severity_name(rule_table[rule].severity));
		text_pad(&line, from, 9);
		from = line.length;
		text_put(&line, rule_table[rule].name);
		text_pad(&line, from, 24);
		text_put(&line, rule_table[rule].title);
		view_line(view, &line, 33);
	}
	text_free(&line);
}

/* ---- JSON ---- */

static void finding_json(const struct findings_report *report, struct jout *json, const struct finding *finding)
{
	struct text message = { 0 };

	finding_message(&message, finding);
	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "rule", rule_table[finding->rule].name);
	jout_string(json, "severity", severity_name(finding->severity));
	jout_signed(json, "pid", finding->about.pid);
	jout_signed(json, "tid", finding->about.tid);
	jout_seq(json, "seq", finding->about.seq);
	jout_number(json, "t", finding->about.t_ns);
	if (finding->addr)
		jout_hex(json, "addr", finding->addr);
	else
		jout_null(json, "addr");
	jout_number(json, "pages", finding->pages);
	jout_number(json, "count", finding->count);
	jout_seq(json, "last_seq", finding->last_seq);
	jout_string(json, "exe", finding->exe);
	jout_string(json, "message", text_read(&message));
	jout_array(json, "related");
	for (size_t i = 0; i < finding->relateds; i++)
		jout_number(json, NULL, finding->related[i]);
	jout_end(json);
	frame_stack_json(json, report->symbols, finding->about.stack);
	jout_end(json);
	text_free(&message);
}

void findings_json(const struct findings_report *report)
{
	struct jout json = { .out = report->view->out };

	jout_object(&json, NULL);
	statement_json(&json, report->coverage);
	jout_array(&json, "findings");
	for (size_t i = 0; i < report->count; i++)
		if (is_wanted(report, report->finding[i]))
			finding_json(report, &json, report->finding[i]);
	jout_line(&json);
	jout_end(&json);
	jout_end(&json);
	jout_line(&json);
}
