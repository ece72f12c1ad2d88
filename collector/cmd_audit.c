/* cmd_audit.c - what is wrong with a program's mappings, locks and protections: all findings, with evidence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "cmd.h"
#include "reader.h"
#include "report/findings.h"
#include "util/alloc.h"
#include "util/nearest.h"
#include "verdict/judge.h"
#include "verdict/out.h"
#include "vm/world.h"

static const struct verb_help help = {
	"audit LOG [OPTION...]",
	"Judges what the program did: locks that were lost, refused or forgotten, memory\n"
	"that is writable and executable, calls that did nothing or less than they seem.\n"
	"A finding says what happened and what to do, and shows the calls it rests on with\n"
	"their stacks. Equal findings from one place are one, with a count. Filters choose\n"
	"by the call a finding is about. `pagetrail help findings` lists the rules.\n",
};

struct audit_words {
	const char *format, *source_root, *rule, *severity;
	bool stacks;
};

static const struct option_row own[] = {
	{ "format", "FORMAT", "text (default), json or sarif", offsetof(struct audit_words, format) },
	{ "source-root", "DIR", "what SARIF's paths are relative to (default: the repository around the current directory)",
	  offsetof(struct audit_words, source_root) },
	{ "rule", "NAMES", "only these rules: lock-refused,wx-mapping", offsetof(struct audit_words, rule) },
	{ "severity", "LEVEL", "only error, warning and worse, or note (default: all)",
	  offsetof(struct audit_words, severity) },
	{ "stacks", NULL, "whole stacks, not only the nearest frames", offsetof(struct audit_words, stacks) },
	{ 0 },
};

/* One run of the verb. */
struct run {
	struct reader reader;
	struct audit_words words;
	struct findings_wanted wanted;
	struct world *world;
	struct audit *audit;
	struct evidence evidence;
	bool sarif;
	struct repo repo;
};

/* ---- options ---- */

static int no_rule(const char *name, struct err *err)
{
	const char *names[RULE_COUNT + 1] = { NULL }, *nearest;

	for (unsigned i = 0; i < RULE_COUNT; i++)
		names[i] = rule_table[i].name;
	nearest = nearest_name(name, names);
	if (nearest)
		return err_set(err, -EINVAL, "no rule '%s'; did you mean '%s'?", name, nearest);
	return err_set(err, -EINVAL, "no rule '%s'; `pagetrail help findings` lists them", name);
}

static int parse_rules(const char *text, struct findings_wanted *wanted, struct err *err)
{
	char *copy = text ? alloc_copy(text, strlen(text)) : NULL, *rest = NULL, *name;
	int code = 0;

	for (name = copy ? strtok_r(copy, ",", &rest) : NULL; name && !code; name = strtok_r(NULL, ",", &rest)) {
		enum rule_id rule = rule_find(name);

		wanted->by_rule = true;
		if (rule == RULE_COUNT)
			code = no_rule(name, err);
		else
			wanted->rule[rule] = true;
	}
	free(copy);
	return code;
}

static int parse_severity(const char *text, enum severity *least, struct err *err)
{
	*least = SEVERITY_NOTE;
	if (!text)
		return 0;
	for (unsigned i = 0; i < SEVERITY_COUNT; i++) {
		if (strcmp(text, severity_name(i)))
			continue;
		*least = (enum severity)i;
		return 0;
	}
	return err_set(err, -EINVAL, "--severity wants error, warning or note, not '%s'", text);
}

static int parse_format(struct run *run, struct err *err)
{
	const char *text = run->words.format;

	if (!text || !strcmp(text, "text"))
		return 0;
	run->sarif = !strcmp(text, "sarif");
	if (run->sarif)
		return repo_find(&run->repo, run->words.source_root, err);
	run->reader.words.json = !strcmp(text, "json");
	if (run->reader.words.json)
		return 0;
	return err_set(err, -EINVAL, "--format wants text, json or sarif, not '%s'", text);
}

/* ---- the passes ---- */

