/* t_verdict_formats.c - a verdict with every kind of item, and any bytes, in SARIF, JUnit XML and annotations. */
#include "looks.h"

#include <jansson.h>

#include "../../../collector/report/view.h"
#include "../../../collector/verdict/out.h"

/* The program is compiled of DIR/src/returns.c; its stack is outer(), line 31, called from main(). */
static struct program program;
static struct symbols *symbols;
static struct repo repo = { .path = dir };
static char log_path[PATH_MAX];

static struct evidence_record record[] = {
	{ .seq = 4, .seen = true, .pid = 7, .tid = 8, .stack = 1, .text = (char[]){ "mlock({0}, 64) = 0" } },
	{ .seq = 6, .seen = true, .pid = 7, .tid = 8, .stack = 2, .text = (char[]){ "munlock(0x1000, 64) = 0" } },
};
static const struct evidence evidence = { .record = record, .count = 2 };
static const struct coverage coverage = { .ended = true, .complete = true };
static const struct finding nested = {
	.rule = RULE_lock_nested_release, .related = { 4 }, .relateds = 1, .exe = "/opt/x",
};
static const struct finding bare = { .rule = RULE_wx_mapping, .exe = "/opt/a b/\xff.so" };
static const struct finding noop = { .rule = RULE_prot_noop };

#define ITEM(kind_, state_, severity_, ...) { .kind = VERDICT_##kind_, .state = VERDICT_##state_, \
	.severity = SEVERITY_##severity_, .fingerprint = "0123456789abcdef", __VA_ARGS__ }
static struct verdict_item items[] = {
	ITEM(FINDING, FAILS, ERROR, .rule = "lock-nested-release", .finding = &nested, .seq = 6, .pid = 7, .tid = 8,
	     .stack = 2, .addr = 0x1000, .pages = 1, .count = 3, .message = "ended the lock of #4, not #40, {0} {x}"),
	ITEM(EXPECTATION, FAILS, ERROR, .rule = "expect/key-locked", .title = "the key is locked", .count = 1,
	     .message = "100% of it, is not: <&>\n::warning::x\x01\xff"),
	ITEM(FINDING, SHOWN, NOTE, .rule = "lock-nested-release", .finding = &nested, .seq = 6, .stack = 2,
	     .message = "a note"),
	ITEM(FINDING, ALLOWED, WARNING, .rule = "wx-mapping", .finding = &bare, .seq = 9, .message = "writable",
	     .reason = "the JIT \"does\" <this>"),
	ITEM(FINDING, KNOWN, WARNING, .rule = "prot-noop", .finding = &noop, .seq = 10, .message = "did nothing"),
	ITEM(BUDGET, MET, ERROR, .rule = "budget/peak", .title = "at most {1} page", .message = "it holds"),
};
static struct verdict verdict = {
	.log = log_path, .policy = "strict", .baseline = "old.json", .tool_version = "1", .item = items,
	.count = sizeof(items) / sizeof(items[0]), .by_state = { 2, 1, 1, 1, 1 }, .complete = true,
	.rule_off = { [RULE_prot_race] = true },
};

static char *print(void (*format)(const struct verdict_report *report))
{
	char *out = NULL;
	size_t length;
	struct view view = { .out = open_memstream(&out, &length) };
	const struct verdict_report report = {
		.view = &view, .verdict = &verdict, .symbols = symbols, .evidence = &evidence, .coverage = &coverage,
		.repo = &repo,
	};

	assert_non_null(view.out);
	format(&report);
	fclose(view.out);
	assert_int_equal(strlen(out), length);
	return out;
}

/* ---- SARIF ---- */

