/*
 * t_parts.c - the small parts: rounding, interned strings, names, kernel releases.
 */
#include <stdio.h>

#include "calls.h"

static void lengths_round_modulo_the_address_space(void **state)
{
	struct range range;

	(void)state;
	assert_int_equal(range_aligned(PAGE(1), 1, &range), RANGE_PAGES);
	assert_int_equal(range.end, PAGE(2));
	assert_int_equal(range_aligned(PAGE(1) + 1, 1, &range), RANGE_BAD);
	assert_int_equal(range_aligned(PAGE(1), 0, &range), RANGE_EMPTY);
	assert_int_equal(range_aligned(PAGE(1), UINT64_MAX, &range), RANGE_BAD);
	assert_int_equal(range_covering(PAGE(1) + 1, 0, &range), RANGE_PAGES);
	assert_int_equal(range_covering(PAGE(1), 0, &range), RANGE_EMPTY);
	assert_int_equal(range_covering(PAGE(1), UINT64_MAX, &range), RANGE_EMPTY);
	assert_int_equal(range_covering(PAGE(1), UINT64_MAX - 4095, &range), RANGE_BAD);
}

static void equal_strings_have_one_number(void **state)
{
	struct strings strings;
	char text[32];
	uint32_t id[500];

	(void)state;
	strings_init(&strings);
	assert_int_equal(strings_intern(&strings, NULL), 0);
	assert_int_equal(strings_intern(&strings, ""), 0);
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "/lib/%d", i);
		id[i] = strings_intern(&strings, text);
	}
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "/lib/%d", i);
		assert_int_equal(strings_intern(&strings, text), id[i]);
		assert_string_equal(strings_get(&strings, id[i]), text);
	}
	assert_null(strings_get(&strings, 0));
	assert_null(strings_get(&strings, 501));
	strings_free(&strings);
}

static void every_kind_and_advice_has_a_word(void **state)
{
	(void)state;
	for (unsigned i = 0; i < KIND_COUNT; i++)
		assert_string_not_equal(vma_kind_name(i), "?");
	assert_string_equal(vma_kind_name(KIND_COUNT), "?");
	assert_string_equal(vma_lock_name(VMA_LOCKED_ONFAULT), "onfault");
	assert_string_equal(vma_lock_name(3), "?");
	assert_string_equal(vma_advice_name(4), "dontdump");
	assert_null(vma_advice_name(8));
}

static void releases_compare_by_number(void **state)
{
	(void)state;
	assert_int_equal(kernel_parse("6.18.44-fc"), KERNEL(6, 18));
	assert_int_equal(kernel_parse("5.4"), KERNEL(5, 4));
	assert_int_equal(kernel_parse("six"), 0);
	assert_int_equal(kernel_parse(NULL), 0);
	assert_true(KERNEL(6, 9) < KERNEL(6, 18));
	assert_true(kernel_since(0, KERNEL(6, 17)));
	assert_false(kernel_since(KERNEL(6, 1), KERNEL(6, 17)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_round_modulo_the_address_space),
		cmocka_unit_test(equal_strings_have_one_number),
		cmocka_unit_test(every_kind_and_advice_has_a_word),
		cmocka_unit_test(releases_compare_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
