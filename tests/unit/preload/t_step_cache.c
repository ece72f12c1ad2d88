/*
 * t_step_cache.c - the cache of rows never answers with another row than the tables do.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../../preload/step.h"
#include "../../../preload/step_rows.h"

enum { CODES = 64, CROWDED_SETS = 4, ROUNDS = 300000, THREADS = 3 };

/* Addresses in libc that share a few sets of the cache, and what the tables say about them. */
static struct {
	uintptr_t pc;
	struct row row;
} code[CODES];
static _Atomic int wrong;

static bool is_same(struct row a, struct row b)
{
	return a.cfa == b.cfa && a.rbp == b.rbp && a.kind == b.kind && a.rbp_kind == b.rbp_kind;
}

static int choose_codes(void **state)
{
	struct cfi_table table;
	int count = 0;

	(void)state;
	if (!row_table((uintptr_t)dlsym(RTLD_DEFAULT, "qsort"), &table))
		return 1;
	for (uintptr_t pc = (uintptr_t)dlsym(RTLD_DEFAULT, "qsort"); count < CODES; pc++) {
		const struct row row = row_find(&table, pc);
		if (row_set_of(pc) - row_sets >= CROWDED_SETS || row.kind > ROW_RBP || row.cfa == 8)
			continue;
		code[count].pc = pc;
		code[count++].row = row;
	}
	return 0;
}

static void cached_rows_are_the_tables_rows(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < CODES; i++)
			assert_true(is_same(row_get(code[i].pc, row_now()), code[i].row));
}

/* Makes sure that the test looks at the cache at all. */
static void a_row_in_the_cache_is_believed(void **state)
{
	struct row_set *const set = row_set_of(code[0].pc);

	(void)state;
	step_forget();
	row_get(code[0].pc, row_now());
	assert_true(atomic_load(&set->way[0].low) != 0);
	atomic_store(&set->way[0].low, (atomic_load(&set->way[0].low) & ~0xffffull) | 1234);
	assert_int_equal(row_get(code[0].pc, row_now()).cfa, 1234 * 8);
	step_forget();
	assert_true(is_same(row_get(code[0].pc, row_now()), code[0].row));
}

/* All that two racing writers of a set can leave behind: either word of the one beside the other word of the other. */
static void halves_of_two_rows_are_not_believed(void **state)
{
	int pairs = 0;

	(void)state;
	step_forget();
	for (int i = 0; i < CODES; i++) {
		struct row_set *const set = row_set_of(code[i].pc);
		const uint64_t mine = row_name(code[i].pc, row_now());
		for (int j = 0; j < CODES; j++) {
			const uint64_t other = row_name(code[j].pc, row_now());
			if (i == j || row_set_of(code[j].pc) != set)
				continue;
			pairs++;
			for (int way = 0; way < ROW_WAYS; way++) {
				atomic_store(&set->way[way].low, mine | 77);
				atomic_store(&set->way[way].high, other | 1);
			}
			assert_true(is_same(row_get(code[i].pc, row_now()), code[i].row));
			atomic_store(&set->way[0].low, other | 77);
			atomic_store(&set->way[0].high, mine | 1);
			assert_true(is_same(row_get(code[i].pc, row_now()), code[i].row));
		}
	}
	assert_true(pairs > CODES);
}

static void rows_of_other_generations_are_not_believed(void **state)
{
	const uintptr_t pc = code[0].pc;
	struct row_set *const set = row_set_of(pc);

	(void)state;
	for (unsigned i = 0; i < 2 * ROW_GENERATIONS + 10; i++) {
		const uint64_t old = row_name(pc, row_now());
		step_forget();
		for (int way = 0; way < ROW_WAYS; way++) {
			atomic_store(&set->way[way].low, old | 77);
			atomic_store(&set->way[way].high, old | 1);
		}
		assert_true(is_same(row_get(pc, row_now()), code[0].row));
	}
}

/* An entry must not come back to life when the generations come round. */
static void forgotten_rows_stay_forgotten(void **state)
{
	const uint64_t generation = row_now();
	const uintptr_t pc = code[0].pc;
	struct row_set *const set = row_set_of(pc);

	(void)state;
	for (int way = 0; way < ROW_WAYS; way++) {
		atomic_store(&set->way[way].low, row_name(pc, generation) | 77);
		atomic_store(&set->way[way].high, row_name(pc, generation) | 1);
	}
	assert_int_equal(row_get(pc, row_now()).cfa, 77 * 8);
	for (unsigned i = 0; i < ROW_GENERATIONS; i++)
		step_forget();
	assert_int_equal(row_now(), generation);
	assert_true(is_same(row_get(pc, row_now()), code[0].row));
}

static void *look_up(void *argument)
{
	uint64_t seed = 88172645463325252ull + (uintptr_t)argument;

	for (int i = 0; i < ROUNDS; i++) {
		seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
		const int which = (int)(seed % CODES);
		if (!is_same(row_get(code[which].pc, row_now()), code[which].row))
			atomic_fetch_add(&wrong, 1);
		if (argument == NULL && i % 64 == 0)
			step_forget();
	}
	return NULL;
}

static void racing_threads_see_right_rows(void **state)
{
	pthread_t thread[THREADS];

	(void)state;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, look_up, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(wrong, 0);
}

/* A row that does not fit is found each time, and right. */
static void rows_too_large_are_looked_up_again(void **state)
{
	const struct row large = { (1 << 18) + 8, -16, ROW_RSP, RBP_AT_CFA };
	const struct row fits = { (1 << 18) - 8, -8192, ROW_RBP, RBP_AT_CFA };
	uint16_t low, high;

	(void)state;
	assert_false(row_pack(large, &low, &high));
	assert_true(row_pack(fits, &low, &high));
	assert_true(is_same(row_unpack(low, high), fits));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cached_rows_are_the_tables_rows),
		cmocka_unit_test(a_row_in_the_cache_is_believed),
		cmocka_unit_test(halves_of_two_rows_are_not_believed),
		cmocka_unit_test(rows_of_other_generations_are_not_believed),
		cmocka_unit_test(forgotten_rows_stay_forgotten),
		cmocka_unit_test(racing_threads_see_right_rows),
		cmocka_unit_test(rows_too_large_are_looked_up_again),
	};

	if (!row_usable())
		return 77;
	return cmocka_run_group_tests(tests, choose_codes, NULL);
}
