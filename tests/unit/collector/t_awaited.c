/*
 * t_awaited.c - whose listings are still to come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../collector/live/awaited.h"

static void a_listing_is_awaited_from_its_call_on_until_it_comes(void **state)
{
	struct awaited awaited = { .count = 0 };

	(void)state;
	awaited_call(&awaited, 7, false);
	assert_false(awaited_any(&awaited));
	awaited_call(&awaited, 7, true);
	awaited_call(&awaited, 8, true);
	awaited_came(&awaited, 7);
	assert_true(awaited_any(&awaited));
	awaited_came(&awaited, 9);
	assert_true(awaited_any(&awaited));
	awaited_came(&awaited, 8);
	assert_false(awaited_any(&awaited));
}

static void who_calls_again_sends_none_any_more(void **state)
{
	struct awaited awaited = { .count = 0 };

	(void)state;
	awaited_call(&awaited, 7, true);
	awaited_call(&awaited, 7, true);
	awaited_call(&awaited, 8, false);
	assert_true(awaited_any(&awaited));
	awaited_call(&awaited, 7, false);
	assert_false(awaited_any(&awaited));
}

static void of_too_many_threads_the_first_are_kept(void **state)
{
	struct awaited awaited = { .count = 0 };

	(void)state;
	for (int32_t tid = 1; tid <= AWAITED_MAX + 3; tid++)
		awaited_call(&awaited, tid, true);
	for (int32_t tid = 1; tid < AWAITED_MAX; tid++)
		awaited_came(&awaited, tid);
	assert_true(awaited_any(&awaited));
	awaited_came(&awaited, AWAITED_MAX);
	assert_false(awaited_any(&awaited));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listing_is_awaited_from_its_call_on_until_it_comes),
		cmocka_unit_test(who_calls_again_sends_none_any_more),
		cmocka_unit_test(of_too_many_threads_the_first_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
