#include "summary.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Processes named one by one; the others are only counted. */
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

/* Those that called anything; the rest would only be noise. */
static size_t count_callers(const struct processes *processes)
{
	const struct traced *traced;
	size_t count = 0;

	for (size_t i = 0; (traced = processes_each(processes, i)); i++)
		count += traced->calls > 0;
	return count;
}

static void print_callers(FILE *out, const struct processes *processes, size_t callers)
{
	const struct traced *traced;
	size_t named = 0;

	for (size_t i = 0; (traced = processes_each(processes, i)) && named < NAMED_MAX; i++) {
		if (!traced->calls)
			continue;
		fprintf(out, "%s%s[%d]", named++ ? ", " : " (", traced->name[0] ? traced->name : "?", traced->pid);
		if (callers > 1)
			fprintf(out, " %" PRIu64, traced->calls);
	}
	if (callers > named)
		fprintf(out, " and %zu more", callers - named);
	if (named)
		fputc(')', out);
}

static void print_calls(FILE *out, const struct recorder_totals *totals, const struct processes *processes)
{
	size_t callers = count_callers(processes);

	fprintf(out, "pagetrail: %" PRIu64 " call%s of %zu process%s", totals->counts.calls,
		plural(totals->counts.calls), callers, callers == 1 ? "" : "es");
	print_callers(out, processes, callers);
	fprintf(out, ", %" PRIu64 " failed", totals->failed);
	if (totals->counts.unfinished)
		fprintf(out, ", %" PRIu64 " never returned", totals->counts.unfinished);
	fputc('\n', out);
}

static void print_state(FILE *out, const struct recorder_totals *totals)
{
	fprintf(out, "pagetrail: locked at the end: %s, at peak: %s; writable and executable at the end: %s\n",
		amount(totals->locked).text, amount(totals->locked_peak).text, amount(totals->wx).text);
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

	print_calls(out, totals, processes);
	print_state(out, totals);
	print_gaps(out, totals);
	if (!strcmp(log, "-") || stat(log, &st) < 0)
		return;
	fputs("pagetrail: log: ", out);
	print_quoted(out, log);
	fprintf(out, " (%s); next: pagetrail map ", amount((uint64_t)st.st_size).text);
	print_quoted(out, log);
	fputc('\n', out);
}
