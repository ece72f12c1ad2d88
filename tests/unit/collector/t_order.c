/*
 * t_order.c - which call came first, when several were made at the same time: what the results prove, what they leave open,
 * and what has to wait.
 */
#include "timeline.h"

/* ---- without overlap on the same pages ---- */

static void calls_that_do_not_overlap_keep_the_order_of_time(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, RW, PAF);
	took(t, 30, 40, a_protect(0, 4, R));
	took(t, 10, 20, a_protect(0, 4, RW));
	took(t, 20, 30, an_unmap(0, 1));
	assert_order(t, "bca", "");
}

static void disjoint_pages_and_other_processes_do_not_matter(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, RW, PAF);
	took(t, 10, 40, a_protect(0, 2, R));
	took(t, 11, 39, a_protect(2, 2, RW));
	took(t, 12, 38, of(101, a_protect(0, 2, RW)));
	assert_order(t, "cba", "");
}

/* ---- what results prove ---- */

static void an_address_was_free_when_it_was_given_out(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, R, PAF);
	took(t, 10, 30, an_unmap(0, 4));
	took(t, 15, 25, a_free_map(0, 2));
	assert_order(t, "ab", "");
	assert_prots(&t->script, "33..");
}

static void what_was_freed_is_given_out_in_pieces(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, R, PAF);
	took(t, 10, 40, an_unmap(0, 4));
	took(t, 15, 25, a_free_map(0, 2));
	took(t, 16, 26, a_free_map(2, 2));
	took(t, 26, 35, a_protect(0, 2, R));
	assert_order(t, "abcd", "");
	assert_prots(&t->script, "1133");
}

static void a_page_was_mapped_when_it_was_changed(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 3, RW, PAF);
	took(t, 10, 20, an_unmap(0, 1));
	took(t, 11, 21, an_unmap(1, 1));
	took(t, 12, 30, a_protect(0, 1, R));
	took(t, 13, 31, a_lock(1, 1));
	assert_order(t, "cadb", "");
	assert_prots(&t->script, "..3");
}

static void a_refusal_saw_the_hole_it_complains_of(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, RW, PAF);
	took(t, 10, 20, refused(a_protect(0, 4, R), ENOMEM));
	took(t, 11, 30, an_unmap(2, 1));
	assert_order(t, "ba", "");
	assert_prots(&t->script, "11.3");
}

static void advice_passes_over_the_hole_it_complains_of(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, RW, PAF);
	took(t, 10, 20, refused(a_call(CALL_madvise, 0, PAGE(0), PAGES(4), K_MADV_DONTDUMP), ENOMEM));
	took(t, 11, 30, an_unmap(1, 1));
	assert_order(t, "ba", "");
	assert_int_equal(at_page(&t->script, 3)->advice, ADVICE_DONTDUMP);
}

static void a_taken_address_was_taken(void **state)
{
	struct timeline *t = *state;

	took(t, 10, 20, refused(a_map(0, 1, R, PAF | K_MAP_FIXED_NOREPLACE), EEXIST));
	took(t, 11, 30, a_free_map(0, 1));
	assert_order(t, "ba", "");
}

static void a_moved_mapping_leaves_room_behind(void **state)
{
	struct timeline *t = *state;
	struct record move = a_call(CALL_mremap, 0, PAGE(0), PAGES(1), PAGES(1));

	do_map(&t->script, 0, 1, RW, PAF);
	move.call.arg[3] = K_MREMAP_MAYMOVE | K_MREMAP_FIXED;
	move.call.arg[4] = PAGE(5);
	move.call.ret = (int64_t)PAGE(5);
	took(t, 10, 20, a_free_map(0, 1));
	took(t, 11, 30, move);
	assert_order(t, "ba", "");
	assert_prots(&t->script, "3....3");
}

static void what_comes_after_tells_what_was_before(void **state)
{
	struct timeline *t = *state;

	took(t, 10, 20, a_map(0, 1, R, PAF));
	took(t, 11, 30, an_unmap(0, 1));
	took(t, 30, 40, a_protect(0, 1, RW));
	took(t, 29, 45, a_protect(9, 1, R)); /* so that they are looked at together */
	assert_order(t, "bacd", "");
	assert_prots(&t->script, "3");
}

/* ---- what they leave open ---- */

/* A thread is put to sleep in munmap, and another gets the pages, again and again. */
static void a_call_that_takes_long_is_placed_among_many(void **state)
{
	struct timeline *t = *state;
	char expected[64] = "a";

	do_map(&t->script, 0, 2, R, PAF);
	took(t, 10, 10000, an_unmap(0, 2));
	for (unsigned i = 0; i < 20; i++) {
		took(t, 20 + 100 * i, 30 + 100 * i, a_free_map(0, 1));
		took(t, 40 + 100 * i, 50 + 100 * i, an_unmap(0, 1));
	}
	took(t, 9000, 9010, a_free_map(0, 1));
	for (size_t i = 1; i < t->records; i++)
		expected[i] = (char)('a' + i);
	assert_order(t, expected, "");
	assert_prots(&t->script, "3.");
}