/* jansson refuses what is not UTF-8. */
static json_t *sarif(void)
{
	char *out = print(verdict_sarif);
	json_error_t error;
	json_t *json = json_loads(out, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		fail_msg("%s at %d:%d", error.text, error.line, error.column);
	free(out);
	return json;
}

/* run_at(root, "results>0>level"): of the only run */
static json_t *run_at(json_t *root, const char *path)
{
	json_t *at = json_array_get(json_object_get(root, "runs"), 0);
	char *copy = strdup(path), *rest = NULL;

	for (char *part = strtok_r(copy, ">", &rest); part; part = strtok_r(NULL, ">", &rest))
		at = json_is_array(at) ? json_array_get(at, strtoul(part, NULL, 10)) : json_object_get(at, part);
	free(copy);
	return at;
}

static void assert_run(json_t *root, const char *path, const char *want)
{
	const char *got = json_string_value(run_at(root, path));

	if (!got || strcmp(got, want))
		fail_msg("%s is %s, not %s", path, got ? got : "none", want);
}

static void results_are_placed_in_the_repository(void **state)
{
	json_t *root = sarif();

	(void)state;
	assert_run(root, "results>0>locations>0>physicalLocation>artifactLocation>uri", "src/returns.c");
	assert_run(root, "results>0>locations>0>physicalLocation>artifactLocation>uriBaseId", "%SRCROOT%");
	assert_int_equal(json_integer_value(run_at(root, "results>0>locations>0>physicalLocation>region>startLine")), 50);
	assert_run(root, "results>0>locations>0>logicalLocations>0>fullyQualifiedName", "main");
	assert_run(root, "results>0>level", "error");
	assert_run(root, "results>0>ruleId", "lock-nested-release");
	assert_int_equal(json_integer_value(run_at(root, "results>0>ruleIndex")), RULE_lock_nested_release);
	assert_run(root, "results>0>partialFingerprints>pagetrailStack/v1", "0123456789abcdef");
	assert_int_equal(json_integer_value(run_at(root, "results>0>occurrenceCount")), 3);
	json_decref(root);
}

static void calls_have_stacks_and_links(void **state)
{
	json_t *root = sarif();

	(void)state;
	assert_run(root, "results>0>message>text", "ended the lock of [#4](1), not #40, {{0}} {{x}}");
	assert_run(root, "results>0>relatedLocations>0>physicalLocation>artifactLocation>uri", "src/returns.h");
	assert_int_equal(json_integer_value(run_at(root, "results>0>relatedLocations>0>id")), 1);
	assert_run(root, "results>0>stacks>0>message>text", "#4 mlock({{0}}, 64) = 0");
	assert_run(root, "results>0>stacks>0>frames>2>location>logicalLocations>0>fullyQualifiedName", "outer");
	assert_int_equal(json_integer_value(run_at(
		root, "results>0>stacks>0>frames>2>location>physicalLocation>region>startLine")), 31);
	assert_run(root, "results>0>stacks>1>message>text", "#6 munlock(0x1000, 64) = 0");
	assert_int_equal(json_integer_value(run_at(root, "results>0>stacks>1>frames>0>threadId")), 8);
	json_decref(root);
}

static void what_has_no_source_is_placed_at_the_program_or_the_log(void **state)
{
	json_t *root = sarif();

	(void)state;
	assert_run(root, "results>1>message>text",
		   "Expected: the key is locked. 100% of it, is not: <&>\n::warning::x\x01\xef\xbf\xbd");
	assert_run(root, "results>1>locations>0>physicalLocation>artifactLocation>uri", "out%20of/log.jsonl");
	assert_run(root, "results>3>locations>0>physicalLocation>artifactLocation>uri", "file:///opt/a%20b/%FF.so");
	assert_null(run_at(root, "results>3>locations>0>physicalLocation>artifactLocation>uriBaseId"));
	assert_null(run_at(root, "results>3>locations>0>physicalLocation>region"));
	json_decref(root);
}

static void known_allowed_and_gone_are_told_apart(void **state)
{
	static const char gone_print[] = "fedcba9876543210";
	const char *gone[] = { gone_print }, *gone_rule[] = { "lock-refused" };
	json_t *root;

	(void)state;
	verdict.gone = gone;
	verdict.gone_rule = gone_rule;
	verdict.gone_count = 1;
	root = sarif();
	verdict.gone_count = 0;
	assert_int_equal(json_array_size(run_at(root, "results")), 6);	/* what is met is no result */
	assert_run(root, "results>0>baselineState", "new");
	assert_null(run_at(root, "results>0>suppressions"));
	assert_run(root, "results>3>suppressions>0>kind", "external");
	assert_run(root, "results>3>suppressions>0>justification", "the JIT \"does\" <this>");
	assert_run(root, "results>4>baselineState", "unchanged");
	assert_run(root, "results>5>baselineState", "absent");
	assert_run(root, "results>5>partialFingerprints>pagetrailStack/v1", gone_print);
	json_decref(root);
}

static void without_a_baseline_nothing_is_new(void **state)
{
	json_t *root;

	(void)state;
	verdict.baseline = NULL;
	root = sarif();
	verdict.baseline = "old.json";
	assert_null(run_at(root, "results>0>baselineState"));
	json_decref(root);
}

static void demands_are_rules_behind_those_of_the_audit(void **state)
{
	json_t *root = sarif();
	json_t *rules = run_at(root, "tool>driver>rules");

	(void)state;
	assert_int_equal(json_array_size(rules), RULE_COUNT + 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(rules, RULE_COUNT), "id")), "expect/key-locked");
	assert_int_equal(json_integer_value(run_at(root, "results>1>ruleIndex")), RULE_COUNT);
	json_decref(root);
}

