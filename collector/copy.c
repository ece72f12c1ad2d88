#include "copy.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

const struct option_row copy_rows[] = {
	{ "o,output", "LOG2", "where to write; .zst at the end compresses, - is standard output",
	  offsetof(struct copy_words, output) },
	{ "f,force", NULL, "overwrite LOG2", offsetof(struct copy_words, force) },
	{ 0 },
};

/* Overwriting the log that is being read would leave neither. */
static bool is_same_file(const char *path, const char *other)
{
	struct stat a, b;

	if (strcmp(path, "-") ? stat(path, &a) : fstat(STDIN_FILENO, &a))
		return false;
	if (strcmp(other, "-") ? stat(other, &b) : fstat(STDOUT_FILENO, &b))
		return false;
	return S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int open_both(const char *path, const struct copy_words *words, struct log_reader **from, struct log_writer **to,
		     struct err *err)
{
	int code;

	if (!words->output)
		return err_set(err, -EINVAL, "-o LOG2 says where to write");
	if (is_same_file(path, words->output))
		return err_set(err, -EINVAL, "%s is the log that is read", words->output);
	code = log_open(path, from, err);
	if (code)
		return code;
	code = log_create(words->output, words->force, to, err);
	if (code)
		log_close(*from);
	return code;
}

/* Half a log would be taken for a torn one. */
static void remove_output(const char *output)
{
	struct stat st;

	if (strcmp(output, "-") && !stat(output, &st) && S_ISREG(st.st_mode))
		unlink(output);
}

int copy_log(const char *verb, const char *path, const struct copy_words *words, rewrite_fn *fn, void *arg)
{
	struct log_reader *from;
	struct log_writer *to;
	struct err err, last;
	int code = open_both(path, words, &from, &to, &err), finished;

	if (code) {
		complain("%s: %s", verb, err.text);
		return EXIT_UNUSABLE;
	}
	code = rewrite_log(from, to, fn, arg, &err);
	finished = log_finish(to, &last);
	if (code < 0 || finished) {
		complain("%s: %s", verb, finished ? last.text : err.text);
		remove_output(words->output);
	} else if (log_tear(from)) {
		complain("%s: %s; what stands before is used, and the new log is not complete either", path,
			 log_tear(from));
	}
	log_close(from);
	return code < 0 || finished ? EXIT_UNUSABLE : EXIT_CLEAN;
}
