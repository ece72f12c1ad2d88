/* cmd_validate.c - is this a well-formed and complete log?  Every finding is a line: FILE:LINE: what is wrong. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "log/log.h"
#include "options.h"
#include "report/jout.h"
#include "report/logcheck.h"
#include "report/view.h"

#define SHOWN_MAX 100	/* findings printed; a log damaged throughout need not be told line by line */

static const struct verb_help help = {
	"validate LOG [OPTION...]",
	"Checks that every line parses, that the records are numbered without gaps, that\n"
	"stacks, modules and processes are defined before they are named, and that the\n"
	"trailer counts what is there.\n"
	"Exit status: 0 well-formed and complete, 1 findings, 2 not a log or not\n"
	"readable, 3 well-formed but not complete.\n",
};

struct validate {
	bool json_wanted;
	const char *color;
	const char *path;
	struct log_reader *log;
	struct logcheck *check;
	struct view view;
	struct jout json;
	uint64_t findings;
};

static const struct option_row own[] = {
	{ "json", NULL, "print JSON", offsetof(struct validate, json_wanted) },
	{ "color", "HOW", "auto (on a terminal, without NO_COLOR), always or never",
	  offsetof(struct validate, color) },
	{ 0 },
};

static void print_finding(void *arg, uint64_t number, const char *text)
{
	struct validate *run = arg;
	struct text line = { 0 };

	if (++run->findings > SHOWN_MAX)
		return;
	if (run->json_wanted) {
		jout_object(&run->json, NULL);
		jout_number(&run->json, "line", number);
		jout_string(&run->json, "text", text);
		jout_end(&run->json);
		return;
	}
	text_safe(&line, run->path);
	text_printf(&line, ":%" PRIu64 ": ", number);
	view_tone(&run->view, &line, TONE_BAD, text);
	view_line(&run->view, &line, 4);
	text_free(&line);
}

/* log_next() names the file and the line itself, as every reader needs it; here they stand in front already. */
static const char *without_place(const char *text, const char *path, uint64_t number)
{
	char place[32];
	size_t length = strlen(path);

	snprintf(place, sizeof(place), ":%" PRIu64 ": ", number);
	if (!strncmp(text, path, length) && !strncmp(text + length, place, strlen(place)))
		return text + length + strlen(place);
	return text;
}

/* A line that cannot be parsed is a finding, and the next one is tried; an error of the file itself ends it. */
static int check_all(struct validate *run, struct err *err)
{
	struct record record;
	uint64_t number = 0, before;
	size_t length;
	int code;

	while ((code = log_next(run->log, &record, err))) {
		before = number;
		log_line(run->log, &length, &number);
		if (code > 0)
			logcheck_add(run->check, &record, number);
		else if (number > before)
			logcheck_bad_line(run->check, number, without_place(err->text, run->path, number));
		else
			return code;
	}
	return 0;
}

static void add_counts(struct text *line, const struct record_trailer *counts)
{
	text_count(line, counts->calls);
	text_put(line, counts->calls == 1 ? " call of " : " calls of ");
	text_count(line, counts->processes);
	text_put(line, counts->processes == 1 ? " process, " : " processes, ");
	text_count(line, counts->stacks);
	text_put(line, counts->stacks == 1 ? " stack" : " stacks");
	if (counts->unfinished)
		text_printf(line, ", %" PRIu64 " unfinished", counts->unfinished);
	if (counts->losses)
		text_printf(line, ", %" PRIu64 " records lost", counts->losses);
}

static const char *incomplete_because(const struct validate *run)
{
	const char *tear = log_tear(run->log);

	if (tear)
		return tear;
	return logcheck_counts(run->check).losses ? "records were lost while recording" : "its trailer says so";
}

static void print_verdict(struct validate *run, bool complete)
{
	struct record_trailer counts = logcheck_counts(run->check);
	struct text line = { 0 };

	text_safe(&line, run->path);
	text_put(&line, ": ");
	if (run->findings)
		text_printf(&line, "%" PRIu64 " finding%s%s", run->findings, run->findings == 1 ? "" : "s",
			    run->findings > SHOWN_MAX ? " (the first 100 are shown)" : "");
	else
		text_put(&line, "well-formed");
	text_put(&line, complete ? ", complete: " : ", NOT complete (");
	if (!complete) {
		text_safe(&line, incomplete_because(run));
		text_put(&line, "): ");
	}
	add_counts(&line, &counts);
	view_line(&run->view, &line, 4);
	text_free(&line);
}

static void json_verdict(struct validate *run, bool complete)
{
	struct record_trailer counts = logcheck_counts(run->check);
	struct jout *json = &run->json;

	jout_end(json);
	jout_number(json, "count", run->findings);
	jout_bool(json, "complete", complete);
	if (!complete)
		jout_string(json, "because", incomplete_because(run));
	jout_number(json, "calls", counts.calls);
	jout_number(json, "unfinished", counts.unfinished);
	jout_number(json, "losses", counts.losses);
	jout_number(json, "processes", counts.processes);
	jout_number(json, "stacks", counts.stacks);
	jout_end(json);
	jout_line(json);
}

static int run_checks(struct validate *run)
{
	struct err err;
	bool complete;

	if (log_open(run->path, &run->log, &err)) {
		complain("%s", err.text);
		return EXIT_UNUSABLE;
	}
	run->check = logcheck_new(print_finding, run);
	run->json.out = stdout;
	if (run->json_wanted) {
		jout_object(&run->json, NULL);
		jout_string(&run->json, "log", run->path);
		jout_array(&run->json, "findings");
	}
	if (check_all(run, &err)) {
		complain("%s", err.text);
		return EXIT_UNUSABLE;
	}
	complete = !log_tear(run->log) && logcheck_complete(run->check);
	(run->json_wanted ? json_verdict : print_verdict)(run, complete);
	return run->findings ? EXIT_FINDINGS : complete ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

int cmd_validate(int argc, char **argv)
{
	struct validate run = { 0 };
	const struct option_group groups[] = { { "Options", own, &run }, { 0 } };
	struct err err;
	int status, code = options_operand(argc, argv, &help, groups, &run.path, &err);

	if (code == OPTIONS_HELP)
		return EXIT_CLEAN;
	if (!code)
		code = view_init(&run.view, stdout, run.color, &err);
	if (code) {
		complain("validate: %s (see `pagetrail help validate`)", err.text);
		return EXIT_UNUSABLE;
	}
	status = run_checks(&run);
	if (run.check)
		logcheck_free(run.check);
	if (run.log)
		log_close(run.log);
	return status;
}
