/*
 * junit.c - a verdict for CI services that show tests: JUnit XML, as Jenkins and GitLab read it.
 *
 * The log is the suite.  Each rule, expectation and budget is a test, so that a test keeps its name from run to run;
 * one more says whether the log is complete.
 */
#include "out.h"

#include <stdlib.h>
#include <string.h>

#include "chars.h"
#include "detail.h"

/* A test and the items that it is about. */
struct test {
	const char *class, *name;
	enum rule_id rule;			/* RULE_COUNT: not of the audit */
	const struct verdict_item *first;	/* that fails; NULL: none */
	size_t in[VERDICT_STATES];
};

struct totals {
	size_t tests, failures, errors, skipped;
};

static bool is_of(const struct test *test, const struct verdict_item *item)
{
	return !strcmp(test->name, item->rule);
}

static struct test test_of(const struct verdict *verdict, const char *class, const char *name, enum rule_id rule)
{
	struct test test = { .class = class, .name = name, .rule = rule };

	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_item *item = &verdict->item[i];

		if (!is_of(&test, item))
			continue;
		test.in[item->state]++;
		if (!test.first && item->state == VERDICT_FAILS)
			test.first = item;
	}
	return test;
}

static bool is_off(const struct verdict *verdict, const struct test *test)
{
	return test->rule < RULE_COUNT && verdict->rule_off[test->rule];
}

static bool is_skipped(const struct verdict *verdict, const struct test *test)
{
	if (test->first || test->in[VERDICT_SHOWN])
		return false;
	return is_off(verdict, test) || test->in[VERDICT_ALLOWED] || test->in[VERDICT_KNOWN];
}

/* ---- every test once ---- */

static const char *class_of(enum verdict_kind kind)
{
	return kind == VERDICT_EXPECTATION ? "pagetrail.expectation" : "pagetrail.budget";
}

static bool is_first_of_its_rule(const struct verdict *verdict, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(verdict->item[i].rule, verdict->item[at].rule))
			return false;
	return true;
}

typedef void test_fn(const struct verdict_report *report, const struct test *test, void *arg);

static void each_test(const struct verdict_report *report, test_fn *fn, void *arg)
{
	const struct verdict *verdict = report->verdict;
	struct test test;

	for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
		test = test_of(verdict, "pagetrail.audit", rule_table[rule].name, (enum rule_id)rule);
		fn(report, &test, arg);
	}
	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_item *item = &verdict->item[i];

		if (item->kind == VERDICT_FINDING || !is_first_of_its_rule(verdict, i))
			continue;
		test = test_of(verdict, class_of(item->kind), item->rule, RULE_COUNT);
		fn(report, &test, arg);
	}
}

static void count_test(const struct verdict_report *report, const struct test *test, void *arg)
{
	struct totals *totals = arg;

	totals->tests++;
	totals->failures += test->first != NULL;
	totals->skipped += is_skipped(report->verdict, test);
}

/* ---- elements ---- */

static void put_attribute(FILE *out, const char *name, const char *value)
{
	struct text text = { 0 };

	chars_xml(&text, value, true);
	fprintf(out, " %s=\"%s\"", name, text_read(&text));
	text_free(&text);
}

static void put_content(FILE *out, const char *content)
{
	struct text text = { 0 };

	chars_xml(&text, content, false);
	fputs(text_read(&text), out);
	text_free(&text);
}

static void put_items(const struct verdict_report *report, const struct test *test, enum verdict_state state)
{
	for (size_t i = 0; i < report->verdict->count; i++) {
		const struct verdict_item *item = &report->verdict->item[i];
		char *detail;

		if (item->state != state || !is_of(test, item))
			continue;
		detail = detail_of(report, item);
		put_content(report->view->out, detail);
		free(detail);
	}
}

