#include "reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "log/source.h"
#include "util/alloc.h"

const struct option_row reader_output[] = {
	{ "json", NULL, "print JSON", offsetof(struct reader_words, json) },
	{ "color", "HOW", "auto (on a terminal, without NO_COLOR), always or never",
	  offsetof(struct reader_words, color) },
	{ 0 },
};

const struct option_row reader_filters[] = {
	{"pid", "PID", "of this process; map and explain show one: the first",
	 offsetof(struct reader_words, filter.pid)},
	{"tid", "TID", "by this thread", offsetof(struct reader_words, filter.tid)},
	{"call", "NAMES", "these calls: mlock,munlock", offsetof(struct reader_words, filter.call)},
	{"addr", "A[-B]", "about this address, or any in [A, B)", offsetof(struct reader_words, filter.addr)},
	{"result", "RESULT", "ok, fail, or an error: ENOMEM", offsetof(struct reader_words, filter.result)},
	{"module", "NAME", "with this object in the stack: libgcrypt, libc.so.6, /bin/x",
	 offsetof(struct reader_words, filter.module)},
	{"func", "NAME", "with this function in the stack; wildcards too", offsetof(struct reader_words, filter.func)},
	{"since", "WHEN", "from this moment on", offsetof(struct reader_words, filter.since)},
	{"until", "WHEN", "up to this moment", offsetof(struct reader_words, filter.until)},
	{0},
};

/* What the options' values can be. */
static void print_words(const struct verb_help *help)
{
	const size_t indent = 7;
	size_t columns = 80;

	fputs("\nLOG     a file, plain or .zst; - is standard input\n"
	      "WHEN    start, exit, a time since recording began (1.25s, 300ms), #SEQ,\n"
	      "        mark:LABEL\n"
	      "NAMES   separated by commas, of:", stdout);
	for (int i = 0; i < CALL_COUNT; i++) {
		size_t length = strlen(call_table[i].name) + 1;

		if (columns + length >= 80) {
			printf("\n%*s", (int)indent, "");
			columns = indent;
		}
		printf(" %s", call_table[i].name);
		columns += length;
	}
	fputs("\n", stdout);
	/* verbs that give a verdict tell their own */
	if (!strstr(help->text, "Exit status"))
		fputs("\nExit status: 0; 2 for a wrong command line or a log that cannot be read.\n", stdout);
}

