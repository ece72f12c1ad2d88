/* t_pieces.c - overlapping ranges: cut, found and visited as a list of them would be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../collector/vm/pieces.h"

/* Who holds each of 64 addresses, by counting. */
enum { CELLS = 64, VALUES = 5 };
struct cells {
	int held[VALUES][CELLS];
};

static int values[VALUES];

static bool count_piece(void *arg, const struct piece *piece)
{
	struct cells *cells = arg;

	for (uint64_t at = piece->start; at < piece->end; at++)
		cells->held[(int *)piece->value - values][at]++;
	return true;
}

static void count_part(void *arg, const struct piece *part)
{
	count_piece(arg, part);
}

static uint64_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return *state >> 33;
}

static void pieces_are_what_a_list_would_be(void **state)
{
	struct pieces pieces = { 0 };
	struct cells want = { 0 }, got, gone;
	uint64_t seed = 7;

	(void)state;
	for (int step = 0; step < 20000; step++) {
		uint64_t start = next(&seed) % CELLS, end = start + 1 + next(&seed) % (CELLS - start);
		int value = (int)(next(&seed) % VALUES);

		if (!(next(&seed) % 4)) {
			pieces_set(&pieces, start, end, &values[value]);
			for (int i = 0; i < VALUES; i++)
				for (uint64_t at = start; at < end; at++)
					want.held[i][at] = i == value;
		} else if (next(&seed) % 3 && pieces.count < 40) {
			pieces_add(&pieces, start, end, &values[value]);
			for (uint64_t at = start; at < end; at++)
				want.held[value][at]++;
		} else {
			struct cells before = want;

			memset(&gone, 0, sizeof(gone));
			pieces_cut(&pieces, start, end, count_part, &gone);
			for (int i = 0; i < VALUES; i++)
				for (uint64_t at = start; at < end; at++) {
					assert_int_equal(gone.held[i][at], before.held[i][at]);
					want.held[i][at] = 0;
				}
			assert_null(pieces_first(&pieces, start, end));
		}
		memset(&got, 0, sizeof(got));
		pieces_each(&pieces, 0, CELLS, count_piece, &got);
		assert_memory_equal(&got, &want, sizeof(got));
	}
	pieces_free(&pieces);
}

static bool stop_at_second(void *arg, const struct piece *piece)
{
	int *count = arg;

	(void)piece;
	return ++*count < 2;
}

static void a_visit_ends_when_told(void **state)
{
	struct pieces pieces = { 0 };
	int count = 0;

	(void)state;
	for (uint64_t at = 0; at < 10; at++)
		pieces_add(&pieces, at, at + 1, values);
	pieces_each(&pieces, 0, 10, stop_at_second, &count);
	assert_int_equal(count, 2);
	pieces_free(&pieces);
}

static void the_first_is_the_lowest_that_reaches_in(void **state)
{
	struct pieces pieces = { 0 };

	(void)state;
	pieces_add(&pieces, 40, 50, &values[0]);
	pieces_add(&pieces, 0, 20, &values[1]);
	pieces_add(&pieces, 10, 60, &values[2]);
	assert_ptr_equal(pieces_first(&pieces, 15, 16)->value, &values[1]);
	assert_ptr_equal(pieces_first(&pieces, 20, 21)->value, &values[2]);
	assert_null(pieces_first(&pieces, 60, 70));
	pieces_set(&pieces, 0, 100, &values[3]);
	assert_int_equal(pieces.count, 1);
	pieces_free(&pieces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_what_a_list_would_be),
		cmocka_unit_test(a_visit_ends_when_told),
		cmocka_unit_test(the_first_is_the_lowest_that_reaches_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
