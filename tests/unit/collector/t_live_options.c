/*
 * t_live_options.c - the command line of record, and the text its lines are made of.
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

#include <errno.h>

#include "../../../collector/live/line.h"
#include "../../../collector/live/options.h"

static struct record_options options;
static struct err err;

/* Up to eight words, the verb before them. */
static int parse(const char *words)
{
	static char copy[256];
	static char *argv[10];
	int argc = 0;

	snprintf(copy, sizeof(copy), "record %s", words);
	for (char *word = strtok(copy, " "); word && argc < 9; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return record_options_read(argc, argv, &options, &err);
}

static void expect_refused(const char *words, const char *reason)
{
	assert_int_equal(parse(words), -EINVAL);
	if (!strstr(err.text, reason))
		fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
}

static void without_options_children_are_followed_and_nothing_is_lost(void **state)
{
	(void)state;
	assert_int_equal(parse("true"), 0);
	assert_int_equal(options.program, 1);
	assert_true(options.session.follow);
	assert_true(options.session.sites);
	assert_int_equal(options.session.on_full, FULL_WAIT);
	assert_int_equal(options.session.unwinder, UNWINDER_CFI);
	assert_int_equal(options.session.depth, 64);
	assert_int_equal(options.linger_ns, 2000000000);
	assert_null(options.log);
}

static void every_option_says_what_it_says(void **state)
{
	(void)state;
	assert_int_equal(parse("-o x.jsonl -fq --no-follow --no-sites true"), 0);
	assert_string_equal(options.log, "x.jsonl");
	assert_true(options.force && options.quiet);
	assert_false(options.session.follow || options.session.sites);
	assert_int_equal(parse("--unwinder=libunwind --depth 7 --on-full=drop --linger 0.5 true"), 0);
	assert_int_equal(options.session.unwinder, UNWINDER_LIBUNWIND);
	assert_int_equal(options.session.depth, 7);
	assert_int_equal(options.session.on_full, FULL_DROP);
	assert_int_equal(options.linger_ns, 500000000);
	assert_false(options.session.verify || options.session.residency);
	assert_int_equal(parse("--residency true"), 0);
	assert_true(options.session.residency);
	assert_false(options.session.verify);
	assert_int_equal(parse("--verify true"), 0);
	assert_true(options.session.verify);
	assert_int_equal(options.session.verify_every, 0);
	assert_int_equal(parse("--verify=1000 true"), 0);
	assert_true(options.session.verify);
	assert_int_equal(options.session.verify_every, 1000);
	assert_int_equal(parse("--linger=all true"), 0);
	assert_true(options.linger_ns == LINGER_ALL);
}

static void the_programs_own_options_are_left_alone(void **state)
{
	(void)state;
	assert_int_equal(parse("ls -q --depth=0"), 0);
	assert_int_equal(options.program, 1);
	assert_false(options.quiet);
	assert_int_equal(parse("-q -- -o"), 0);
	assert_int_equal(options.program, 3);
	assert_null(options.log);
}

static void what_makes_no_sense_is_named(void **state)
{
	(void)state;
	expect_refused("", "no program");
	expect_refused("--", "no program");
	expect_refused("--certify true", "--certify");
	expect_refused("--verify=0 true", "how many calls");
	expect_refused("--verify=often true", "'often'");
	expect_refused("--verify=4294967296 true", "--verify");
	expect_refused("-o", "-o needs a value");
	expect_refused("--depth=0 true", "'0'");
	expect_refused("--depth=129 true", "'129'");
	expect_refused("--depth=5x true", "'5x'");
	expect_refused("--unwinder=gdb true", "cfi or libunwind");
	expect_refused("--on-full=block true", "wait or drop");
	expect_refused("--linger=-1 true", "seconds, or all");
	expect_refused("--linger=nan true", "seconds, or all");
}

static void help_needs_no_program(void **state)
{
	(void)state;
	assert_int_equal(parse("--help"), 0);
	assert_true(options.help);
	assert_non_null(strstr(record_usage, "--linger"));
}

static void expect_quoted(const char *string, const char *expected)
{
	struct line line = { 0 };

	line_quoted(&line, string);
	assert_int_equal(line.length, strlen(expected));
	assert_memory_equal(line.at, expected, line.length);
	line_free(&line);
}

static void strings_become_json_whatever_they_hold(void **state)
{
	(void)state;
	expect_quoted("", "\"\"");
	expect_quoted("a\"b\\c", "\"a\\\"b\\\\c\"");
	expect_quoted("a\nb\x7f", "\"a\\u000ab\\u007f\"");
	expect_quoted("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
	expect_quoted("\xff\xc3", "\"\\u00ff\\u00c3\"");
	expect_quoted("\xc0\x80\xed\xa0\x80", "\"\\u00c0\\u0080\\u00ed\\u00a0\\u0080\""); /* overlong, surrogate */
}

static void numbers_and_long_texts_fit(void **state)
{
	struct line line = { 0 };

	(void)state;
	line_number(&line, 0);
	line_number(&line, UINT64_MAX);
	assert_int_equal(line.length, 21);
	assert_memory_equal(line.at, "018446744073709551615", 21);
	line_clear(&line);
	line_add(&line, "%0*d|%s", 5000, 7, "end");
	assert_int_equal(line.length, 5004);
	assert_memory_equal(line.at + 4999, "7|end", 5);
	line_free(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_children_are_followed_and_nothing_is_lost),
		cmocka_unit_test(every_option_says_what_it_says),
		cmocka_unit_test(the_programs_own_options_are_left_alone),
		cmocka_unit_test(what_makes_no_sense_is_named),
		cmocka_unit_test(help_needs_no_program),
		cmocka_unit_test(strings_become_json_whatever_they_hold),
		cmocka_unit_test(numbers_and_long_texts_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
