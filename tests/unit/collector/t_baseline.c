/* Baselines: what is taken, what each fault is told as, and that equal findings give equal bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../collector/verdict/baseline.h"

#define ENTRY "{\"rule\":\"wx-mapping\",\"fingerprint\":\"0123456789abcdef\",\"count\":2,\"place\":[\"a!b\",\"c\"]}"
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct fault {
	const char *text, *message;
} faults[] = {
	{ "", "b.json:1:1: not JSON: '[' or '{' expected near end of file" },
	{ "{}", "b.json:1:1: expected a baseline to have \"baseline\"" },
	{ "{\"baseline\":2,\"findings\":[]}", "b.json:1:13: baseline: expected 1, the version of the format, found 2" },
	{ "{\"baseline\":1,\"findings\":{}}", "b.json:1:26: findings: expected findings, an array, found an empty object" },
	{ "{\"baseline\":1,\"findings\":[\n{\"rule\":\"a\"}]}",
	  "b.json:2:1: findings[0]: expected a finding to have \"fingerprint\"" },
	{ "{\"baseline\":1,\"findings\":[{\"fingerprint\":\"0123456789ABCDEF\"}]}",
	  "b.json:1:42: findings[0].fingerprint: expected 16 hex digits, found \"0123456789ABCDEF\"" },
	{ "{\"baseline\":1,\"findings\":[{\"count\":-1}]}",
	  "b.json:1:36: findings[0].count: expected a whole number from 0 on, found -1" },
	{ "{\"baseline\":1,\"findings\":[{\"place\":[1]}]}", "b.json:1:37: findings[0].place[0]: expected a string, found 1" },
	{ "{\"baseline\":1,\"findings\":[{\"rule\":\"a\",\"rule\":\"b\"}]}",
	  "b.json:1:44: not JSON: duplicate object key near '\"rule\"'" },
};

static void each_fault_is_told_with_its_place(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < LENGTH(faults); i++) {
		struct baseline baseline = { 0 };
		struct err err;

		assert_int_not_equal(baseline_parse(faults[i].text, strlen(faults[i].text), "b.json", &baseline, &err), 0);
		assert_string_equal(err.text, faults[i].message);
		baseline_free(&baseline);
	}
}

static char *written(struct baseline *baseline)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_int_equal(baseline_write(baseline, out), 0);
	fclose(out);
	return text;
}

static void the_order_in_which_things_are_found_does_not_matter(void **unused)
{
	static const char *const prints[] = { "0000000000000002", "0000000000000001", "ffffffffffffffff" };
	struct baseline one = { 0 }, two = { 0 };
	char *a, *b;

	(void)unused;
	for (int i = 0; i < 3; i++) {
		baseline_add(&one, prints[i], i == 2 ? "a" : "b", "x\ny", 1);
		baseline_add(&two, prints[2 - i], i ? "b" : "a", "x\ny", 1);
	}
	baseline_settle(&one);
	baseline_settle(&two);
	a = written(&one);
	b = written(&two);
	assert_string_equal(a, b);
	assert_string_equal(a, "{\"baseline\":1,\"findings\":[\n"
		"{\"rule\":\"a\",\"fingerprint\":\"ffffffffffffffff\",\"count\":1,\"place\":[\"x\",\"y\"]},\n"
		"{\"rule\":\"b\",\"fingerprint\":\"0000000000000001\",\"count\":1,\"place\":[\"x\",\"y\"]},\n"
		"{\"rule\":\"b\",\"fingerprint\":\"0000000000000002\",\"count\":1,\"place\":[\"x\",\"y\"]}\n]}\n");
	free(a);
	free(b);
	baseline_free(&one);
	baseline_free(&two);
}

static void what_is_written_is_read_and_equal_fingerprints_are_one(void **unused)
{
	static const char text[] = "{\"baseline\":1,\"findings\":[" ENTRY "," ENTRY "]}";
	struct baseline baseline = { 0 }, again = { 0 };
	struct err err;
	char *a, *b;

	(void)unused;
	assert_int_equal(baseline_parse(text, sizeof(text) - 1, "b.json", &baseline, &err), 0);
	assert_int_equal(baseline.count, 1);
	assert_int_equal(baseline_find(&baseline, "0123456789abcdef")->count, 4);
	assert_null(baseline_find(&baseline, "0123456789abcdee"));
	a = written(&baseline);
	assert_int_equal(baseline_parse(a, strlen(a), "b.json", &again, &err), 0);
	b = written(&again);
	assert_string_equal(a, b);
	free(a);
	free(b);
	baseline_free(&baseline);
	baseline_free(&again);
}

static void no_prefix_of_a_baseline_is_one(void **unused)
{
	static const char text[] = "{\"baseline\":1,\"findings\":[" ENTRY "]}";

	(void)unused;
	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		struct baseline baseline = { 0 };
		struct err err;

		assert_int_not_equal(baseline_parse(text, length, "b.json", &baseline, &err), 0);
		baseline_free(&baseline);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_told_with_its_place),
		cmocka_unit_test(the_order_in_which_things_are_found_does_not_matter),
		cmocka_unit_test(what_is_written_is_read_and_equal_fingerprints_are_one),
		cmocka_unit_test(no_prefix_of_a_baseline_is_one),
	};

	return cmocka_run_group_tests_name("baseline", tests, NULL, NULL);
}
