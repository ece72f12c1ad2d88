#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "report/logcheck.h"
#include "util/alloc.h"
#include "util/nearest.h"
#include "verdict/judge.h"

/* One log on its way to a verdict: the one in question, or the old one that is the baseline. */
struct run {
	struct check *check;
	struct reader *reader;
	struct world *world;
	struct audit *audit;
	struct watch *watch;
	struct evidence evidence;
	struct verdict verdict;
	struct logcheck *logcheck;
	struct text fault;		/* the first that validate would find, "" for none */
};

/* ---- files ---- */

/* Return: the whole file, or NULL with a message. */
static char *read_file(const char *path, size_t most, size_t *length, struct err *err)
{
	FILE *file = fopen(path, "re");
	size_t room = 65536;
	char *bytes;

	*length = 0;
	if (!file) {
		err_set(err, -errno, "%s: %s", path, strerror(errno));
		return NULL;
	}
	bytes = alloc_resize(NULL, room, 1);
	while (*length <= most && !ferror(file) && !feof(file)) {
		if (*length == room)
			bytes = alloc_resize(bytes, room *= 2, 1);
		*length += fread(bytes + *length, 1, room - *length, file);
	}
	if (ferror(file)) {
		err_set(err, -errno, "%s: %s", path, strerror(errno));
		free(bytes);
		bytes = NULL;
	}
	fclose(file);
	return bytes;
}

static int no_policy(const char *name, struct err *err)
{
	const char *names[17] = { NULL };

	for (size_t i = 0; i < 16 && policy_ready[i].name; i++)
		names[i] = policy_ready[i].name;
	if (nearest_name(name, names))
		return err_set(err, -ENOENT, "--policy: no file and no ready policy '%s'; did you mean '%s'?", name,
			       nearest_name(name, names));
	return err_set(err, -ENOENT, "--policy: no file and no ready policy '%s'; `pagetrail help policies` lists these",
		       name);
}

/* A name without a slash is that of a ready policy where there is one, whatever files there are. */
static int read_policy(struct check *check, struct err *err)
{
	const char *name = check->words.policy;
	const struct policy_ready *ready = name ? policy_find_ready(name) : NULL;
	size_t length;
	char *bytes;
	int code;

	policy_init(&check->policy);
	if (!name)
		return 0;
	if (ready)
		return policy_parse(ready->bytes, ready->length, ready->name, &check->policy, err);
	if (access(name, F_OK) && !strchr(name, '/'))
		return no_policy(name, err);
	bytes = read_file(name, POLICY_BYTES_MAX, &length, err);
	if (!bytes)
		return -EIO;
	code = policy_parse(bytes, length, name, &check->policy, err);
	free(bytes);
	return code;
}

static int find_format(struct check *check, struct err *err)
{
	const char *name = check->words.format ? check->words.format : "text", *names[9] = { NULL };

	for (size_t i = 0; verdict_format[i].name && i < 8; i++) {
		names[i] = verdict_format[i].name;
		if (!strcmp(name, names[i]))
			check->format = &verdict_format[i];
	}
	if (check->format)
		return 0;
	return err_set(err, -EINVAL, "--format: no format '%s'%s%s%s", name, nearest_name(name, names) ? "; did you mean '" : "",
		       nearest_name(name, names) ? nearest_name(name, names) : "; `pagetrail help check` lists them",
		       nearest_name(name, names) ? "'?" : "");
}

int check_prepare(struct check *check, struct err *err)
{
	int code = find_format(check, err);

	if (!code)
		code = repo_find(&check->repo, check->words.source_root, err);
	return code ? code : read_policy(check, err);
}

/* ---- the passes ---- */

static void tell_change(void *arg, const struct delta *delta)
{
	struct run *run = arg;

	audit_change(run->audit, delta);
	watch_change(run->watch, delta);
}

/* A line that was cut out leaves the log well-formed line by line, and not what was recorded. */
static void keep_fault(void *arg, uint64_t number, const char *text)
{
	struct run *run = arg;

	if (run->fault.length)
		return;
	if (number)
		text_printf(&run->fault, "line %llu: ", (unsigned long long)number);
	text_put(&run->fault, text);
}

static void validate(struct run *run, const struct record *record)
{
	uint64_t number;
	size_t length;

	log_line(run->reader->log, &length, &number);
	logcheck_add(run->logcheck, record, number);
}

static int walk(struct run *run, struct err *err)
{
	struct reader *reader = run->reader;
	struct record record;
	int code;

	run->world = world_new();
	world_let_leave(run->world, NULL, NULL);
	run->audit = audit_new(run->world, reader_filter(reader), reader);
	run->logcheck = logcheck_new(keep_fault, run);
	run->watch = watch_new(&run->check->policy, run->audit, reader->symbols);
	while ((code = reader_next(reader, &record, err)) > 0) {
		enum apply_result result;

		validate(run, &record);
		audit_before(run->audit, &record);
		watch_before(run->watch, &record);
		result = world_apply(run->world, &record, tell_change, run);
		audit_after(run->audit, &record, result);
		watch_after(run->watch, &record);
	}
	audit_end(run->audit);
	return code ? code : reader_settle(reader, err);
}

/* Return: NULL where it is complete. */
static const char *incomplete_because(const struct run *run)
{
	const char *because = reader_incomplete(run->reader);

	if (!because && run->fault.length)
		because = text_read(&run->fault);
	if (!because && !logcheck_complete(run->logcheck))
		because = "its trailer does not count what is there";
	return because;
}

