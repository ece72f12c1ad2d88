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
	const char *format, *rule, *severity;
	bool stacks;
};

static const struct option_row own[] = {
	{ "format", "FORMAT", "text (default) or json", offsetof(struct audit_words, format) },
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

static int parse_format(const char *text, bool *json, struct err *err)
{
	if (!text || !strcmp(text, "text"))
		return 0;
	*json = true;
	return strcmp(text, "json") ? err_set(err, -EINVAL, "--format wants text or json, not '%s'", text) : 0;
}

/* ---- the passes ---- */

static bool is_asked_for(void *arg, const struct record *record)
{
	const struct reader *reader = arg;

	if (record->type == RECORD_CALL)
		return filter_call(&reader->filter, record, reader->survey.page_bytes, reader->symbols);
	return filter_event(&reader->filter, record);
}

static bool has_filter(const struct reader *reader)
{
	return reader->filter.pid || filter_is_set(&reader->filter);
}

static int judge(struct run *run, struct err *err)
{
	struct record record;
	int code;

	run->world = world_new();
	run->audit = audit_new(run->world, has_filter(&run->reader) ? is_asked_for : NULL, &run->reader);
	while ((code = reader_next(&run->reader, &record, err)) > 0)
		audit_apply(run->audit, &record);
	audit_end(run->audit);
	return code;
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
	    parse_format(run->words.format, &run->reader.words.json, err) || reader_open(&run->reader, path, err))
		return -1;
	return judge(run, err) ? -1 : report(run, err);
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
