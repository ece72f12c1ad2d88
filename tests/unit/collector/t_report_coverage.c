/*
 * t_report_coverage.c - what a recording saw, and how it says what it did not see.
 */
#include "calls.h"

#include <string.h>

#include "../../../collector/report/statement.h"

static struct coverage coverage;

static int begin(void **state)
{
	(void)state;
	memset(&coverage, 0, sizeof(coverage));
	return 0;
}

static int end(void **state)
{
	(void)state;
	coverage_free(&coverage);
	return 0;
}

static void add(struct record record)
{
	coverage_add(&coverage, &record);
}

static void add_process(enum process_event event)
{
	add((struct record){.type = RECORD_PROCESS, .pid = 7, .process = {.event = event}});
}

static void add_call(int32_t pid, int32_t tid, enum call_via via)
{
	add((struct record){.type = RECORD_CALL, .pid = pid, .tid = tid, .call = {.call = CALL_mmap, .via = via}});
}

static void add_note(struct record_note note)
{
	add((struct record){.type = RECORD_NOTE, .pid = 7, .note = note});
}

/* The log ends here, and says that it is complete. */
static void end_log(uint64_t revealed)
{
	add((struct record){.type = RECORD_TRAILER, .trailer = {.revealed = revealed, .complete = true}});
}

static const char *text(void)
{
	static char out[4096];
	FILE *file = fmemopen(out, sizeof(out), "w");
	const struct view view = {.out = file};

	statement_print(&view, &coverage, "");
	fclose(file);
	out[strcspn(out, "\n")] = '\0';
	return out;
}

static void a_thread_counts_once_and_with_its_process(void **state)
{
	(void)state;
	add_process(PROCESS_START);
	add_process(PROCESS_FORK);
	add_process(PROCESS_EXEC);
	add_call(7, 7, VIA_PLT);
	add_call(7, 8, VIA_SITE);
	add_call(7, 7, VIA_SITE);
	add_call(9, 8, VIA_SYSCALL);
	add((struct record){.type = RECORD_MARK, .pid = 9, .tid = 9});
	end_log(0);
	assert_string_equal(text(),
			    "coverage: 2 processes, 4 threads, 4 calls (plt 1, site 2, syscall 1): nothing missing");
}

static void what_is_missing_is_named(void **state)
{
	static const char *const calls[] = {"mmap", "munmap"};

	(void)state;
	add_process(PROCESS_START);
	add_call(7, 7, VIA_PLT);
	add((struct record){.type = RECORD_LOSS, .loss = {.count = 3}});
	add_note((struct record_note){.what = "untraced", .path = "/usr/bin/ping", .text = "set-user-ID program"});
	add_note((struct record_note){.what = "untraced", .path = "/usr/bin/ping", .text = "set-user-ID program"});
	add_note((struct record_note){.what = "not-covered", .path = "/lib/libasan.so.8", .calls = 2, .call = calls});
	add_note((struct record_note){
		.what = "sites", .object = "libc.so.6", .found = 32, .rewritten = 30, .error = "EACCES"});
	end_log(12);
	assert_string_equal(text(),
			    "coverage: 1 process, 1 thread, 1 call (plt 1); lost 3 records; "
			    "not traced: /usr/bin/ping (set-user-ID program) x2; "
			    "not covered: /lib/libasan.so.8 (mmap, munmap), libc.so.6 (30 of 32 call sites, EACCES); "
			    "12 pages known from snapshots alone");
	assert_int_equal(coverage.untraced.found, 2);
	assert_int_equal(coverage.untraced.count, 1);
}

static void sites_that_were_all_rewritten_are_nothing_to_tell(void **state)
{
	(void)state;
	add_note((struct record_note){.what = "sites", .object = "libc.so.6", .found = 32, .rewritten = 32});
	end_log(0);
	assert_int_equal(coverage.uncovered.count, 0);
	assert_non_null(strstr(text(), "nothing missing"));
}