static int judge(struct run *run, const char *path, struct baseline *baseline, struct err *err)
{
	struct reader *reader = run->reader;
	struct judge_input input = { .policy = &run->check->policy, .baseline = baseline };
	struct verdict *verdict = &run->verdict;

	if (reader_open_lazily(reader, path, err) || walk(run, err))
		return -EIO;
	verdict->log = reader->path;
	verdict->policy = run->check->words.policy;
	verdict->baseline = run->check->words.baseline;
	verdict->tool_version = PAGETRAIL_VERSION;
	verdict->incomplete_because = incomplete_because(run);
	verdict->complete = !verdict->incomplete_because;
	input.finding = audit_findings(run->audit, &input.findings);
	input.result = watch_end(run->watch);
	input.symbols = reader->symbols;
	verdict_judge(verdict, &input);
	return 0;
}

static void free_run(struct run *run)
{
	verdict_free(&run->verdict);
	watch_free(run->watch);
	audit_free(run->audit);
	world_free(run->world);
	if (run->logcheck)
		logcheck_free(run->logcheck);
	text_free(&run->fault);
	evidence_free(&run->evidence);
}

static int look_up(struct run *run, struct err *err)
{
	struct record record;
	int code = reader_rewind(run->reader, err);

	verdict_evidence(&run->verdict, &run->evidence);
	evidence_begin(&run->evidence);
	if (code || !run->evidence.count)
		return code;
	while ((code = reader_next(run->reader, &record, err)) > 0)
		if (!evidence_see(&run->evidence, &record, &run->reader->survey))
			return 0;
	return code;
}

/* ---- baselines ---- */

/* Compressed, or with a first line that is a record of its own: a baseline's has no type. */
static bool is_log(const char *path)
{
	static const char zstd[] = "\x28\xb5\x2f\xfd", type[] = "\"type\"";
	FILE *file = fopen(path, "re");
	char bytes[65536], *end;
	size_t length = file ? fread(bytes, 1, sizeof(bytes), file) : 0;

	if (file)
		fclose(file);
	end = memchr(bytes, '\n', length);
	if (length >= 4 && !memcmp(bytes, zstd, 4))
		return true;
	return memmem(bytes, end ? (size_t)(end - bytes) : length, type, sizeof(type) - 1);
}

/* The old log is looked at as the new one: the same filters, names from the same files. */
static int judge_old(struct check *check, const struct reader *now, const char *path, struct err *err)
{
	struct reader reader = { .words = now->words };
	struct run run = { .check = check, .reader = &reader };
	int code = filter_parse(&reader.words.filter, &reader.filter, err);

	if (!code)
		code = lookup_search(&reader.words.lookup, &reader.search, err);
	if (!code)
		code = judge(&run, path, NULL, err);
	if (code) {
		reader_give_back(&reader);
		free_run(&run);
		return code;
	}
	verdict_baseline(&run.verdict, reader.symbols, &check->baseline);
	if (!run.verdict.complete)
		complain("%s: not complete, so what it misses counts as new: %s", path, run.verdict.incomplete_because);
	free_run(&run);
	reader_give_back(&reader);
	return 0;
}

static int read_baseline(struct check *check, const struct reader *now, struct err *err)
{
	const char *path = check->words.baseline;
	size_t length;
	char *bytes;
	int code;

	if (!path)
		return 0;
	if (is_log(path))
		return judge_old(check, now, path, err);
	bytes = read_file(path, BASELINE_BYTES_MAX, &length, err);
	if (!bytes)
		return -EIO;
	code = baseline_parse(bytes, length, path, &check->baseline, err);
	free(bytes);
	return code;
}

/* By way of a new file: what is there stays whole if anything goes wrong. */
static int write_baseline(struct run *run, struct err *err)
{
	const char *path = run->check->words.write_baseline;
	struct baseline baseline = { 0 };
	struct text name = { 0 };
	FILE *out;
	int code;

	if (!path)
		return 0;
	text_printf(&name, "%s.new", path);
	out = fopen(text_read(&name), "we");
	code = out ? 0 : -errno;
	if (out) {
		verdict_baseline(&run->verdict, run->reader->symbols, &baseline);
		code = baseline_write(&baseline, out);
		code = fclose(out) && !code ? -errno : code;
		code = !code && rename(text_read(&name), path) ? -errno : code;
	}
	if (code)
		err_set(err, code, "cannot write %s: %s", path, strerror(-code));
	else
		complain("%s: %zu finding%s written", path, baseline.count, baseline.count == 1 ? "" : "s");
	baseline_free(&baseline);
	text_free(&name);
	return code;
}

/* ---- the whole ---- */

static int print(struct run *run, struct err *err)
{
	const struct verdict_report report = {
		.view = &run->reader->view, .verdict = &run->verdict, .symbols = run->reader->symbols,
		.evidence = &run->evidence, .coverage = &run->reader->survey.coverage,
		.repo = &run->check->repo,
		.all_frames = run->check->words.stacks,
	};
	int code = run->check->format->evidence ? look_up(run, err) : 0;

	if (!code)
		run->check->format->print(&report);
	return code;
}

int check_run(struct check *check, struct reader *reader, const char *path)
{
	struct run run = { .check = check, .reader = reader };
	struct err err;
	int status;

	if (read_baseline(check, reader, &err) || judge(&run, path, check->words.baseline ? &check->baseline : NULL, &err) ||
	    print(&run, &err) || write_baseline(&run, &err))
		status = reader_fail(reader, &err);
	else
		status = reader_close(reader, verdict_status(&run.verdict));
	free_run(&run);
	return status;
}

void check_free(struct check *check)
{
	repo_free(&check->repo);
	policy_free(&check->policy);
	baseline_free(&check->baseline);
}
