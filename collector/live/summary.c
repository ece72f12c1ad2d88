#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Programs that are named; the others are only counted. */
#define NAMED_MAX 6

struct amount {
	char text[32];
};

static struct amount amount(uint64_t bytes)
{
	struct amount out;

	if (bytes >= 10 << 20)
		snprintf(out.text, sizeof(out.text), "%" PRIu64 " MiB", bytes >> 20);
	else if (bytes >= 1024)
		snprintf(out.text, sizeof(out.text), "%" PRIu64 " KiB", bytes >> 10);
	else
		snprintf(out.text, sizeof(out.text), bytes ? "%" PRIu64 " bytes" : "nothing", bytes);
	return out;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* gpg[4242]; or: sh[4242] 12, grep (3 processes) 200, ... */
static void print_callers(FILE *out, const struct program *program, size_t count)
{
	size_t named = count < NAMED_MAX ? count : NAMED_MAX;

	for (size_t i = 0; i < named; i++) {
		fprintf(out, "%s%s", i ? ", " : ": ", program[i].name);
		if (program[i].processes > 1)
			fprintf(out, " (%" PRIu64 " processes)", program[i].processes);
		else
			fprintf(out, "[%" PRId32 "]", program[i].pid);
		if (count > 1)
			fprintf(out, " %" PRIu64, program[i].calls);
	}
	if (count > named)
		fputs(", ...", out);
}

static void print_calls(FILE *out, const struct recorder_totals *totals, const struct processes *processes)
{
	struct programs programs = processes_programs(processes);
	uint64_t told;

	programs_sort(&programs);
	fprintf(out, "pagetrail: %" PRIu64 " call%s, %" PRIu64 " failed", totals->counts.calls,
		plural(totals->counts.calls), totals->failed);
	if (totals->counts.unfinished)
		fprintf(out, ", %" PRIu64 " never returned", totals->counts.unfinished);
	/* `true` maps nothing, but it was there */
	told = programs.callers ? programs.callers : totals->counts.processes;
	fprintf(out, "; %" PRIu64 " process%s", told, told == 1 ? "" : "es");
	print_callers(out, programs.program, programs.count);
	fputc('\n', out);
}

static void print_state(FILE *out, const struct recorder_totals *totals)
{
	fprintf(out, "pagetrail: locked at the end: %s, at peak: %s; writable and executable at the end: %s\n",
		amount(totals->locked).text, amount(totals->locked_peak).text, amount(totals->wx).text);
}

/* Return: whether there is anything to read. */
static bool print_findings(FILE *out, const struct recorder_totals *totals)
{
	size_t sum = 0;

	fputs("pagetrail: findings: ", out);
	for (unsigned i = 0; i < SEVERITY_COUNT; i++) {
		size_t count = totals->findings[i];

		if (count)
			fprintf(out, "%s%zu %s%s", sum ? ", " : "", count, severity_name(i), plural(count));
		sum += count;
	}
	fputs(sum ? "\n" : totals->complete ? "none\n" : "none in what was recorded\n", out);
	return sum > 0;
}

static void print_gaps(FILE *out, const struct recorder_totals *totals)
{
	if (totals->untraced)
		fputs("pagetrail: the tracer did not start in the program: nothing of it is known\n", out);
	if (totals->counts.losses)
		fprintf(out, "pagetrail: %" PRIu64 " record%s lost: the log is incomplete\n", totals->counts.losses,
			plural(totals->counts.losses));
	else if (!totals->complete && !totals->untraced)
		fputs("pagetrail: the log is incomplete; its notes say why\n", out);
}

static void print_verify(FILE *out, const struct verify_totals *verify)
{
	if (!verify->checks && !verify->unread)
		return;
	fprintf(out, "pagetrail: verified %" PRIu64 " pages at %" PRIu64 " checkpoint%s, %" PRIu64 " differ\n",
		verify->pages, verify->checks, plural(verify->checks), verify->differing);
	for (size_t i = 0; i < verify->tellable && i < VERIFY_TOLD_MAX; i++)
		fprintf(out, "pagetrail:   %s\n", verify->told[i]);
	if (verify->tellable > VERIFY_TOLD_MAX)
		fprintf(out, "pagetrail:   and %zu more ranges; the log's check records have them\n",
			verify->tellable - VERIFY_TOLD_MAX);
	if (verify->unread)
		fprintf(out, "pagetrail: %" PRIu64 " checkpoint%s could not be looked at\n", verify->unread,
			plural(verify->unread));
}

/* So that the command can be pasted into a shell. */
static void print_quoted(FILE *out, const char *path)
{
	const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";

	if (path[strspn(path, plain)] == 0) {
		fputs(path, out);
		return;
	}
	fputc('\'', out);
	for (; *path; path++)
		fputs(*path == '\'' ? "'\\''" : (char[2]){ *path, 0 }, out);
	fputc('\'', out);
}

void summary_print(FILE *out, const struct recorder_totals *totals, const struct processes *processes, const char *log)
{
	struct stat st;
	bool found;

	print_calls(out, totals, processes);
	print_state(out, totals);
	found = print_findings(out, totals);
	print_gaps(out, totals);
	print_verify(out, &totals->verify);
	if (!strcmp(log, "-") || stat(log, &st) < 0)
		return;
	fputs("pagetrail: log: ", out);
	print_quoted(out, log);
	fprintf(out, " (%s); next: pagetrail %s ", amount((uint64_t)st.st_size).text, found ? "audit" : "map");
	print_quoted(out, log);
	fputc('\n', out);
}
