/*
 * t_drain.c - slots become records: in order, complete, once.
 */
#include "drains.h"

/* ---- order ---- */

static void records_come_in_the_order_in_which_they_ended(void **state)
{
	struct fixture *f = *state;

	writer_put(&f->writer, SLOT_CALL, 30, "c");
	writer_put(&f->writer, SLOT_CALL, 10, "a");
	writer_put(&f->writer, SLOT_CALL, 20, "b");
	writer_put(&f->writer, SLOT_CALL, 20, "b2");
	expect(f, LATER, "a b b2 c");
}

static void modules_and_stacks_come_before_the_calls_that_need_them(void **state)
{
	struct fixture *f = *state;

	writer_put(&f->writer, SLOT_CALL, 10, "call");
	writer_put(&f->writer, SLOT_STACK, 0, "stack");
	writer_put(&f->writer, SLOT_MODULE, 15, "module");
	expect(f, LATER, "module stack call");
}

static void what_ended_after_the_pass_began_waits_for_the_next(void **state)
{
	struct fixture *f = *state;

	writer_put(&f->writer, SLOT_CALL, 501, "later");
	writer_put(&f->writer, SLOT_CALL, 500, "now");
	expect(f, 500, "now");
	expect(f, 501, "later");
}

static void an_end_time_from_a_wrong_clock_counts_as_now(void **state)
{
	struct fixture *f = *state;
	struct drain_batch batch;

	writer_put(&f->writer, SLOT_CALL, UINT64_MAX, "odd");
	writer_put(&f->writer, SLOT_CALL, 400, "even");
	batch = drain_collect(f->drain, 500);
	assert_string_equal(texts(&batch), "even odd");
	assert_int_equal(batch.entry[1].end_ns, 500);
}

/* ---- calls under way ---- */

static void a_call_under_way_is_left_alone_until_it_is_ready(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_begin(&f->writer, "begun");

	writer_put(&f->writer, SLOT_CALL, 10, "other");
	expect(f, LATER, "other");
	expect(f, LATER, "");
	assert_int_equal(state_of(slot), SLOT_BEGUN);
	writer_text(slot, SLOT_CALL, "done");
	slot->end_ns = 20;
	writer_publish(slot, SLOT_READY);
	expect(f, LATER, "done");
	assert_int_equal(count_free(f), SLOTS);
}

static void a_dead_process_leaves_its_begun_calls_unfinished_in_order(void **state)
{
	struct fixture *f = *state;
	struct writer other = f->writer;
	struct drain_batch left;

	other.pid = 200;
	writer_begin(&f->writer, "first");
	writer_begin(&other, "not-its");
	writer_begin(&f->writer, "second");
	expect(f, LATER, "");
	left = drain_abandon(f->drain, 100, UINT64_MAX);
	assert_string_equal(texts(&left), "first second");
	assert_true(left.entry[0].unfinished);
	assert_int_equal(left.entry[1].pid, 100);
	assert_int_equal(count_free(f), SLOTS - 1);
	left = drain_abandon(f->drain, 100, UINT64_MAX);
	assert_int_equal(left.count, 0);
}

static void exec_abandons_only_what_began_before_it(void **state)
{
	struct fixture *f = *state;
	struct drain_batch left;
	uint64_t exec;

	writer_begin(&f->writer, "old");
	exec = atomic_load(&f->ring.tail);
	writer_begin(&f->writer, "new");
	left = drain_abandon(f->drain, 100, exec);
	assert_string_equal(texts(&left), "old");
	left = drain_under_way(f->drain);
	assert_string_equal(texts(&left), "new");
	assert_int_equal(count_free(f), SLOTS - 1);
}

static void slots_a_dead_process_never_published_are_freed(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *head = writer_reserve(&f->writer), *part = writer_reserve(&f->writer);

	writer_text(part, SLOT_PART, "orphan");
	writer_publish(part, SLOT_CHAINED);
	assert_int_equal(drain_abandon(f->drain, 100, UINT64_MAX).count, 0);
	assert_int_equal(state_of(head), SLOT_FREE);
	assert_int_equal(state_of(part), SLOT_FREE);
}

