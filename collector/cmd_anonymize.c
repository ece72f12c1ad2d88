/* cmd_anonymize.c - a log without what tells whose it is, for which the reports stay as true as they were. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "copy.h"
#include "log/anonymize.h"
#include "util/alloc.h"

static const struct verb_help help = {
	"anonymize LOG -o LOG2 [OPTION...]",
	"Writes LOG without paths, arguments, labels and names: the same path becomes the same\n"
	"pseudonym everywhere (/dir1/dir2/file3), arguments, directories, functions, the date\n"
	"and all fields it does not know are left out, and of the kernel's release the version\n"
	"stays. Calls, addresses, numbers, times, pids, build-ids, limits, the names of\n"
	"libraries in the system's directories and the kernel's own labels stay, so that\n"
	"findings and the state of every page are the same.\n",
};

struct anonymize {
	struct copy_words copy;
	const char *keep;
};

static const struct option_row own[] = {
	{ "keep", "WHAT", "marks, modules, names (separated by commas): the labels of marks; the\n"
	  "                     file names of programs and libraries, without directories; the\n"
	  "                     functions that symbolize has written", offsetof(struct anonymize, keep) },
	{ 0 },
};

static int parse_keep(const char *text, unsigned *keep, struct err *err)
{
	static const struct {
		const char *name;
		unsigned bit;
	} known[] = { { "marks", ANONYMIZE_MARKS }, { "modules", ANONYMIZE_MODULES }, { "names", ANONYMIZE_NAMES } };
	char *copy = text ? alloc_copy(text, strlen(text)) : NULL, *rest = NULL, *name;
	int code = 0;

	for (name = copy ? strtok_r(copy, ",", &rest) : NULL; name && !code; name = strtok_r(NULL, ",", &rest)) {
		unsigned bit = 0;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			bit |= strcmp(name, known[i].name) ? 0 : known[i].bit;
		*keep |= bit;
		if (!bit)
			code = err_set(err, -EINVAL, "--keep wants marks, modules or names, not '%s'", name);
	}
	free(copy);
	return code;
}

/* What cannot be read is left to the second reading to tell. */
static int learn(struct anonymizer *anonymizer, const char *path, struct err *err)
{
	struct log_reader *log;
	struct record record;
	struct err unused;

	if (!strcmp(path, "-"))
		return err_set(err, -ESPIPE, "--keep modules reads the log twice: it wants a file");
	if (log_open(path, &log, &unused))
		return 0;
	while (log_next(log, &record, &unused) > 0)
		anonymizer_learn(anonymizer, &record);
	log_close(log);
	return 0;
}

static int anonymize(const struct anonymize *run, unsigned keep, const char *path)
{
	struct anonymizer *anonymizer = anonymizer_new(keep);
	int status = EXIT_UNUSABLE;
	struct err err;

	if (keep & ANONYMIZE_MODULES && learn(anonymizer, path, &err))
		complain("anonymize: %s", err.text);
	else
		status = copy_log("anonymize", path, &run->copy, anonymizer_rewrite, anonymizer);
	anonymizer_free(anonymizer);
	return status;
}

int cmd_anonymize(int argc, char **argv)
{
	struct anonymize run = { 0 };
	const struct option_group groups[] = {
		{ "Options", copy_rows, &run.copy },
		{ "What stays besides", own, &run },
		{ 0 },
	};
	unsigned keep = 0;
	const char *path;
	struct err err;
	int code = options_operand(argc, argv, &help, groups, &path, &err);

	if (code == OPTIONS_HELP)
		return EXIT_CLEAN;
	if (!code)
		code = parse_keep(run.keep, &keep, &err);
	if (code) {
		complain("anonymize: %s (see `pagetrail help anonymize`)", err.text);
		return EXIT_UNUSABLE;
	}
	return anonymize(&run, keep, path);
}
