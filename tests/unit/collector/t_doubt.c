/*
 * t_doubt.c - which pages are in doubt after a call, and sets of addresses.
 */
#include "timeline.h"

#include "../../../collector/live/doubt.h"

static struct touches touches_in(struct timeline *t, struct record record)
{
	return touches_of(&record.call, script_space(&t->script), 1);
}

static void follow(struct timeline *t, struct record record)
{
	const struct touches touches = touches_in(t, record);

	doubt_follow(&t->doubt, &touches);
}

/* '?' for each of the first eight pages in doubt. */
static void assert_doubt(const struct timeline *t, const char *want)
{
	char have[9] = "";

	for (int i = 0; i < 8; i++)
		have[i] = ranges_touch(&t->doubt, PAGE(i), PAGE(i + 1)) ? '?' : '.';
	assert_string_equal(have, want);
}

static struct record a_move(int from, int pages, int to)
{
	struct record move = a_call(CALL_mremap, 0, PAGE(from), PAGES(pages), PAGES(pages));

	move.call.arg[3] = K_MREMAP_MAYMOVE | K_MREMAP_FIXED;
	move.call.arg[4] = PAGE(to);
	move.call.ret = (int64_t)PAGE(to);
	return move;
}

static void pages_made_anew_or_removed_are_known_again(void **state)
{
	struct timeline *t = *state;

	ranges_add(&t->doubt, PAGE(0), PAGE(6));
	follow(t, an_unmap(1, 1));
	follow(t, a_map(3, 2, R, PAF));
	follow(t, a_protect(0, 1, R));
	assert_doubt(t, "?.?..?..");
}

static void doubt_moves_along_with_a_mapping(void **state)
{
	struct timeline *t = *state;

	ranges_add(&t->doubt, PAGE(0), PAGE(1));
	follow(t, a_move(0, 1, 4));
	assert_doubt(t, "....?...");
	follow(t, a_move(6, 1, 4));
	assert_doubt(t, "........");
}

static void a_call_that_stopped_at_an_unknown_page_leaves_all_in_doubt(void **state)
{
	struct timeline *t = *state;

	ranges_add(&t->doubt, PAGE(1), PAGE(2));
	follow(t, refused(a_protect(4, 3, R), ENOMEM));
	assert_doubt(t, ".?......");
	follow(t, refused(a_protect(0, 4, R), ENOMEM));
	assert_doubt(t, "????....");
}

/* How much is locked elsewhere decided whether it was refused. */
static void a_lock_under_a_limit_depends_on_every_page(void **state)
{
	struct timeline *t = *state;
	struct record lock = refused(a_lock(5, 2), ENOMEM);

	follow(t, lock);
	assert_doubt(t, "........");
	ranges_add(&t->doubt, PAGE(0), PAGE(1));
	lock.call.has |= HAS_LIMIT;
	lock.call.limit_bytes = 65536;
	lock.call.cap_ipc_lock = true;
	follow(t, lock);
	assert_doubt(t, "?.......");
	lock.call.cap_ipc_lock = false;
	follow(t, lock);
	assert_doubt(t, "?....??.");
}

#define BITS 64

static void sets_of_addresses_are_what_bits_say(void **state)
{
	struct ranges ranges = {.count = 0};
	bool bit[BITS] = {false};
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t start = (uint64_t)(rand_r(&seed) % BITS), end = start + (uint64_t)(rand_r(&seed) % 12);
		bool add = rand_r(&seed) & 1;

		end = end > BITS ? BITS : end;
		add ? ranges_add(&ranges, start, end) : ranges_remove(&ranges, start, end);
		for (uint64_t k = start; k < end; k++)
			bit[k] = add;
		for (uint64_t k = 0; k < BITS; k++)
			assert_int_equal(ranges_touch(&ranges, k, k + 1), bit[k]);
		for (size_t k = 1; k < ranges.count; k++)
			assert_true(ranges.range[k - 1].end < ranges.range[k].start);
	}
	ranges_free(&ranges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDER(pages_made_anew_or_removed_are_known_again),
		ORDER(doubt_moves_along_with_a_mapping),
		ORDER(a_call_that_stopped_at_an_unknown_page_leaves_all_in_doubt),
		ORDER(a_lock_under_a_limit_depends_on_every_page),
		cmocka_unit_test(sets_of_addresses_are_what_bits_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