static void put_skipped(const struct verdict_report *report, const struct test *test)
{
	FILE *out = report->view->out;

	fputs("      <skipped>", out);
	if (is_off(report->verdict, test))
		fputs("the policy switches this rule off\n", out);
	put_items(report, test, VERDICT_ALLOWED);
	put_items(report, test, VERDICT_KNOWN);
	fputs("</skipped>\n", out);
}

static void put_failure(const struct verdict_report *report, const struct test *test)
{
	FILE *out = report->view->out;
	struct text message = { 0 };

	detail_message(&message, test->first);
	if (test->in[VERDICT_FAILS] > 1)
		text_printf(&message, " (and %zu more)", test->in[VERDICT_FAILS] - 1);
	fputs("      <failure", out);
	put_attribute(out, "type", severity_name(test->first->severity));
	put_attribute(out, "message", text_read(&message));
	fputs(">", out);
	put_items(report, test, VERDICT_FAILS);
	fputs("</failure>\n", out);
	text_free(&message);
}

/* What did not fail is there to be read. */
static void put_shown(const struct verdict_report *report, const struct test *test)
{
	fputs("      <system-out>", report->view->out);
	put_items(report, test, VERDICT_SHOWN);
	if (!is_skipped(report->verdict, test)) {
		put_items(report, test, VERDICT_ALLOWED);
		put_items(report, test, VERDICT_KNOWN);
	}
	fputs("</system-out>\n", report->view->out);
}

static bool has_more_to_show(const struct verdict *verdict, const struct test *test)
{
	return !is_skipped(verdict, test) &&
	       (test->in[VERDICT_SHOWN] || test->in[VERDICT_ALLOWED] || test->in[VERDICT_KNOWN]);
}

static void open_test(FILE *out, const char *class, const char *name)
{
	fputs("    <testcase", out);
	put_attribute(out, "classname", class);
	put_attribute(out, "name", name);
	put_attribute(out, "time", "0");
	fputs(">\n", out);
}

static void put_test(const struct verdict_report *report, const struct test *test, void *arg)
{
	FILE *out = report->view->out;

	(void)arg;
	open_test(out, test->class, test->name);
	if (is_skipped(report->verdict, test))
		put_skipped(report, test);
	if (test->first)
		put_failure(report, test);
	if (has_more_to_show(report->verdict, test))
		put_shown(report, test);
	fputs("    </testcase>\n", out);
}

static void put_completeness(const struct verdict_report *report)
{
	const struct verdict *verdict = report->verdict;
	FILE *out = report->view->out;

	open_test(out, "pagetrail.log", "the log is complete");
	if (!verdict->complete) {
		fputs("      <error", out);
		put_attribute(out, "type", "incomplete");
		put_attribute(out, "message", verdict->incomplete_because);
		fputs(">This is no verdict: what is missing may have been a finding.</error>\n", out);
	}
	fputs("    </testcase>\n", out);
}

static void put_property(FILE *out, const char *name, const char *value)
{
	if (!value)
		return;
	fputs("      <property", out);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

static void put_properties(const struct verdict_report *report)
{
	const struct verdict *verdict = report->verdict;
	FILE *out = report->view->out;

	fputs("    <properties>\n", out);
	put_property(out, "pagetrail", verdict->tool_version);
	put_property(out, "policy", verdict->policy);
	put_property(out, "baseline", verdict->baseline);
	fputs("    </properties>\n", out);
}

void verdict_junit(const struct verdict_report *report)
{
	FILE *out = report->view->out;
	struct totals totals = { .tests = 1, .errors = !report->verdict->complete };

	each_test(report, count_test, &totals);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	fprintf(out, "<testsuites name=\"pagetrail\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"0\">\n",
		totals.tests, totals.failures, totals.errors);
	fputs("  <testsuite", out);
	put_attribute(out, "name", report->verdict->log);
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\">\n", totals.tests,
		totals.failures, totals.errors, totals.skipped);
	put_properties(report);
	put_completeness(report);
	each_test(report, put_test, NULL);
	fputs("  </testsuite>\n</testsuites>\n", out);
}
