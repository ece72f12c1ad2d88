/* t_names_nearest.c - what somebody who mistyped may have meant. */
#include "calls.h"

#include "../../../collector/util/nearest.h"

static const char *const verbs[] = { "record", "events", "stats", "map", "explain", "validate", NULL };

static void one_slip_is_understood(void **state)
{
	(void)state;
	assert_string_equal(nearest_name("evnts", verbs), "events");
	assert_string_equal(nearest_name("recrod", verbs), "record");
	assert_string_equal(nearest_name("explian", verbs), "explain");
	assert_string_equal(nearest_name("mp", verbs), "map");
	assert_string_equal(nearest_name("statss", verbs), "stats");
}

static void another_word_is_not(void **state)
{
	(void)state;
	assert_null(nearest_name("frobnicate", verbs));
	assert_null(nearest_name("a-name-far-longer-than-any-name-there-is-in-the-table", verbs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_slip_is_understood),
		cmocka_unit_test(another_word_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
