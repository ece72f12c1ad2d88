/*
 * t_live_summary.c - the lines a recording ends with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <unistd.h>

#include "../../../collector/live/summary.h"

static char *text;
static struct processes *processes;

static void called(const char *name, uint64_t calls)
{
	static int32_t pid = INT32_MAX - 100000;	/* nobody's */
	struct traced *traced = processes_see(processes, ++pid);

	snprintf(traced->name, sizeof(traced->name), "%s", name);
	traced->calls = calls;
}

static void print(const struct recorder_totals *totals, const char *log)
{
	size_t size;
	FILE *out = open_memstream(&text, &size);

	summary_print(out, totals, processes, log);
	fclose(out);
}

static void expect(const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static int set_up(void **state)
{
	(void)state;
	processes = processes_new();
	text = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	processes_free(processes);
	free(text);
	return 0;
}

static void processes_of_one_program_are_taken_together(void **state)
{
	struct recorder_totals totals = { .counts = { .calls = 1018 }, .failed = 3, .complete = true };

	(void)state;
	called("make", 10);
	for (int i = 0; i < 4; i++)
		called("cc", 250);
	called("silent", 0);
	called("true", 8);
	print(&totals, "-");
	expect("pagetrail: 1018 calls, 3 failed; 6 processes: cc (4 processes) 1000, make[");
	expect("] 10, true[");
	assert_null(strstr(text, "silent"));
	assert_null(strstr(text, "incomplete"));
}

static void a_program_without_calls_is_a_process_too(void **state)
{
	struct recorder_totals totals = { .counts = { .processes = 1 }, .complete = true };

	(void)state;
	called("true", 0);
	print(&totals, "-");
	expect("pagetrail: 0 calls, 0 failed; 1 process\n");
}

static void findings_are_told_by_severity(void **state)
{
	struct recorder_totals totals = { .complete = true };

	(void)state;
	print(&totals, "-");
	expect("pagetrail: findings: none\n");
	free(text);
	totals.complete = false;
	print(&totals, "-");
	expect("pagetrail: findings: none in what was recorded\n");
	free(text);
	totals.findings[SEVERITY_ERROR] = 1;
	totals.findings[SEVERITY_NOTE] = 2;
	print(&totals, "/dev/null");
	expect("pagetrail: findings: 1 error, 2 notes\n");
	expect("next: pagetrail audit /dev/null\n");
}

static void more_programs_than_have_room_are_counted_only(void **state)
{
	struct recorder_totals totals = { .complete = true };
	char name[16];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "p%d", i % 1000);
		called(name, 1);
	}
	print(&totals, "-");
	expect("; 2000 processes: p0");
	expect(", ...\n");
}

static void what_is_locked_and_what_is_missing_is_said(void **state)
{
	struct recorder_totals totals = { .counts = { .calls = 1, .unfinished = 1, .losses = 7 }, .locked = 4096,
					  .locked_peak = 65536, .wx = 20 << 20 };

	(void)state;
	print(&totals, "-");
	expect("1 call, 0 failed, 1 never returned");
	expect("locked at the end: 4 KiB, at peak: 64 KiB; writable and executable at the end: 20 MiB");
	expect("7 records lost: the log is incomplete");
	totals.counts.losses = 0;
	free(text);
	print(&totals, "-");
	expect("the log is incomplete; its notes say why");
	totals.untraced = true;
	free(text);
	print(&totals, "-");
	expect("nothing of it is known");
}

static void the_next_command_can_be_pasted(void **state)
{
	struct recorder_totals totals = { .complete = true };
	char path[] = "/tmp/it's a log.XXXXXX", *name = strrchr(path, '.') + 1;
	char expected[128];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	print(&totals, path);
	unlink(path);
	snprintf(expected, sizeof(expected), "next: pagetrail map '/tmp/it'\\''s a log.%s'\n", name);
	expect(expected);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(processes_of_one_program_are_taken_together),
		T(a_program_without_calls_is_a_process_too),
		T(findings_are_told_by_severity),
		T(more_programs_than_have_room_are_counted_only),
		T(what_is_locked_and_what_is_missing_is_said),
		T(the_next_command_can_be_pasted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