void complain(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, format);
	fputs("pagetrail: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static const char *operands_of(const struct verb_help *help, int operands)
{
	if (operands < 2)
		return "a log";
	return strstr(help->usage, " OLD NEW") ? "two logs" : "a log and an address";
}

int reader_options(struct reader *reader, int argc, char **argv, const struct verb_help *help,
		   const struct option_row *own, void *into, int operands, const char **operand)
{
	static const struct option_row none[] = { { 0 } };
	const struct option_group groups[] = {
		{ "Options", own ? own : none, into },
		{ "Output", reader_output, &reader->words },
		{ "Only what is", reader_filters, &reader->words },
		{ "Names of functions", lookup_rows, &reader->words.lookup },
		{ 0 },
	};
	struct err err;
	int first, code = options_parse(argc, argv, groups, &first, &err);

	if (code == OPTIONS_HELP) {
		options_help(stdout, help, own ? groups : groups + 1);
		print_words(help);
		return EXIT_CLEAN;
	}
	if (!code && argc - first != operands)
		code = err_set(&err, -EINVAL, "wants %s: pagetrail %s", operands_of(help, operands), help->usage);
	if (!code)
		code = view_init(&reader->view, stdout, reader->words.color, &err);
	if (!code)
		code = filter_parse(&reader->words.filter, &reader->filter, &err);
	if (!code)
		code = lookup_search(&reader->words.lookup, &reader->search, &err);
	if (code) {
		complain("%s: %s (see `pagetrail help %s`)", argv[0], err.text, argv[0]);
		return EXIT_UNUSABLE;
	}
	for (int i = 0; i < operands; i++)
		operand[i] = argv[first + i];
	return -1;
}

int reader_when(struct reader *reader, const char *text, struct err *err)
{
	return when_parse(text, &reader->when[reader->whens++], err);
}

static bool is_pipe(const char *path)
{
	struct stat st;

	return !strcmp(path, "-") || (!stat(path, &st) && S_ISFIFO(st.st_mode));
}

/* A pipe can be walked only once: keep what comes in a file without a name. */
static int keep_input(struct reader *reader, const char *path, struct err *err)
{
	int fd = strcmp(path, "-") ? source_file(path, err) : STDIN_FILENO;
	FILE *kept = fd < 0 ? NULL : tmpfile();
	char block[65536];
	ssize_t length = 0;

	if (fd < 0)
		return fd;
	while (kept && (length = read(fd, block, sizeof(block))) > 0)
		fwrite(block, 1, (size_t)length, kept);
	if (!kept || length < 0 || fflush(kept))
		return err_set(err, -EIO, "cannot keep %s in a temporary file: %s", reader->path, strerror(errno));
	if (fd != STDIN_FILENO)
		close(fd);
	rewind(kept);
	snprintf(reader->kept, sizeof(reader->kept), "/proc/self/fd/%d",
		 fileno(kept)); /* open to the end of the program */
	return 0;
}

/* What a message calls by the name of that file is what the user knows as standard input. */
static int name_input(const struct reader *reader, int code, struct err *err)
{
	size_t length = code < 0 ? strlen(reader->kept) : 0;
	struct err same;

	if (length && !strncmp(err->text, reader->kept, length)) {
		same = *err;
		err_set(err, code, "%s%s", reader->path, same.text + length);
	}
	return code;
}

static void take_in(struct reader *reader, const struct record *record)
{
	symbols_add(reader->symbols, record);
	survey_add(&reader->survey, record);
	filter_see(&reader->filter, record);
	for (size_t i = 0; i < reader->whens; i++)
		when_see(&reader->when[i], record);
}

static void keep_tear(struct reader *reader)
{
	const uint64_t told = reader->survey.lines_told, lines = reader->survey.lines;
	char text[96];

	if (log_tear(reader->log))
		reader->tear = alloc_copy(log_tear(reader->log), strlen(log_tear(reader->log)));
	if (reader->tear || !told || told == lines)
		return;
	snprintf(text, sizeof(text), "its trailer counts %" PRIu64 " lines, it has %" PRIu64, told, lines);
	reader->miscount = alloc_copy(text, strlen(text));
}

static int walk_once(struct reader *reader, struct err *err)
{
	struct record record;
	int code;

	while ((code = log_next(reader->log, &record, err)) > 0)
		take_in(reader, &record);
	if (!code)
		keep_tear(reader);
	return code;
}

static int settle(struct reader *reader, struct err *err)
{
	const struct survey_process *process = survey_find(&reader->survey, reader->filter.pid);
	int code = filter_settle(&reader->filter, &reader->survey, err);

	for (size_t i = 0; i < reader->whens && !code; i++)
		code = when_settle(&reader->when[i], &reader->survey, process, err);
	return code;
}

static bool is_page(uint64_t bytes)
{
	return bytes >= 4096 && bytes <= 1 << 21 && !(bytes & (bytes - 1));
}

static void prepare(struct reader *reader, const char *path)
{
	reader->path = strcmp(path, "-") ? alloc_copy(path, strlen(path)) : alloc_copy("standard input", 14);
	reader->symbols = symbols_new();
	symbols_search(reader->symbols, reader->search);
	for (size_t i = 0; i < reader->whens; i++)
		reader->when[i].pid = reader->filter.pid;
}

static int check_and_settle(struct reader *reader, struct err *err)
{
	if (!is_page(reader->survey.page_bytes))
		return err_set(err, -EINVAL, "%s: page_size %llu is none", reader->path,
			       (unsigned long long)reader->survey.page_bytes);
	return settle(reader, err);
}

static int open_log(struct reader *reader, const char *path, struct err *err)
{
	bool input = is_pipe(path);
	int code;

	prepare(reader, path);
	code = input ? keep_input(reader, path, err) : 0;
	return code ? code : name_input(reader, log_open(input ? reader->kept : path, &reader->log, err), err);
}

int reader_open(struct reader *reader, const char *path, struct err *err)
{
	int code = open_log(reader, path, err);

	if (!code)
		code = name_input(reader, walk_once(reader, err), err);
	if (!code)
		code = check_and_settle(reader, err);
	return code ? code : log_rewind(reader->log, err);
}

static bool is_asked_for(void *arg, const struct record *record)
{
	const struct reader *reader = arg;

	if (record->type == RECORD_CALL)
		return filter_call(&reader->filter, record, reader->survey.page_bytes, reader->symbols);
	return filter_event(&reader->filter, record);
}

reader_wanted *reader_filter(const struct reader *reader)
{
	return reader->filter.pid || filter_is_set(&reader->filter) ? is_asked_for : NULL;
}

int reader_open_lazily(struct reader *reader, const char *path, struct err *err)
{
	if (reader->whens || reader_filter(reader))
		return reader_open(reader, path, err);
	reader->once = true;
	reader->survey.forgets = true;
	return open_log(reader, path, err);
}

int reader_open_once(struct reader *reader, const char *path, struct err *err)
{
	prepare(reader, path);
	reader->once = true;
	reader->survey.forgets = !reader->whens && !reader_filter(reader);
	return log_open(path, &reader->log, err);
}

int reader_settle(struct reader *reader, struct err *err)
{
	if (!reader->once)
		return 0;
	reader->once = false;
	keep_tear(reader);
	return check_and_settle(reader, err);
}

int reader_next(struct reader *reader, struct record *record, struct err *err)
{
	int code = log_next(reader->log, record, err);

	if (code > 0 && reader->once)
		take_in(reader, record);
	return name_input(reader, code, err);
}

int reader_rewind(struct reader *reader, struct err *err)
{
	return log_rewind(reader->log, err);
}

int reader_look_up(struct reader *reader, struct who *who, struct err *err)
{
	struct record record;
	int code = reader_rewind(reader, err);

	if (code)
		return code;
	while ((code = reader_next(reader, &record, err)) > 0)
		if (!who_see(who, &record, &reader->filter, reader->survey.page_bytes, reader->symbols))
			return 0;
	return code;
}

static int no_process(const struct reader *reader, struct err *err)
{
	const struct survey *survey = &reader->survey;
	struct text list = { 0 };

	for (size_t i = 0; i < survey->processes && i < 12; i++)
		text_printf(&list, "%s%d", i ? ", " : "", survey->process[i].pid);
	if (survey->processes > 12)
		text_printf(&list, " and %zu more", survey->processes - 12);
	if (survey->processes)
		err_set(err, -ENOENT, "no process %d in this log; it has %s", reader->filter.pid, text_read(&list));
	else
		err_set(err, -ENOENT, "%s has no process", reader->path);
	text_free(&list);
	return -ENOENT;
}

const struct survey_process *reader_process(const struct reader *reader, const struct when *when, struct err *err)
{
	const struct survey_process *newest = survey_find(&reader->survey, reader->filter.pid), *then;

	if (!newest) {
		no_process(reader, err);
		return NULL;
	}
	then = survey_find_at(&reader->survey, newest->pid, when->seq);
	if (!then)
		err_set(err, -ENOENT, "process %d does not exist at %s: it starts at #%llu, %.6f s", newest->pid,
			when->text, (unsigned long long)newest->first_seq, (double)newest->first_ns / 1e9);
	return then;
}

const char *reader_incomplete(const struct reader *reader)
{
	const struct survey *survey = &reader->survey;

	if (survey->losses)
		return "records were lost while recording";
	if (reader->tear)
		return reader->tear;
	if (!survey->has_trailer)
		return "it has no trailer, so its end is missing";
	if (reader->miscount)
		return reader->miscount;
	return survey->complete ? NULL : "its trailer says so";
}

static void say_what_is_missing(const struct reader *reader)
{
	if (reader->tear)
		complain("%s: %s; what stands before is used", reader->path, reader->tear);
	if (reader->survey.losses)
		complain("%s: %llu records were lost while recording; what they did is not shown", reader->path,
			 (unsigned long long)reader->survey.losses);
	else if (reader->miscount)
		complain("%s: %s; what is there is used", reader->path, reader->miscount);
	else if (!reader->tear && reader->survey.has_trailer && !reader->survey.complete)
		complain("%s: not complete, as its trailer says", reader->path);
}

/* Names missing from a report have a reason; it is told once per file, and not for every file of a foreign log. */
void complain_of_names(const struct symbols *symbols)
{
	const char *problem;
	size_t count = 0;

	for (; (problem = symbols_problem(symbols, count)); count++)
		if (count < 4)
			complain("no names: %s", problem);
	if (count > 4)
		complain("no names: %zu more files", count - 4);
}

void reader_give_back(struct reader *reader)
{
	if (reader->log)
		log_close(reader->log);
	if (reader->symbols)
		symbols_free(reader->symbols);
	search_free(reader->search);
	survey_free(&reader->survey);
	free(reader->tear);
	free(reader->miscount);
	free(reader->path);
}

int reader_close(struct reader *reader, int status)
{
	/* A reader that went away, as in `| head`, is no error; a full disk is. */
	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE) {
		complain("cannot write the report: %s", strerror(errno));
		status = EXIT_UNUSABLE;
	}
	complain_of_names(reader->symbols);
	say_what_is_missing(reader);
	reader_give_back(reader);
	return status;
}

int reader_fail(struct reader *reader, const struct err *err)
{
	complain("%s", err->text);
	reader_give_back(reader);
	return EXIT_UNUSABLE;
}
