/* t_filter.c - the options every reader has in common. */
#include "calls.h"

#include <errno.h>

#include "../../../collector/report/filter.h"

static struct err err;

static bool passes(struct filter_words words, struct record record)
{
	struct symbols *symbols = symbols_new();
	struct filter filter;
	bool result;

	if (filter_parse(&words, &filter, &err))
		fail_msg("%s", err.text);
	result = filter_call(&filter, &record, PAGE, symbols);
	symbols_free(symbols);
	return result;
}

static void no_option_passes_everything(void **state)
{
	(void)state;
	assert_true(passes((struct filter_words){ 0 }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_true(passes((struct filter_words){ 0 }, unfinished(CALL_RECORD(mlock, 0, BASE, 1))));
}

static void processes_and_threads(void **state)
{
	(void)state;
	assert_true(passes((struct filter_words){ .pid = "42" }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_false(passes((struct filter_words){ .pid = "43" }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_true(passes((struct filter_words){ .tid = "43" }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_false(passes((struct filter_words){ .tid = "42" }, CALL_RECORD(mlock, 0, BASE, 1)));
}

static void names_are_whole_names(void **state)
{
	(void)state;
	assert_true(passes((struct filter_words){ .call = "munlock,mlock" }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_false(passes((struct filter_words){ .call = "mlock2,mlockall" }, CALL_RECORD(mlock, 0, BASE, 1)));
}

static void addresses_mean_whole_pages_of_the_call(void **state)
{
	(void)state;
	assert_true(passes((struct filter_words){ .addr = "0x7f1000000fff" }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_false(passes((struct filter_words){ .addr = "0x7f1000001000" }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_true(
		passes((struct filter_words){.addr = "0x7f0000000000-0x7f1000000001"}, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_false(
		passes((struct filter_words){.addr = "0x7f0000000000-0x7f1000000000"}, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_true(passes((struct filter_words){ .addr = "139706696204288" }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_false(passes((struct filter_words){ .addr = "0x0-0xffffffffffffffff" }, CALL_RECORD(setrlimit, 0, 8)));
}

static void results(void **state)
{
	const struct record ok = CALL_RECORD(mlock, 0, BASE, 1), no = failed(ok, ENOMEM), open = unfinished(ok);

	(void)state;
	assert_true(passes((struct filter_words){ .result = "ok" }, ok));
	assert_false(passes((struct filter_words){ .result = "ok" }, no));
	assert_true(passes((struct filter_words){ .result = "fail" }, no));
	assert_false(passes((struct filter_words){ .result = "fail" }, ok));
	assert_true(passes((struct filter_words){ .result = "ENOMEM" }, no));
	assert_false(passes((struct filter_words){ .result = "EPERM" }, no));
	assert_false(passes((struct filter_words){ .result = "ok" }, open));
	assert_false(passes((struct filter_words){ .result = "fail" }, open));
}

static void times_bound_the_beginning_of_a_call(void **state)
{
	const struct record call = CALL_RECORD(mlock, 0, BASE, 1);	/* at 1.5 s */

	(void)state;
	assert_true(passes((struct filter_words){ .since = "1.5s", .until = "1.5s" }, call));
	assert_false(passes((struct filter_words){ .since = "1500000001ns" }, call));
	assert_false(passes((struct filter_words){ .until = "1499ms" }, call));
	assert_true(passes((struct filter_words){ .since = "#5", .until = "#5" }, call));
	assert_false(passes((struct filter_words){ .since = "#6" }, call));
}

static void what_is_no_call_passes_only_without_questions_about_calls(void **state)
{
	struct record mark = { .type = RECORD_MARK, .seq = 5, .pid = 42, .tid = 42, .mark = { .label = "x" } };
	struct record loss = { .type = RECORD_LOSS, .loss = { .count = 3 } };
	struct filter filter;

	(void)state;
	assert_int_equal(filter_parse(&(struct filter_words){ .pid = "42" }, &filter, &err), 0);
	assert_true(filter_event(&filter, &mark));
	assert_true(filter_event(&filter, &loss));
	assert_int_equal(filter_parse(&(struct filter_words){ .pid = "7" }, &filter, &err), 0);
	assert_false(filter_event(&filter, &mark));
	assert_int_equal(filter_parse(&(struct filter_words){ .call = "mmap" }, &filter, &err), 0);
	assert_false(filter_event(&filter, &mark));
}

static void wrong_values_are_refused(void **state)
{
	static const struct filter_words bad[] = {
		{.pid = "x"},	      {.pid = "0"},	  {.pid = "-1"},    {.pid = "99999999999"}, {.tid = ""},
		{.call = ""},	      {.call = "mlock,"}, {.call = "mlok"}, {.addr = ""},	    {.addr = "0x"},
		{.addr = "5-"},	      {.addr = "9-5"},	  {.addr = "-5"},   {.addr = "1-2-3"},	    {.result = "good"},
		{.result = "enomem"}, {.since = "later"}, {.until = "#x"},
	};
	struct filter filter;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (filter_parse(&bad[i], &filter, &err) != -EINVAL)
			fail_msg("bad[%zu] was accepted", i);
}

/* Modules and functions are found by name in a stack; this program's own, so that there are names to find. */
static void __attribute__((noinline)) learn(struct symbols *symbols, const char *module)
{
	const struct stack_frame frame = { 1, 0x10 };
	const struct record known = { .type = RECORD_MODULE, .module = { .id = 1, .path = module, .end = PAGE } };
	const struct record stack = { .type = RECORD_STACK, .stack = { .id = 7, .count = 1, .frame = &frame } };

	symbols_add(symbols, &known);
	symbols_add(symbols, &stack);
}

static bool finds(const char *wanted, const char *module)
{
	struct symbols *symbols = symbols_new();
	struct record record = CALL_RECORD(mlock, 0, BASE, 1);
	struct filter filter;
	bool result;

	learn(symbols, module);
	record.call.stack = 7;
	assert_int_equal(filter_parse(&(struct filter_words){ .module = wanted }, &filter, &err), 0);
	result = filter_call(&filter, &record, PAGE, symbols);
	symbols_free(symbols);
	return result;
}

static void modules_are_named_with_or_without_version(void **state)
{
	(void)state;
	assert_true(finds("libgcrypt", "/opt/none/libgcrypt.so.20.4.1"));
	assert_true(finds("libgcrypt.so.20", "/opt/none/libgcrypt.so.20.4.1"));
	assert_true(finds("/opt/none/libgcrypt.so.20.4.1", "/opt/none/libgcrypt.so.20.4.1"));
	assert_true(finds("libgc*", "/opt/none/libgcrypt.so.20.4.1"));
	assert_true(finds("libc", "/opt/none/libc-2.36.so"));
	assert_false(finds("libc", "/opt/none/libcrypt.so.1"));
	assert_false(finds("none", "/opt/none/libcrypt.so.1"));
}

static void a_call_without_a_stack_is_in_no_module(void **state)
{
	(void)state;
	assert_false(passes((struct filter_words){ .module = "*" }, CALL_RECORD(mlock, 0, BASE, 1)));
	assert_false(passes((struct filter_words){ .func = "*" }, CALL_RECORD(mlock, 0, BASE, 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_option_passes_everything),
		cmocka_unit_test(processes_and_threads),
		cmocka_unit_test(names_are_whole_names),
		cmocka_unit_test(addresses_mean_whole_pages_of_the_call),
		cmocka_unit_test(results),
		cmocka_unit_test(times_bound_the_beginning_of_a_call),
		cmocka_unit_test(what_is_no_call_passes_only_without_questions_about_calls),
		cmocka_unit_test(wrong_values_are_refused),
		cmocka_unit_test(modules_are_named_with_or_without_version),
		cmocka_unit_test(a_call_without_a_stack_is_in_no_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
