/* t_report_survey.c - processes, and which execs worked. */
#include "calls.h"

#include "../../../collector/report/survey.h"

static uint64_t next_seq;

static struct record event(enum process_event what, int32_t pid, int32_t ppid, const char *exe)
{
	return (struct record){ .type = RECORD_PROCESS, .seq = ++next_seq, .pid = pid,
				.process = { .event = what, .ppid = ppid, .exe = exe } };
}

static uint64_t feed(struct survey *survey, struct record record)
{
	survey_add(survey, &record);
	return record.seq;
}

static uint64_t call(struct survey *survey, int32_t pid, struct record record)
{
	record.seq = ++next_seq;
	record.pid = pid;
	return feed(survey, record);
}

static bool replaced(const struct survey *survey, uint64_t seq)
{
	struct record record = unfinished(CALL_RECORD(execve, 0, 0));

	record.seq = seq;
	return survey_replaced(survey, &record);
}

static void an_execve_followed_by_exec_worked(void **state)
{
	struct survey survey = { 0 };
	uint64_t a, b, failed_one;

	(void)state;
	next_seq = 0;
	feed(&survey, event(PROCESS_START, 10, 1, "/bin/a"));
	feed(&survey, event(PROCESS_FORK, 20, 10, NULL));
	failed_one = call(&survey, 10, failed(CALL_RECORD(execve, 0, 0), 2));
	a = call(&survey, 10, unfinished(CALL_RECORD(execve, 0, 0)));
	b = call(&survey, 20, unfinished(CALL_RECORD(execve, 0, 0)));
	feed(&survey, event(PROCESS_EXEC, 20, 10, "/bin/c"));
	assert_false(replaced(&survey, a));
	assert_true(replaced(&survey, b));
	feed(&survey, event(PROCESS_EXEC, 10, 1, "/bin/b"));
	assert_true(replaced(&survey, a));
	assert_true(replaced(&survey, b));
	assert_false(replaced(&survey, failed_one));
	assert_string_equal(survey_find(&survey, 10)->exe, "/bin/b");
	survey_free(&survey);
}

static void places_of_processes_that_ended_are_used_again(void **state)
{
	struct survey survey = { .forgets = true }, keeps = { 0 };
	struct survey *both[] = { &survey, &keeps };
	uint64_t execve = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		next_seq = 0;
		feed(both[i], event(PROCESS_START, 10, 1, "/bin/a"));
		for (int32_t pid = 100; pid < 200; pid++) {
			feed(both[i], event(PROCESS_FORK, pid, 10, NULL));
			execve = call(both[i], pid, unfinished(CALL_RECORD(execve, 0, 0)));
			feed(both[i], event(PROCESS_EXEC, pid, 10, "/bin/c"));
			feed(both[i], event(PROCESS_EXIT, pid, 10, NULL));
		}
		assert_true(replaced(both[i], execve));
	}
	assert_int_equal(survey.processes, 2);
	assert_int_equal(keeps.processes, 101);
	assert_string_equal(survey_find(&survey, 10)->exe, "/bin/a");
	assert_null(survey_find(&survey, 150));
	survey_free(&survey);
	survey_free(&keeps);
}

static void an_execve_that_returned_does_not_take_a_later_exec(void **state)
{
	struct survey survey = { 0 };
	uint64_t lost;

	(void)state;
	next_seq = 0;
	feed(&survey, event(PROCESS_START, 10, 1, "/bin/a"));
	lost = call(&survey, 10, unfinished(CALL_RECORD(execve, 0, 0)));
	call(&survey, 10, failed(CALL_RECORD(execve, 0, 0), 2));
	feed(&survey, event(PROCESS_EXEC, 10, 1, "/bin/b"));
	assert_false(replaced(&survey, lost));
	survey_free(&survey);
}

/* The slot of a vfork child's execve is given up late: the new program's start is on record before it. */
static void an_execve_on_record_after_its_program_started_worked(void **state)
{
	struct survey survey = { 0 };
	struct record start, late = unfinished(CALL_RECORD(execve, 0, 0));

	(void)state;
	next_seq = 0;
	start = event(PROCESS_START, 20, 10, "/bin/tool");
	start.t_ns = late.t_ns + 1000;
	feed(&survey, start);
	assert_true(replaced(&survey, call(&survey, 20, late)));
	late.t_ns = start.t_ns + 1000;
	assert_false(replaced(&survey, call(&survey, 20, late)));
	survey_free(&survey);
}

static void a_pid_used_again_is_a_new_process(void **state)
{
	struct survey survey = { 0 };
	uint64_t second;

	(void)state;
	next_seq = 0;
	feed(&survey, event(PROCESS_START, 10, 1, "/bin/a"));
	feed(&survey, event(PROCESS_FORK, 20, 10, NULL));
	feed(&survey, event(PROCESS_EXIT, 20, 0, NULL));
	second = feed(&survey, event(PROCESS_FORK, 20, 10, NULL));
	assert_int_equal(survey.processes, 3);
	assert_int_equal(survey_find(&survey, 20)->first_seq, second);
	assert_int_equal(survey_find_at(&survey, 20, second - 1)->first_seq, 2);
	assert_null(survey_find_at(&survey, 20, 1));
	assert_int_equal(survey_find(&survey, 0)->pid, 10);
	assert_string_equal(survey_find(&survey, 20)->exe, "/bin/a");
	assert_null(survey_find(&survey, 30));
	survey_free(&survey);
}

static void marks_are_kept_once_by_label(void **state)
{
	struct survey survey = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 10000; i++) {
		char label[16] = { 'a', (char)('a' + i % 20) };
		struct record mark = { .type = RECORD_MARK, .seq = i, .pid = 10, .mark = { .label = label } };

		survey_add(&survey, &mark);
	}
	assert_int_equal(survey.marks, 20);
	assert_int_equal(survey.mark[0].seq, 1);
	assert_int_equal(survey.mark[0].count, 500);
	survey_free(&survey);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_execve_followed_by_exec_worked),
		cmocka_unit_test(places_of_processes_that_ended_are_used_again),
		cmocka_unit_test(an_execve_that_returned_does_not_take_a_later_exec),
		cmocka_unit_test(an_execve_on_record_after_its_program_started_worked),
		cmocka_unit_test(a_pid_used_again_is_a_new_process),
		cmocka_unit_test(marks_are_kept_once_by_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
