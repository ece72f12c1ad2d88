/* cmd_diff.c - what changed between two runs, by place in the program and by rule. */
#include <errno.h>
#include <stdlib.h>

#include "cmd.h"
#include "diff/diff.h"
#include "reader.h"

static const struct verb_help help = {
	"diff OLD NEW [OPTION...]",
	"Says which places in the program call now and did not, or did and do not, or call\n"
	"another number of times, fail, lock or make executable otherwise; and which findings\n"
	"of the audit are new or gone. Places are modules and functions, never addresses or\n"
	"lines: two runs, two builds, two machines can be compared. `--stacks` tells places\n"
	"apart by the whole stack, `--tolerance` passes over small changes. Filters choose\n"
	"the calls that are compared.\n"
	"Exit status: 0 nothing differs, 1 something does, 2 not a log or not readable,\n"
	"3 one of the logs is not complete: no verdict.\n",
};

struct diff_words {
	const char *tolerance;
	bool stacks;
};

static const struct option_row own[] = {
	{ "stacks", NULL, "a place is a whole stack, not a function", offsetof(struct diff_words, stacks) },
	{ "tolerance", "PERCENT", "counts that differ by so much are the same (default: 0)",
	  offsetof(struct diff_words, tolerance) },
	{ 0 },
};

/* One of the two logs. */
struct one {
	struct reader reader;
	struct side side;
	bool open;
};

struct run {
	struct one old, new;
	struct diff_words words;
	uint64_t tolerance;
};

static int read_one(struct one *one, const char *path, bool stacks, struct err *err)
{
	struct reader *reader = &one->reader;
	struct record record;
	int code;

	one->open = true;
	code = reader_open(reader, path, err);
	if (code)
		return code;
	side_begin(&one->side, reader->symbols, reader->survey.page_bytes, stacks,
		   reader_filter(reader), reader);
	while ((code = reader_next(reader, &record, err)) > 0)
		side_add(&one->side, &record);
	side_end(&one->side);
	return code;
}

static int compare(struct run *run)
{
	struct diff diff;
	int status;

	diff_make(&diff, &run->old.side, &run->new.side, run->tolerance);
	diff.old_complete = !reader_incomplete(&run->old.reader);
	diff.new_complete = !reader_incomplete(&run->new.reader);
	(run->old.reader.words.json ? diff_json : diff_text)(&run->old.reader.view, &diff);
	status = diff_is_empty(&diff) ? EXIT_CLEAN : EXIT_FINDINGS;
	if (!diff.old_complete || !diff.new_complete)
		status = EXIT_INCOMPLETE;
	diff_free(&diff);
	return status;
}

static int parse_tolerance(struct run *run, struct err *err)
{
	if (!run->words.tolerance)
		return 0;
	if (filter_number(run->words.tolerance, &run->tolerance) || run->tolerance > 1000000)
		return err_set(err, -EINVAL, "--tolerance wants a number of per cent, not '%s'", run->words.tolerance);
	return 0;
}

/* Both look for files in the same places; one of them gives these back. */
static void share_options(struct run *run)
{
	run->new.reader = run->old.reader;
}

static int diff_logs(struct run *run, const char *const path[2], struct err *err)
{
	share_options(run);
	if (read_one(&run->old, path[0], run->words.stacks, err) ||
	    read_one(&run->new, path[1], run->words.stacks, err))
		return -1;
	return compare(run);
}

/* Messages about each log come last. */
static int close_both(struct run *run, int status)
{
	run->new.reader.search = NULL;
	if (run->new.open)
		status = reader_close(&run->new.reader, status);
	return reader_close(&run->old.reader, status);
}

int cmd_diff(int argc, char **argv)
{
	struct run run = { 0 };
	const char *path[2];
	struct err err;
	int status = reader_options(&run.old.reader, argc, argv, &help, own, &run.words, 2, path);

	if (status >= 0)
		return status;
	if (parse_tolerance(&run, &err))
		return reader_fail(&run.old.reader, &err);
	status = diff_logs(&run, path, &err);
	if (status < 0) {
		complain("%s", err.text);
		status = EXIT_UNUSABLE;
	}
	status = close_both(&run, status);
	side_free(&run.old.side);
	side_free(&run.new.side);
	return status;
}