static void a_slot_whose_owner_has_not_said_who_it_is_is_nobodys(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_put(&f->writer, SLOT_CALL, 10, "of 100");
	uint64_t word;

	expect(f, LATER, "of 100");
	word = atomic_load(&slot->state);
	/* by another process, which is about to write its pid */
	atomic_store(&slot->state, (word & ~7ull) | SLOT_RESERVED);
	drain_abandon(f->drain, 100, UINT64_MAX);
	assert_int_equal(state_of(slot), SLOT_RESERVED);
}

static void under_way_is_told_without_taking_it(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_begin(&f->writer, "begun");
	struct drain_batch batch = drain_under_way(f->drain);

	assert_string_equal(texts(&batch), "begun");
	assert_int_equal(state_of(slot), SLOT_BEGUN);
}

/* ---- calls pending at the end of a pass ---- */

static void expect_pending(struct fixture *f, size_t count, uint64_t begin_ns)
{
	size_t found;
	const struct drain_pending *pending = drain_pending(f->drain, &found);

	assert_int_equal(found, count);
	if (!count)
		return;
	assert_int_equal(pending[0].begin_ns, begin_ns);
	assert_int_equal(pending[0].pid, 100);
}

static void calls_that_have_begun_are_pending(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_begin_at(&f->writer, 7, "begun");

	writer_reserve(&f->writer); /* has not begun */
	writer_put(&f->writer, SLOT_CALL, 10, "ended");
	expect(f, LATER, "ended");
	expect_pending(f, 1, 7);
	writer_publish(slot, SLOT_READY);
	expect(f, LATER, "begun");
	expect_pending(f, 0, 0);
}

static void what_ended_after_the_pass_began_is_pending(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_begin_at(&f->writer, 400, "later");

	slot->end_ns = 501;
	writer_publish(slot, SLOT_READY);
	writer_put(&f->writer, SLOT_MARK, 502, "mark");
	expect(f, 500, "");
	expect_pending(f, 1, 400);
}

static void a_pending_call_tells_what_it_is_at(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_begin_at(&f->writer, 7, "begun");
	uint64_t position = atomic_load(&slot->state) >> 3;
	struct drain_batch batch = drain_peek(f->drain, position);

	assert_string_equal(texts(&batch), "begun");
	assert_int_equal(state_of(slot), SLOT_BEGUN);
	writer_publish(slot, SLOT_READY);
	assert_int_equal(drain_peek(f->drain, position).count, 0);
}

/* ---- positions ---- */

static void many_laps_lose_nothing(void **state)
{
	struct fixture *f = *state;
	char text[16], expected[16];
	unsigned seen = 0;

	for (unsigned i = 0; i < 10000;) {
		for (unsigned n = 0; n < 1 + i % (SLOTS - 1) && i < 10000; n++, i++) {
			snprintf(text, sizeof(text), "%u", i);
			writer_put(&f->writer, SLOT_CALL, i, text);
		}
		struct drain_batch batch = drain_collect(f->drain, LATER);

		for (size_t k = 0; k < batch.count; k++, seen++) {
			snprintf(expected, sizeof(expected), "%u", seen);
			assert_int_equal(batch.entry[k].length, strlen(expected));
			assert_memory_equal(batch.text + batch.entry[k].text, expected, strlen(expected));
		}
	}
	assert_int_equal(seen, 10000);
	assert_int_equal(count_free(f), SLOTS);
}

static void a_position_passed_over_holds_nothing_up(void **state)
{
	struct fixture *f = *state;

	writer_begin(&f->writer, "stuck");
	atomic_fetch_add(&f->ring.tail, 3);	/* writers that died between taking a position and its slot */
	writer_put(&f->writer, SLOT_CALL, 10, "a");
	expect(f, LATER, "a");
	for (int i = 0; i < SLOTS - 1; i++)
		writer_put(&f->writer, SLOT_CALL, 20, "x");
	assert_int_equal(drain_collect(f->drain, LATER).count, SLOTS - 1);
}