static void two_protections_at_once_are_a_race_on_their_pages(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, RW, PAF);
	took(t, 10, 20, a_protect(0, 3, R));
	took(t, 11, 30, a_protect(1, 3, 0));
	assert_order(t, "ab", "ab 1-3");
}

static void equal_and_independent_effects_are_no_race(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, RW, PAF);
	took(t, 10, 20, a_protect(0, 4, R));
	took(t, 11, 21, a_protect(0, 4, R));
	took(t, 12, 22, a_lock(0, 4));
	took(t, 13, 23, a_lock(1, 2));
	took(t, 14, 24, a_call(CALL_madvise, 0, PAGE(0), PAGES(4), K_MADV_DONTDUMP));
	took(t, 15, 25, a_call(CALL_madvise, 0, PAGE(0), PAGES(4), K_MADV_RANDOM));
	assert_order(t, "abcdef", "");
}

static void lock_and_unlock_at_once_are_a_race(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 2, RW, PAF);
	took(t, 10, 20, a_lock(0, 2));
	took(t, 11, 30, an_unlock(1, 1));
	assert_order(t, "ab", "ab 1-2");
}

static void two_replacements_at_once_are_a_race(void **state)
{
	struct timeline *t = *state;

	took(t, 10, 20, a_map(0, 2, R, PAF));
	took(t, 11, 30, a_map(1, 2, RW, PAF));
	took(t, 40, 50, a_map(4, 1, R, PAF));
	took(t, 41, 51, an_unmap(4, 1));
	assert_order(t, "abcd", "ab 1-2; cd 4-5");
}

static void pages_in_doubt_prove_nothing(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 1, R, PAF);
	ranges_add(&t->doubt, PAGE(0), PAGE(1));
	took(t, 10, 20, a_free_map(0, 1));
	took(t, 11, 30, an_unmap(0, 1));
	assert_order(t, "ab", "ab 0-1");
}

static void what_depends_on_a_race_is_in_it(void **state)
{
	struct timeline *t = *state;
	struct record move = a_call(CALL_mremap, 0, PAGE(0), PAGES(1), PAGES(1));

	do_map(&t->script, 0, 1, RW, PAF);
	ranges_add(&t->doubt, PAGE(0), PAGE(1));
	move.call.arg[3] = K_MREMAP_MAYMOVE | K_MREMAP_FIXED;
	move.call.arg[4] = PAGE(5);
	move.call.ret = (int64_t)PAGE(5);
	took(t, 10, 20, move);
	took(t, 11, 30, a_map(0, 1, R, PAF));
	run(t, 0);
	assert_non_null(strstr(t->races, "ab 0-1"));
	assert_non_null(strstr(t->races, "ab 5-6"));
}

static void more_calls_than_orders_can_be_tried_are_races(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 1, RW, PAF);
	for (unsigned i = 0; i < ORDER_CALLS_MAX + 2; i++)
		took(t, 10 + i, 100 + i, a_protect(0, 1, i % 2 ? R : RW));
	run(t, 0);
	assert_int_equal(strlen(t->came), ORDER_CALLS_MAX + 2);
	assert_non_null(strstr(t->races, "ab 0-1"));
}

static void new_rules_at_once_concern_every_page(void **state)
{
	struct timeline *t = *state;
	struct order_race race;
	size_t index;
	bool rules = false;

	took(t, 10, 20, a_call(CALL_mlockall, 0, K_MCL_FUTURE, 0, 0));
	took(t, 11, 30, a_call(CALL_munlockall, 0, 0, 0, 0));
	assert_true(order_begin(t->order, t->item, t->count, NULL, 0));
	fill(t);
	order_decide(t->order, 0);
	while (order_next(t->order, &index)) {
		t->item[index].seq = ++t->seq;
		while (order_race(t->order, &race))
			rules |= race.rules && race.start == 0 && race.end == SPACE_END;
	}
	assert_true(rules);
}

/* ---- calls under way ---- */

static void a_result_waits_for_the_release_under_way(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 2, R, PAF);
	is_at(t, 10, an_unmap(0, 2));
	took(t, 15, 25, a_free_map(0, 2));
	took(t, 26, 28, a_protect(8, 1, R));
	took(t, 1, 5, a_protect(1, 1, RW));
	assert_order(t, "c", "");
	returns(t, 40, an_unmap(0, 2));
	assert_order(t, "cdab", "");
	assert_prots(&t->script, "33");
}

static void nobody_waits_for_what_cannot_matter(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, R, PAF);
	is_at(t, 10, an_unmap(0, 1));
	is_at(t, 10, of(101, an_unmap(2, 1)));
	is_at(t, 30, a_protect(2, 1, 0));
	is_at(t, 10, a_call(CALL_exit, 0, 0, 0, 0));
	is_at(t, 10, an_unmap(2, 1));
	t->pending[4].gone = true;
	took(t, 15, 25, a_protect(2, 1, RW));
	assert_order(t, "a", "");
}

static void a_page_nobody_is_known_to_have_mapped_waits_for_a_call_that_may(void **state)
{
	struct timeline *t = *state;

	is_at(t, 10, a_free_map(3, 1));
	took(t, 15, 25, a_protect(3, 1, R));
	assert_order(t, "", "");
	returns(t, 40, a_free_map(3, 1));
	assert_order(t, "ba", "");
	assert_prots(&t->script, "...1");
}

