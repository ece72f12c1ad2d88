/*
 * journal_ends.c - the first line of a log, and the last.
 */
#include "journal_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../log/parse.h"

/* ---- first ---- */

static void add_argv(struct line *line, char *const argv[])
{
	line_add(line, ",\"argv\":[");
	for (int i = 0; argv[i]; i++) {
		line_add(line, "%s", i ? "," : "");
		line_quoted(line, argv[i]);
	}
	line_add(line, "]");
}

/* Return: the sysctl, 0 if it cannot be read. */
static uint64_t max_map_count(void)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
	uint64_t count = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%" SCNu64, &count) != 1)
		count = 0;
	fclose(file);
	return count;
}

/* The model takes the kernel's release and limits from the line, as it will when the log is read. */
static void learn_header(struct journal *journal)
{
	struct record record;
	struct err err;

	if (!parse_line(journal->beside, journal->line.at, journal->line.length, &record, &err))
		world_apply(journal->world, &record, NULL, NULL);
}

void journal_header(struct journal *journal, uint64_t start_ns, uint64_t realtime_ns, char *const argv[],
		    const char *cwd, const struct journal_part *part)
{
	struct line *line = &journal->line;
	struct utsname host = { .release = "" };
	char *own = cwd ? NULL : getcwd(NULL, 0);

	uname(&host);
	line_clear(line);
	line_add(line, "{\"type\":\"header\",\"version\":1,\"tool\":\"pagetrail %s\",\"kernel\":", PAGETRAIL_VERSION);
	line_quoted(line, host.release);
	line_add(line, ",\"arch\":");
	line_quoted(line, host.machine);
	line_add(line, ",\"page_size\":%ld,\"clock\":\"CLOCK_MONOTONIC\"", sysconf(_SC_PAGESIZE));
	line_add(line, ",\"start_ns\":%" PRIu64 ",\"realtime_ns\":%" PRIu64, start_ns, realtime_ns);
	add_argv(line, argv);
	if (max_map_count())
		line_add(line, ",\"max_map_count\":%" PRIu64, max_map_count());
	if (cwd || own) {
		line_add(line, ",\"cwd\":");
		line_quoted(line, cwd ? cwd : own);
	}
	if (part) {
		line_add(line, ",\"part\":%" PRIu32 ",\"continues\":", part->number);
		line_quoted(line, part->continues);
	}
	line_add(line, "}");
	learn_header(journal);
	journal_write(journal, line);
	free(own);
}

/* ---- last ---- */

static void add_coverage(const struct journal *journal, struct line *line)
{
	const struct coverage *n = &journal->coverage;

	line_add(line, ",\"coverage\":{\"processes\":%" PRIu64 ",\"threads\":%" PRIu64, n->processes, n->threads);
	line_add(line, ",\"by_via\":{\"plt\":%" PRIu64 ",\"site\":%" PRIu64 ",\"syscall\":%" PRIu64 "}", n->plt,
		 n->site, n->syscall);
	line_add(line, ",\"untraced\":%" PRIu64 ",\"not_covered\":%" PRIu64 ",\"losses\":%" PRIu64, n->untraced.found,
		 n->uncovered.count + n->no_sites, n->losses);
	line_add(line, ",\"snapshots\":%" PRIu64 ",\"revealed_pages\":%" PRIu64 "}", n->snapshots,
		 journal_sums(journal).revealed);
}

void journal_trailer(struct journal *journal, bool complete, const char *continued)
{
	const struct journal_counts *n = &journal->counts;
	struct line *line = &journal->line;
	char digest[DIGEST_HEX];

	line_clear(line);
	line_add(line, "{\"type\":\"trailer\",\"calls\":%" PRIu64 ",\"unfinished\":%" PRIu64 ",\"losses\":%" PRIu64,
		 n->calls, n->unfinished, n->losses);
	line_add(line, ",\"processes\":%" PRIu64 ",\"stacks\":%" PRIu64 ",\"modules\":%" PRIu64, n->processes,
		 n->stacks, n->modules);
	line_add(line, ",\"marks\":%" PRIu64 ",\"snapshots\":%" PRIu64 ",\"lines\":%" PRIu64, n->marks, n->snapshots,
		 journal->lines + 1);
	if (n->verify)
		line_add(line, ",\"checks\":%" PRIu64 ",\"checked_pages\":%" PRIu64 ",\"differing_pages\":%" PRIu64,
			 n->checks, n->checked_pages, n->differing_pages);
	add_coverage(journal, line);
	digest_world(journal->world, &journal->left, digest);
	line_add(line, ",\"state_form\":%d,\"state\":\"%s\"", DIGEST_FORM, digest);
	if (continued) {
		line_add(line, ",\"continued\":");
		line_quoted(line, continued);
	}
	line_add(line, ",\"complete\":%s}", complete ? "true" : "false");
	journal_write(journal, line);
}