static void a_writer_that_is_late_for_its_known_position_is_awaited(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_begin(&f->writer, "old");
	uint64_t position, word;

	atomic_fetch_add(&f->ring.tail, SLOTS - 1);
	position = atomic_fetch_add(&f->ring.tail, 1);
	slot->end_ns = 10;
	writer_publish(slot, SLOT_READY);
	expect(f, LATER, "old");
	word = atomic_load(&slot->state);
	assert_true(atomic_compare_exchange_strong(&slot->state, &word, position << 3 | SLOT_RESERVED));
	writer_text(slot, SLOT_CALL, "new");
	writer_publish(slot, SLOT_READY);
	expect(f, LATER, "new");
}

static void a_writer_that_is_late_is_awaited_over_a_rescan(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot;
	uint64_t position, word;

	writer_put(&f->writer, SLOT_CALL, 9, "other");
	position = atomic_fetch_add(&f->ring.tail, 1);
	slot = &f->slots[position % SLOTS];
	expect(f, LATER, "other");
	drain_rescan(f->drain);
	word = atomic_load(&slot->state);
	assert_true(atomic_compare_exchange_strong(&slot->state, &word, position << 3 | SLOT_RESERVED));
	writer_text(slot, SLOT_CALL, "late");
	writer_publish(slot, SLOT_READY);
	expect(f, LATER, "late");
}

static void a_writer_slower_than_a_lap_is_found_by_rescan(void **state)
{
	struct fixture *f = *state;
	uint64_t position = atomic_fetch_add(&f->ring.tail, 1), word;
	struct ring_slot *slot = &f->slots[position % SLOTS];

	for (int i = 0; i < SLOTS; i++)
		writer_put(&f->writer, SLOT_CALL, 10, "x");
	assert_int_equal(drain_collect(f->drain, LATER).count, SLOTS);
	word = atomic_load(&slot->state);
	assert_true(atomic_compare_exchange_strong(&slot->state, &word, position << 3 | SLOT_RESERVED));
	writer_text(slot, SLOT_CALL, "slow");
	slot->end_ns = 11;
	writer_publish(slot, SLOT_READY);
	drain_rescan(f->drain);
	expect(f, LATER, "slow");
}

static void a_tail_far_ahead_is_one_lap(void **state)
{
	struct fixture *f = *state;

	writer_put(&f->writer, SLOT_CALL, 10, "a");
	atomic_store(&f->ring.tail, UINT64_MAX - 5);
	expect(f, LATER, "a");
	atomic_store(&f->ring.tail, 3);	/* nor does one that goes back matter */
	expect(f, LATER, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(records_come_in_the_order_in_which_they_ended),
		T(modules_and_stacks_come_before_the_calls_that_need_them),
		T(what_ended_after_the_pass_began_waits_for_the_next),
		T(an_end_time_from_a_wrong_clock_counts_as_now),
		T(a_call_under_way_is_left_alone_until_it_is_ready),
		T(a_dead_process_leaves_its_begun_calls_unfinished_in_order),
		T(exec_abandons_only_what_began_before_it),
		T(slots_a_dead_process_never_published_are_freed),
		T(a_slot_whose_owner_has_not_said_who_it_is_is_nobodys),
		T(under_way_is_told_without_taking_it),
		T(calls_that_have_begun_are_pending),
		T(what_ended_after_the_pass_began_is_pending),
		T(a_pending_call_tells_what_it_is_at),
		T(many_laps_lose_nothing),
		T(a_position_passed_over_holds_nothing_up),
		T(a_writer_that_is_late_for_its_known_position_is_awaited),
		T(a_writer_that_is_late_is_awaited_over_a_rescan),
		T(a_writer_slower_than_a_lap_is_found_by_rescan),
		T(a_tail_far_ahead_is_one_lap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