static void sites_that_were_not_looked_for_are_missing(void **state)
{
	(void)state;
	add_note((struct record_note){.what = "sites", .off = true});
	end_log(0);
	assert_string_equal(text(), "coverage: 0 processes, 0 threads, 0 calls; libc's own calls not looked for");
}

static void an_object_that_could_not_be_looked_at_is_missing(void **state)
{
	(void)state;
	add_note((struct record_note){.what = "sites", .object = "ld.so", .error = "EBUSY"});
	assert_non_null(strstr(text(), "not covered: ld.so (0 of 0 call sites, EBUSY)"));
}

static void many_gaps_are_counted_and_the_first_named(void **state)
{
	char path[32];

	(void)state;
	for (int i = 0; i < 2 * COVERAGE_NAMED; i++) {
		snprintf(path, sizeof(path), "/bin/%d", i);
		add_note((struct record_note){.what = "untraced", .path = path, .text = "static"});
	}
	assert_int_equal(coverage.untraced.count, 2 * COVERAGE_NAMED);
	assert_int_equal(coverage.untraced.named, COVERAGE_NAMED);
	assert_non_null(strstr(text(), "/bin/3 (static) and 124 more"));
}

static void what_verify_found_stands_at_the_end(void **state)
{
	(void)state;
	add((struct record){.type = RECORD_CHECK, .check = {.pages = 2000, .differ = 0}});
	add((struct record){.type = RECORD_CHECK, .check = {.unread = "EACCES"}});
	end_log(0);
	assert_string_equal(
		text(), "coverage: 0 processes, 0 threads, 0 calls: nothing missing; verified 2,000 pages, 0 differ");
	add((struct record){.type = RECORD_CHECK, .check = {.pages = 10, .differ = 4}});
	assert_null(strstr(text(), "nothing missing"));
	assert_non_null(strstr(text(), "verified 2,010 pages, 4 differ"));
}

static void a_log_that_is_not_complete_is_not_said_to_miss_nothing(void **state)
{
	(void)state;
	add_process(PROCESS_START);
	assert_string_equal(text(), "coverage: 1 process, 0 threads, 0 calls; the log ends early");
	add((struct record){.type = RECORD_TRAILER, .trailer = {.complete = false}});
	assert_string_equal(text(), "coverage: 1 process, 0 threads, 0 calls; the log is not complete");
}

static void json_has_the_same(void **state)
{
	char out[2048] = "";
	FILE *file = fmemopen(out, sizeof(out), "w");
	struct jout json = {.out = file};

	(void)state;
	add_process(PROCESS_START);
	add_call(7, 7, VIA_SITE);
	add_note((struct record_note){.what = "untraced", .path = "/bin/a\"b", .text = "static"});
	jout_object(&json, NULL);
	statement_json(&json, &coverage);
	jout_end(&json);
	fclose(file);
	assert_string_equal(
		out, "{\"coverage\":{\"processes\":1,\"threads\":1,\"calls\":1,"
		     "\"by_via\":{\"plt\":0,\"site\":1,\"syscall\":0},\"losses\":0,\"snapshots\":0,"
		     "\"revealed_pages\":0,\"complete\":false,\"sites\":true,"
		     "\"untraced\":[{\"what\":\"/bin/a\\\"b\",\"why\":\"static\",\"count\":1}],\"not_covered\":[]}}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_thread_counts_once_and_with_its_process),
		TEST(what_is_missing_is_named),
		TEST(sites_that_were_all_rewritten_are_nothing_to_tell),
		TEST(sites_that_were_not_looked_for_are_missing),
		TEST(an_object_that_could_not_be_looked_at_is_missing),
		TEST(many_gaps_are_counted_and_the_first_named),
		TEST(what_verify_found_stands_at_the_end),
		TEST(a_log_that_is_not_complete_is_not_said_to_miss_nothing),
		TEST(json_has_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
