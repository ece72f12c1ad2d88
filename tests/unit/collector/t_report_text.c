/* t_report_text.c - sizes, times and untrusted strings. */
#include "calls.h"

static struct text t;

static void sizes_are_exact_or_have_one_decimal(void **state)
{
	(void)state;
	text_bytes(&t, 0);
	assert_text(&t, "0");
	text_bytes(&t, 100);
	assert_text(&t, "100 B");
	text_bytes(&t, 65536);
	assert_text(&t, "64 KiB");
	text_bytes(&t, 8 << 20);
	assert_text(&t, "8 MiB");
	text_bytes(&t, (1 << 20) + 4096);
	assert_text(&t, "1028 KiB");
	text_bytes(&t, (100ull << 20) + 4096);
	assert_text(&t, "100.0 MiB");
	text_bytes(&t, 3ull << 29);
	assert_text(&t, "1536 MiB");
	text_bytes(&t, UINT64_MAX);
	assert_text(&t, "unlimited");
	text_bytes(&t, UINT64_MAX - 4095);
	assert_text(&t, "16383.9 PiB");
	text_size(&t, 65536);
	assert_text(&t, "64K");
	text_size(&t, 1);
	assert_text(&t, "1");
}

static void durations_keep_two_digits(void **state)
{
	(void)state;
	text_duration(&t, 0);
	assert_text(&t, "0ns");
	text_duration(&t, 999);
	assert_text(&t, "999ns");
	text_duration(&t, 2114);
	assert_text(&t, "2.1us");
	text_duration(&t, 13999999);
	assert_text(&t, "13ms");
	text_duration(&t, 9999999999);
	assert_text(&t, "9.9s");
	text_seconds(&t, 1204431877);
	assert_text(&t, "1.204431");
}

static void counts_have_separators(void **state)
{
	(void)state;
	text_count(&t, 0);
	assert_text(&t, "0");
	text_count(&t, 999);
	assert_text(&t, "999");
	text_count(&t, 65530);
	assert_text(&t, "65,530");
	text_count(&t, UINT64_MAX);
	assert_text(&t, "18,446,744,073,709,551,615");
}

static void control_characters_never_reach_a_terminal(void **state)
{
	(void)state;
	text_safe(&t, "a\033[31mb\n\x7f");
	assert_text(&t, "a\\033[31mb\\012\\177");
	text_safe(&t, "\xc2\x9b" "31m");	/* CSI as one C1 character */
	assert_text(&t, "\\302\\23331m");
	text_safe(&t, "gr\xc3\xbc\xc3\x9f" "e \\ \xff");
	assert_text(&t, "gr\xc3\xbc\xc3\x9f" "e \\\\ \\377");
	text_quoted(&t, "say \"no\"");
	assert_text(&t, "\"say \\\"no\\\"\"");
}

static void only_well_formed_utf8_is_utf8(void **state)
{
	(void)state;
	assert_int_equal(text_utf8("a"), 1);
	assert_int_equal(text_utf8("\xc3\xbc"), 2);
	assert_int_equal(text_utf8("\xe2\x82\xac"), 3);
	assert_int_equal(text_utf8("\xf0\x9f\x94\x92"), 4);
	assert_int_equal(text_utf8("\xc0\x80"), 0);		/* overlong NUL */
	assert_int_equal(text_utf8("\xe0\x80\xaf"), 0);		/* overlong slash */
	assert_int_equal(text_utf8("\xed\xa0\x80"), 0);		/* surrogate */
	assert_int_equal(text_utf8("\xf4\x90\x80\x80"), 0);	/* above U+10FFFF */
	assert_int_equal(text_utf8("\xe2\x82"), 0);		/* cut by the end */
	assert_int_equal(text_utf8(""), 0);
}

static void width_counts_characters_not_bytes_or_colours(void **state)
{
	(void)state;
	assert_int_equal(text_width("\033[1mb\xc3\xbc" "ck\033[0m"), 4);
	assert_int_equal(text_width("\xff\xfe"), 2);
}

static int release(void **state)
{
	(void)state;
	text_free(&t);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_exact_or_have_one_decimal),
		cmocka_unit_test(durations_keep_two_digits),
		cmocka_unit_test(counts_have_separators),
		cmocka_unit_test(control_characters_never_reach_a_terminal),
		cmocka_unit_test(only_well_formed_utf8_is_utf8),
		cmocka_unit_test(width_counts_characters_not_bytes_or_colours),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