/* "SARIF support for code scanning", GitHub Docs: required properties and their lengths. */
static void rules_have_what_github_requires(void **state)
{
	json_t *root = sarif(), *rule;
	size_t i;

	(void)state;
	json_array_foreach(run_at(root, "tool>driver>rules"), i, rule) {
		const char *brief, *full, *help, *level;

		assert_int_equal(json_unpack(rule, "{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "shortDescription", "text", &brief,
					     "fullDescription", "text", &full, "help", "text", &help,
					     "defaultConfiguration", "level", &level), 0);
		assert_in_range(strlen(brief), 1, 1024);
		assert_in_range(strlen(full), 1, 1024);
		assert_in_range(strlen(help), 1, 100000);
		if (i < RULE_COUNT)	/* whole, not cut */
			assert_string_equal(full, rule_table[i].why);
	}
	json_decref(root);
}

static void an_incomplete_log_is_no_successful_run(void **state)
{
	json_t *root;

	(void)state;
	verdict.complete = false;
	verdict.incomplete_because = "3 records were lost";
	root = sarif();
	verdict.complete = true;
	assert_true(json_is_false(run_at(root, "invocations>0>executionSuccessful")));
	assert_run(root, "invocations>0>toolExecutionNotifications>0>level", "error");
	assert_run(root, "invocations>0>toolExecutionNotifications>0>message>text",
		   "The log is not complete, so this is no verdict: 3 records were lost");
	json_decref(root);
}

/* GitHub rejects 25,000 results and shows 5,000; what is left out is the end, and said. */
static void no_more_results_than_are_shown(void **state)
{
	enum { MANY = 6000 };
	struct verdict whole = verdict;
	json_t *root;

	(void)state;
	verdict.item = calloc(MANY, sizeof(*verdict.item));
	assert_non_null(verdict.item);
	for (size_t i = 0; i < MANY; i++)
		verdict.item[i] = items[i < 5 ? i : 4];
	verdict.count = MANY;
	verdict.by_state[VERDICT_MET] = 0;
	root = sarif();
	free(verdict.item);
	verdict = whole;
	assert_int_equal(json_array_size(run_at(root, "results")), 5000);
	assert_run(root, "results>0>ruleId", "lock-nested-release");
	assert_run(root, "invocations>0>toolExecutionNotifications>0>message>text", "1000 of 6000 results are left out");
	json_decref(root);
}

/* ---- JUnit XML ---- */

static void assert_line(const char *out, const char *want)
{
	if (!strstr(out, want))
		fail_msg("'%s' is not in: %s", want, out);
}

static void every_rule_and_demand_is_a_test(void **state)
{
	char *out = print(verdict_junit), head[256];
	size_t tests = 0;

	(void)state;
	for (const char *at = out; (at = strstr(at, "<testcase ")); at++)
		tests++;
	assert_int_equal(tests, 1 + RULE_COUNT + 2);
	snprintf(head, sizeof(head), "tests=\"%zu\" failures=\"2\" errors=\"0\" skipped=\"3\"", tests);
	assert_line(out, head);
	assert_line(out, "classname=\"pagetrail.audit\" name=\"lock-refused\" time=\"0\">\n    </testcase>");
	assert_line(out, "name=\"prot-race\" time=\"0\">\n      <skipped>the policy switches this rule off");
	assert_line(out, "name=\"budget/peak\" time=\"0\">\n    </testcase>");
	free(out);
}

