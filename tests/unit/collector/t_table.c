/* t_table.c - what is put in is found, what is taken out is not, whatever else comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../collector/util/table.h"

enum { KEYS = 300, STEPS = 200000 };

static void a_table_holds_what_a_list_would(void **state)
{
	static int values[2];
	void *want[KEYS] = { NULL };
	struct table table = { 0 };
	uint64_t seed = 1;
	size_t count = 0;

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		uint64_t key = (seed = seed * 6364136223846793005 + 1442695040888963407) >> 33, what = key >> 20 & 3;

		key %= KEYS;
		if (what) {
			count += !want[key];
			want[key] = &values[what & 1];
			table_put(&table, key, want[key]);
		} else {
			count -= want[key] != NULL;
			assert_ptr_equal(table_remove(&table, key), want[key]);
			want[key] = NULL;
		}
		assert_int_equal(table.count, count);
		key = (key + what * 7) % KEYS;
		assert_ptr_equal(table_find(&table, key), want[key]);
	}
	for (uint64_t key = 0; key < KEYS; key++)
		assert_ptr_equal(table_find(&table, key), want[key]);
	table_clear(&table, NULL);
	assert_null(table_remove(&table, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_holds_what_a_list_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