static void what_was_waited_for_in_vain_is_a_race_when_it_comes(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 2, R, PAF);
	is_at(t, 10, a_protect(0, 1, 0));
	took(t, 15, 25, a_protect(0, 1, RW));
	run(t, 24);
	assert_string_equal(t->came, "");
	run(t, 25);
	assert_string_equal(t->came, "a");
	returns(t, 200, a_protect(0, 1, 0));
	assert_order(t, "ab", "ab 0-1");
}

/* ---- copies ---- */

static struct record a_fork(int32_t child)
{
	struct record record = a_call(CALL_fork, 0, 0, 0, 0);

	record.call.ret = child;
	return record;
}

static void child_speaks(struct timeline *t, uint64_t at_ns, int32_t child)
{
	took(t, at_ns, at_ns, of(child, a_protect(0, 1, RW)));
	t->item[t->count - 1].kind = ORDER_POINT;
	t->item[t->count - 1].parent = 100;
}

static void a_child_comes_after_the_call_that_made_it(void **state)
{
	struct timeline *t = *state;

	took(t, 10, 50, a_fork(7));
	child_speaks(t, 30, 7);
	assert_order(t, "ab", "");
}

static void a_child_waits_for_its_parents_fork(void **state)
{
	struct timeline *t = *state;

	is_at(t, 10, a_fork(7));
	child_speaks(t, 30, 7);
	assert_order(t, "", "");
	returns(t, 50, a_fork(7));
	assert_order(t, "ba", "");
}

static void whether_a_child_has_a_change_made_meanwhile_is_open(void **state)
{
	struct timeline *t = *state;

	do_map(&t->script, 0, 4, RW, PAF);
	took(t, 10, 50, a_fork(7));
	took(t, 20, 30, an_unmap(1, 2));
	took(t, 21, 31, a_lock(0, 1)); /* no child has locks */
	assert_order(t, "bca", "ba 1-3 of a child");
}

/* ---- listings ---- */

static void pages_that_changed_while_they_were_listed_are_named(void **state)
{
	struct timeline *t = *state;
	struct ranges moved = {.count = 0};
	size_t index;

	do_map(&t->script, 0, 8, RW, PAF);
	took(t, 10, 50, a_protect(0, 1, 0));
	t->item[0].kind = ORDER_LOOK;
	took(t, 5, 15, an_unmap(1, 1));
	took(t, 45, 60, a_protect(2, 1, R));
	took(t, 1, 10, an_unmap(3, 1));
	took(t, 50, 60, an_unmap(4, 1));
	is_at(t, 20, a_lock(6, 1));
	assert_true(order_begin(t->order, t->item, t->count, t->pending, t->pendings));
	fill(t);
	order_decide(t->order, UINT64_MAX);
	while (order_next(t->order, &index))
		if (t->item[index].kind == ORDER_LOOK)
			order_moved(t->order, index, &moved);
	assert_int_equal(moved.count, 2);
	assert_int_equal(moved.range[0].start, PAGE(1));
	assert_int_equal(moved.range[0].end, PAGE(3));
	assert_int_equal(moved.range[1].start, PAGE(6));
	ranges_free(&moved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDER(calls_that_do_not_overlap_keep_the_order_of_time),
		ORDER(disjoint_pages_and_other_processes_do_not_matter),
		ORDER(an_address_was_free_when_it_was_given_out),
		ORDER(what_was_freed_is_given_out_in_pieces),
		ORDER(a_page_was_mapped_when_it_was_changed),
		ORDER(a_refusal_saw_the_hole_it_complains_of),
		ORDER(advice_passes_over_the_hole_it_complains_of),
		ORDER(a_taken_address_was_taken),
		ORDER(a_moved_mapping_leaves_room_behind),
		ORDER(what_comes_after_tells_what_was_before),
		ORDER(a_call_that_takes_long_is_placed_among_many),
		ORDER(two_protections_at_once_are_a_race_on_their_pages),
		ORDER(equal_and_independent_effects_are_no_race),
		ORDER(lock_and_unlock_at_once_are_a_race),
		ORDER(two_replacements_at_once_are_a_race),
		ORDER(pages_in_doubt_prove_nothing),
		ORDER(what_depends_on_a_race_is_in_it),
		ORDER(more_calls_than_orders_can_be_tried_are_races),
		ORDER(new_rules_at_once_concern_every_page),
		ORDER(a_result_waits_for_the_release_under_way),
		ORDER(nobody_waits_for_what_cannot_matter),
		ORDER(a_page_nobody_is_known_to_have_mapped_waits_for_a_call_that_may),
		ORDER(what_was_waited_for_in_vain_is_a_race_when_it_comes),
		ORDER(a_child_comes_after_the_call_that_made_it),
		ORDER(a_child_waits_for_its_parents_fork),
		ORDER(whether_a_child_has_a_change_made_meanwhile_is_open),
		ORDER(pages_that_changed_while_they_were_listed_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