static int judge(struct run *run, struct err *err)
{
	struct record record;
	int code;

	run->world = world_new();
	world_let_leave(run->world, NULL, NULL);
	run->audit = audit_new(run->world, reader_filter(&run->reader), &run->reader);
	while ((code = reader_next(&run->reader, &record, err)) > 0)
		audit_apply(run->audit, &record);
	audit_end(run->audit);
	return code ? code : reader_settle(&run->reader, err);
}

static int look_up(struct run *run, struct err *err)
{
	struct record record;
	int code = reader_rewind(&run->reader, err);

	evidence_begin(&run->evidence);
	if (code)
		return code;
	while ((code = reader_next(&run->reader, &record, err)) > 0)
		if (!evidence_see(&run->evidence, &record, &run->reader.survey))
			return 0;
	return code;
}

/* ---- SARIF ---- */

static struct finding **wanted_findings(const struct run *run, size_t *count)
{
	size_t all;
	struct finding *const *finding = audit_findings(run->audit, &all);
	struct finding **wanted = alloc_zero(all + 1, sizeof(struct finding *));

	*count = 0;
	for (size_t i = 0; i < all; i++)
		if (finding_is_wanted(&run->wanted, finding[i]))
			wanted[(*count)++] = finding[i];
	return wanted;
}

/* Each finding has its own severity, and none fails: the verdict without a policy. */
static void judge_nothing(struct run *run, struct verdict *verdict)
{
	struct policy policy;
	struct judge_input input = { .policy = &policy, .symbols = run->reader.symbols };
	struct finding **finding = wanted_findings(run, &input.findings);

	policy_init(&policy);
	policy.fails_never = true;
	input.finding = finding;
	verdict->log = run->reader.path;
	verdict->tool_version = PAGETRAIL_VERSION;
	verdict->incomplete_because = reader_incomplete(&run->reader);
	verdict->complete = !verdict->incomplete_because;
	verdict_judge(verdict, &input);
	policy_free(&policy);
	free(finding);
}

static int report_sarif(struct run *run, struct err *err)
{
	struct verdict verdict = { 0 };
	const struct verdict_report report = {
		.view = &run->reader.view, .verdict = &verdict, .symbols = run->reader.symbols,
		.evidence = &run->evidence, .coverage = &run->reader.survey.coverage, .repo = &run->repo,
	};
	int code;

	judge_nothing(run, &verdict);
	verdict_evidence(&verdict, &run->evidence);
	code = run->evidence.count ? look_up(run, err) : 0;
	if (!code)
		verdict_sarif(&report);
	verdict_free(&verdict);
	return code;
}

/* ---- text and JSON ---- */

static int report(struct run *run, struct err *err)
{
	struct findings_report report = {
		.view = &run->reader.view, .wanted = &run->wanted, .evidence = &run->evidence,
		.symbols = run->reader.symbols, .coverage = &run->reader.survey.coverage, .all_frames = run->words.stacks,
	};

	report.finding = audit_findings(run->audit, &report.count);
	if (run->reader.words.json) {
		findings_json(&report);
		return 0;
	}
	findings_evidence(&report, &run->evidence);
	if (run->evidence.count && look_up(run, err))
		return -1;
	findings_text(&report);
	return 0;
}

static int audit_log(struct run *run, const char *path, struct err *err)
{
	if (parse_rules(run->words.rule, &run->wanted, err) ||
	    parse_severity(run->words.severity, &run->wanted.least, err) ||
	    parse_format(run, err) || reader_open_lazily(&run->reader, path, err) || judge(run, err))
		return -1;
	return run->sarif ? report_sarif(run, err) : report(run, err);
}

int cmd_audit(int argc, char **argv)
{
	struct run run = { 0 };
	const char *path;
	struct err err;
	int status = reader_options(&run.reader, argc, argv, &help, own, &run.words, 1, &path);

	if (status >= 0)
		return status;
	status = audit_log(&run, path, &err) ? reader_fail(&run.reader, &err) : reader_close(&run.reader, EXIT_CLEAN);
	audit_free(run.audit);
	world_free(run.world);
	evidence_free(&run.evidence);
	repo_free(&run.repo);
	return status;
}

int cmd_help_findings(void)
{
	struct view view;
	struct err err;

	if (view_init(&view, stdout, NULL, &err))
		return EXIT_UNUSABLE;
	findings_rules(&view);
	return EXIT_CLEAN;
}