static void failures_tell_all(void **state)
{
	char *out = print(verdict_junit);

	(void)state;
	assert_line(out, "<failure type=\"error\" message=\"ended the lock of #4, not #40, {0} {x}\">"
			 "error lock-nested-release, 3 times\n");
	assert_line(out, "        at outer (");
	assert_line(out, "message=\"Expected: the key is locked. 100% of it, is not: &lt;&amp;&gt;&#10;::warning::x\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_line(out, "<system-out>note lock-nested-release\n    a note");
	assert_line(out, "<skipped>warning wx-mapping, allowed: the JIT \"does\" &lt;this&gt;\n");
	assert_line(out, "<skipped>warning prot-noop, known: the baseline has it\n");
	free(out);
}

static void an_incomplete_log_is_an_error(void **state)
{
	char *out;

	(void)state;
	verdict.complete = false;
	verdict.incomplete_because = "3 records were lost";
	out = print(verdict_junit);
	verdict.complete = true;
	assert_line(out, "errors=\"1\"");
	assert_line(out, "name=\"the log is complete\" time=\"0\">\n"
			 "      <error type=\"incomplete\" message=\"3 records were lost\">");
	free(out);
}

/* ---- annotations ---- */

static void annotations_name_files_of_the_repository_only(void **state)
{
	char *out = print(verdict_github), *rest = NULL, *line[4] = { NULL };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		line[i] = strtok_r(i ? NULL : out, "\n", &rest);
	assert_non_null(line[2]);
	assert_null(line[3]);	/* what is allowed, known or met is not worth a mark */
	assert_line(line[0], "::error file=src/returns.c,line=50,title=lock-nested-release::"
			     "error lock-nested-release, 3 times%0A");
	assert_line(line[1], "::error file=out of/log.jsonl,title=expect/key-locked::");
	assert_line(line[1], "100%25 of it, is not: <&>%0A::warning::x\xef\xbf\xbd\xef\xbf\xbd");
	assert_line(line[2], "::notice file=");
	free(out);
}

/* ---- for the validators of make check-formats ---- */

static void keep(const char *directory, const char *name, void (*format)(const struct verdict_report *report))
{
	char path[PATH_MAX], *out = print(format);
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(out, file);
	assert_int_equal(fclose(file), 0);
	free(out);
}

static void reports_are_kept_where_asked(void **state)
{
	const char *directory = getenv("KEEP_REPORTS");

	(void)state;
	if (!directory)
		return;
	keep(directory, "any_bytes.sarif", verdict_sarif);
	keep(directory, "any_bytes.xml", verdict_junit);
	verdict.complete = false;
	verdict.incomplete_because = "3 records <\xff> were lost";
	keep(directory, "incomplete.sarif", verdict_sarif);
	keep(directory, "incomplete.xml", verdict_junit);
	verdict.complete = true;
}

/* ---- */

static int set_up(void **state)
{
	struct stack_frame frame[2];

	make_dir(state);
	run("cd %s && mkdir src 'out of' && touch 'out of/log.jsonl' && cp %.*s/returns.[ch] src", dir,
	    (int)(strrchr(source, '/') - source), source);
	strcpy(source, "src/returns.c");
	snprintf(log_path, sizeof(log_path), "%s/out of/log.jsonl", dir);
	program = compile("program", "cc", "-g");
	symbols = symbols_new();
	add_module(symbols, 1, program.path, NULL);
	frame[0] = (struct stack_frame){ 1, program.call[OUTER_FIRST] };
	frame[1] = (struct stack_frame){ 1, program.call[IN_MAIN] };
	add_stack(symbols, 1, frame, 2);
	add_stack(symbols, 2, frame + 1, 1);
	return 0;
}

static int tear_down(void **state)
{
	symbols_free(symbols);
	return remove_dir(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_placed_in_the_repository),
		cmocka_unit_test(calls_have_stacks_and_links),
		cmocka_unit_test(what_has_no_source_is_placed_at_the_program_or_the_log),
		cmocka_unit_test(known_allowed_and_gone_are_told_apart),
		cmocka_unit_test(without_a_baseline_nothing_is_new),
		cmocka_unit_test(demands_are_rules_behind_those_of_the_audit),
		cmocka_unit_test(rules_have_what_github_requires),
		cmocka_unit_test(an_incomplete_log_is_no_successful_run),
		cmocka_unit_test(no_more_results_than_are_shown),
		cmocka_unit_test(every_rule_and_demand_is_a_test),
		cmocka_unit_test(failures_tell_all),
		cmocka_unit_test(an_incomplete_log_is_an_error),
		cmocka_unit_test(annotations_name_files_of_the_repository_only),
		cmocka_unit_test(reports_are_kept_where_asked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
