/* t_report_when.c - moments: what can be written, and which record each of them is. */
#include "calls.h"

#include <errno.h>
#include <string.h>

#include "../../../collector/report/when.h"

static struct err err;

static struct when parsed(const char *text)
{
	struct when when;

	if (when_parse(text, &when, &err))
		fail_msg("%s: %s", text ? text : "NULL", err.text);
	return when;
}

static void times_are_exact(void **state)
{
	(void)state;
	assert_int_equal(parsed("1.25s").t_ns, 1250000000);
	assert_int_equal(parsed("300ms").t_ns, 300000000);
	assert_int_equal(parsed("0.5us").t_ns, 500);
	assert_int_equal(parsed("7ns").t_ns, 7);
	assert_int_equal(parsed("86400.000000001s").t_ns, 86400000000001);
	assert_int_equal(parsed("1.0000000019s").t_ns, 1000000001);
	assert_int_equal(parsed("0s").kind, WHEN_TIME);
}

static void the_other_moments_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(parsed(NULL).kind, WHEN_EXIT);
	assert_int_equal(parsed("exit").kind, WHEN_EXIT);
	assert_int_equal(parsed("start").kind, WHEN_START);
	assert_int_equal(parsed("#377").seq, 377);
	assert_int_equal(parsed("mark:a b").kind, WHEN_MARK);
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "noon",
					  "1.25",
					  "1.25 s",
					  "-1s",
					  "1h",
					  "#",
					  "#x",
					  "#1x",
					  "#-1",
					  "mark:",
					  "1s2",
					  "99999999999999999999s",
					  "18446744073709551615s",
					  ".5s"};
	struct when when;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(when_parse(bad[i], &when, &err), -EINVAL);
}

/* start #1, a call #2 from 1 to 3 s, a call #3 from 2 to 2.5 s, a mark #4 at 4 s, an exit #5 at 5 s */
static void feed(struct when *when, struct survey *survey)
{
	struct record record[5] = {
		{ .type = RECORD_PROCESS, .process = { .event = PROCESS_START } },
		CALL_RECORD(mmap, BASE, 0, PAGE),
		CALL_RECORD(mlock, 0, BASE, PAGE),
		{ .type = RECORD_MARK, .mark = { .label = "ready" } },
		{ .type = RECORD_PROCESS, .process = { .event = PROCESS_EXIT } },
	};
	static const uint64_t begin[5] = { 0, 1000000000, 2000000000, 4000000000, 5000000000 };

	record[1].call.dur_ns = 2000000000;
	record[2].call.dur_ns = 500000000;
	for (uint64_t i = 0; i < 5; i++) {
		record[i].seq = i + 1;
		record[i].pid = 42;
		record[i].t_ns = begin[i];
		when_see(when, &record[i]);
		survey_add(survey, &record[i]);
	}
}

static uint64_t seq_of(const char *text)
{
	struct survey survey = { 0 };
	struct when when = parsed(text);
	int code;

	feed(&when, &survey);
	code = when_settle(&when, &survey, survey_find(&survey, 0), &err);
	survey_free(&survey);
	assert_int_equal(code, 0);
	return when.seq;
}

static void a_moment_is_the_last_record_that_was_complete(void **state)
{
	(void)state;
	assert_int_equal(seq_of("start"), 1);
	assert_int_equal(seq_of("exit"), 5);
	assert_int_equal(seq_of("#3"), 3);
	assert_int_equal(seq_of("mark:ready"), 4);
	assert_int_equal(seq_of("0ns"), 1);
	assert_int_equal(seq_of("2.4s"), 1);
	assert_int_equal(seq_of("2.5s"), 3);
	assert_int_equal(seq_of("3s"), 3);
	assert_int_equal(seq_of("4s"), 4);
	assert_int_equal(seq_of("1000s"), 5);
}

static void the_chosen_process_has_marks_of_its_own(void **state)
{
	static const struct { int32_t pid; uint64_t seq; } marks[] = { { 0, 1 }, { 8, 2 }, { 9, 3 }, { 4, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct when when = parsed("mark:ready");

		when.pid = marks[i].pid;
		for (uint64_t seq = 1; seq <= 6; seq++) {
			struct record record = { .type = RECORD_MARK, .seq = seq, .pid = (int32_t)(7 + (seq - 1) % 3) };

			record.mark.label = "ready";
			when_see(&when, &record);
		}
		assert_int_equal(when.seq, marks[i].seq);
	}
}

static void refused(const char *text, const char *want)
{
	struct survey survey = { 0 };
	struct when when = parsed(text);

	feed(&when, &survey);
	assert_int_equal(when_settle(&when, &survey, survey_find(&survey, 0), &err), -ENOENT);
	survey_free(&survey);
	assert_string_equal(err.text, want);
}

static void what_does_not_exist_is_answered_with_what_does(void **state)
{
	(void)state;
	refused("#0", "no #0 in this log; it has #1 to #5");
	refused("#6", "no #6 in this log; it has #1 to #5");
	refused("mark:redy", "no mark:redy in this log; its marks: ready (#4)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_exact),
		cmocka_unit_test(the_other_moments_are_told_apart),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(a_moment_is_the_last_record_that_was_complete),
		cmocka_unit_test(the_chosen_process_has_marks_of_its_own),
		cmocka_unit_test(what_does_not_exist_is_answered_with_what_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
