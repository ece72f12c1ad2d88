/*
 * t_step_holes.c - an executable with holes between its segments is walked like any other.
 *
 * The loader describes such an object segment by segment, and the unwind tables are not in the segment of the
 * code. node is one. Here the alignment of a variable makes the hole.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <cmocka.h>

#include "walks.h"

static _Alignas(1 << 21) volatile char far_away = 1;
static struct walks walks;

__attribute__((noinline)) static void recurse(int depth)
{
	if (depth)
		recurse(depth - 1);
	else
		walks_take(&walks);
	far_away++;
}

static void callers_are_found_beyond_the_hole(void **state)
{
	struct dl_find_object found;

	(void)state;
	assert_int_equal(_dl_find_object((void *)(uintptr_t)recurse, &found), 0);
	assert_false(found.dlfo_eh_frame >= found.dlfo_map_start && found.dlfo_eh_frame < found.dlfo_map_end);
	recurse(20);
	assert_true(walks.oracle_count > 22);
	assert_int_equal(walks_equal(&walks), walks.oracle_count);
	assert_int_equal(walks.result.count, walks.oracle_count);
	assert_false(walks.result.truncated);
	assert_false(walks.result.guessed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(callers_are_found_beyond_the_hole),
	};

	if (!step_init())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
