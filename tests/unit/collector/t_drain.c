/*
 * t_drain.c - slots become records: in order, complete, once; and nothing a ring may hold does harm.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "../../../collector/live/drain.h"
#include "writer.h"

#define SLOTS 64
#define LATER 1000000ull	/* after everything these tests write */

struct fixture {
	struct ring ring;
	struct ring_slot slots[SLOTS];
	struct writer writer;
	struct drain *drain;
};

static int set_up(void **state)
{
	struct fixture *f = aligned_alloc(128, (sizeof(*f) + 127) / 128 * 128);

	memset(f, 0, sizeof(*f));
	f->writer = (struct writer){ &f->ring, f->slots, SLOTS, 100 };
	f->drain = drain_new(&f->ring, f->slots, SLOTS);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	drain_free(f->drain);
	free(f);
	return 0;
}

/* The texts of a batch, one after the other: "a b c". */
static const char *texts(const struct drain_batch *batch)
{
	static char out[4096];
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < batch->count; i++)
		used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%.*s", i ? " " : "",
					 (int)batch->entry[i].length, batch->text + batch->entry[i].text);
	return out;
}

static void expect(struct fixture *f, uint64_t now_ns, const char *expected)
{
	struct drain_batch batch = drain_collect(f->drain, now_ns);

	assert_string_equal(texts(&batch), expected);
}

static unsigned state_of(const struct ring_slot *slot)
{
	return atomic_load(&slot->state) & 7;
}

static size_t count_free(const struct fixture *f)
{
	size_t count = 0;

	for (int i = 0; i < SLOTS; i++)
		count += state_of(&f->slots[i]) == SLOT_FREE;
	return count;
}

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

/* ---- long records ---- */

static void a_long_record_is_put_together_from_its_slots(void **state)
{
	struct fixture *f = *state;
	char text[SLOT_TEXT * 3 + 50];
	struct drain_batch batch;

	memset(text, 'x', sizeof(text) - 1);
	text[SLOT_TEXT] = 'y';
	text[sizeof(text) - 1] = 0;
	writer_put(&f->writer, SLOT_CALL, 9, "before");
	writer_put_long(&f->writer, SLOT_PROCESS, 10, text);
	batch = drain_collect(f->drain, LATER);
	assert_int_equal(batch.count, 2);
	assert_int_equal(batch.entry[1].length, strlen(text));
	assert_memory_equal(batch.text + batch.entry[1].text, text, strlen(text));
	assert_int_equal(count_free(f), SLOTS);
	assert_int_equal(drain_damaged(f->drain), 0);
}

static void the_text_is_a_copy(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_put(&f->writer, SLOT_CALL, 10, "mine");
	struct drain_batch batch = drain_collect(f->drain, LATER);

	memcpy(slot->text, "EVIL", 4);
	assert_string_equal(texts(&batch), "mine");
}

/* Whatever is wrong with the record in @slot: it is dropped and counted, its slot is freed, its neighbours arrive. */
static void expect_damage(struct fixture *f, struct ring_slot *slot)
{
	slot->end_ns = 10;
	writer_publish(slot, SLOT_READY);
	writer_put(&f->writer, SLOT_CALL, 20, "sound");
	expect(f, LATER, "sound");
	assert_int_equal(drain_damaged(f->drain), 1);
	assert_int_equal(state_of(slot), SLOT_FREE);
}

static void a_chain_that_bites_its_tail_is_damage(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *head = writer_reserve(&f->writer), *part = writer_reserve(&f->writer);

	writer_text(head, SLOT_CALL, "head");
	writer_text(part, SLOT_PART, "part");
	writer_publish(part, SLOT_CHAINED);
	head->next = part->next = (uint32_t)(part - f->slots) + 1;
	expect_damage(f, head);
	assert_int_equal(state_of(part), SLOT_FREE);
}

static void a_chain_back_to_its_head_is_damage(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *head = writer_reserve(&f->writer);

	writer_text(head, SLOT_CALL, "head");
	head->next = (uint32_t)(head - f->slots) + 1;
	expect_damage(f, head);
}

static void a_chain_out_of_the_ring_is_damage(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *head = writer_reserve(&f->writer);

	writer_text(head, SLOT_CALL, "head");
	head->next = 0xfffffff0;
	expect_damage(f, head);
}

static void a_chain_through_another_record_is_damage(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *other = writer_begin(&f->writer, "other"), *head = writer_reserve(&f->writer);

	writer_text(head, SLOT_CALL, "head");
	head->next = (uint32_t)(other - f->slots) + 1;
	expect_damage(f, head);
	assert_int_equal(state_of(other), SLOT_BEGUN);
}

static void a_text_longer_than_its_slot_is_damage(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *head = writer_reserve(&f->writer);

	writer_text(head, SLOT_CALL, "head");
	head->length = SLOT_TEXT + 1;
	expect_damage(f, head);
}

static void a_kind_that_does_not_exist_is_damage(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *head = writer_reserve(&f->writer);

	writer_text(head, SLOT_PART, "head");	/* a part is no record */
	expect_damage(f, head);
}

static void a_state_of_another_slot_is_damage(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_reserve(&f->writer);

	atomic_store(&slot->state, (uint64_t)(slot - f->slots + 1) << 3 | SLOT_RESERVED);
	expect(f, LATER, "");
	assert_int_equal(drain_damaged(f->drain), 1);
	assert_int_equal(state_of(slot), SLOT_FREE);
}

/* ---- anything at all ---- */

static void fill_randomly(struct fixture *f, unsigned *seed)
{
	unsigned char *bytes = (unsigned char *)f->slots;

	for (size_t i = 0; i < sizeof(f->slots); i++)
		bytes[i] = (unsigned char)rand_r(seed);
	/* half of them plausible enough to be looked into */
	for (unsigned i = 0; i < SLOTS; i++) {
		if (rand_r(seed) & 1)
			continue;
		atomic_store(&f->slots[i].state, (uint64_t)(i + SLOTS * (rand_r(seed) % 4)) << 3 | (rand_r(seed) % 6));
		f->slots[i].kind = (uint8_t)(rand_r(seed) % 11);
		f->slots[i].length = (uint16_t)(rand_r(seed) % 240);
		f->slots[i].next = (uint32_t)rand_r(seed) % (SLOTS + 4);
		f->slots[i].pid = 100;
	}
	atomic_store(&f->ring.tail, (uint64_t)rand_r(seed) << (rand_r(seed) % 40));
}

static void check_batch(struct fixture *f, const struct drain_batch *batch)
{
	volatile unsigned char sum = 0;

	for (size_t i = 0; i < batch->count; i++) {
		assert_in_range(batch->entry[i].kind, SLOT_CALL, SLOT_CHECK);
		assert_int_not_equal(batch->entry[i].kind, SLOT_PART);
		assert_true(batch->entry[i].length <= SLOT_TEXT * (SLOT_CHAIN_MAX + 1));
		for (uint32_t k = 0; k < batch->entry[i].length; k++)
			sum ^= (unsigned char)batch->text[batch->entry[i].text + k];
		if (batch->entry[i].kind == SLOT_CHECK)
			drain_release(f->drain, batch->entry[i].position);
	}
}

static void random_bytes_do_no_harm(void **state)
{
	struct fixture *f = *state;
	unsigned seed = 1;

	for (int i = 0; i < 20000; i++) {
		struct drain_batch batch;

		fill_randomly(f, &seed);
		drain_rescan(f->drain);
		batch = drain_collect(f->drain, 5000000000ull);
		check_batch(f, &batch);
		batch = drain_under_way(f->drain);
		check_batch(f, &batch);
		batch = drain_abandon(f->drain, 100, UINT64_MAX);
		check_batch(f, &batch);
	}
	assert_true(drain_damaged(f->drain) > 20000);
}

static void a_ring_that_was_damaged_works_again(void **state)
{
	struct fixture *f = *state;
	unsigned seed = 7;

	fill_randomly(f, &seed);
	for (int i = 0; i < SLOTS; i++)
		f->slots[i].pid = 100;
	drain_rescan(f->drain);
	drain_collect(f->drain, LATER);
	drain_abandon(f->drain, 100, UINT64_MAX);
	drain_collect(f->drain, UINT64_MAX);
	assert_int_equal(count_free(f), SLOTS);
	writer_put(&f->writer, SLOT_CALL, 10, "fresh");
	drain_rescan(f->drain);
	expect(f, LATER, "fresh");
}

/* ---- threads ---- */

static void *write_one_too_many(void *arg)
{
	struct fixture *f = arg;

	writer_put(&f->writer, SLOT_CALL, 20, "late");
	return NULL;
}

static void a_writer_asleep_on_a_full_ring_is_woken(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;

	for (int i = 0; i < SLOTS; i++)
		writer_put(&f->writer, SLOT_CALL, 10, "x");
	assert_int_equal(pthread_create(&thread, NULL, write_one_too_many, f), 0);
	while (!atomic_load(&f->ring.waiters))
		usleep(100);
	usleep(2000);
	assert_int_equal(drain_collect(f->drain, 15).count, SLOTS);
	pthread_join(thread, NULL);
	expect(f, LATER, "late");
}

#define HAND_OVERS 500

/* Two threads that hand a token to and fro: each record happened after all before it. */
struct relay {
	struct fixture *f;
	_Atomic unsigned turn;
	_Atomic bool stop;
};

struct runner {
	struct relay *relay;
	unsigned me;
};

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static void *run_relay(void *arg)
{
	struct runner *runner = arg;
	struct relay *relay = runner->relay;
	char text[16];

	while (!atomic_load(&relay->stop)) {
		struct ring_slot *slot = writer_reserve(&relay->f->writer);
		unsigned turn;

		/* reserved before the other one's record exists: slot order and time order differ */
		while ((turn = atomic_load(&relay->turn)) % 2 != runner->me && !atomic_load(&relay->stop))
			sched_yield();
		snprintf(text, sizeof(text), "%u", turn);
		writer_text(slot, SLOT_CALL, text);
		slot->end_ns = clock_ns();
		writer_publish(slot, turn % 2 == runner->me ? SLOT_READY : SLOT_RESERVED);
		if (turn % 2 == runner->me)
			atomic_store(&relay->turn, turn + 1);
	}
	return NULL;
}

static bool is_number(const struct drain_batch *batch, size_t i, unsigned number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return batch->entry[i].length == strlen(text) &&
	       !memcmp(batch->text + batch->entry[i].text, text, strlen(text));
}

static void a_record_never_comes_before_one_it_happened_after(void **state)
{
	struct fixture *f = *state;
	struct relay relay = { .f = f };
	struct runner runner[2] = { { &relay, 0 }, { &relay, 1 } };
	pthread_t thread[2];
	uint64_t patience_ns = clock_ns() + 30000000000ull;
	unsigned expected = 0;
	bool in_order = true;

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_relay, &runner[i]), 0);
	while (expected < HAND_OVERS && clock_ns() < patience_ns) {
		struct drain_batch batch = drain_collect(f->drain, clock_ns());

		for (size_t i = 0; i < batch.count; i++)
			in_order &= is_number(&batch, i, expected++);
	}
	atomic_store(&relay.stop, true);
	while (drain_collect(f->drain, clock_ns()).count)
		;
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	assert_true(in_order);
	assert_true(expected >= HAND_OVERS);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* ---- writers that wait ---- */

static void a_writer_that_waits_is_taken_once_and_freed_on_release(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_put(&f->writer, SLOT_CHECK, 10, "check");
	struct drain_batch batch = drain_collect(f->drain, LATER);
	uint64_t position = batch.entry[0].position;

	assert_string_equal(texts(&batch), "check");
	assert_int_equal(batch.entry[0].kind, SLOT_CHECK);
	assert_int_equal(state_of(slot), SLOT_READY);
	drain_rescan(f->drain);
	expect(f, LATER, "");
	drain_release(f->drain, position);
	assert_int_equal(state_of(slot), SLOT_FREE);
	expect(f, LATER, "");
	assert_int_equal(count_free(f), SLOTS);
}

static void releasing_what_nobody_holds_frees_nothing(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_put(&f->writer, SLOT_CALL, 10, "call");

	drain_release(f->drain, 0);
	assert_int_equal(state_of(slot), SLOT_READY);
	expect(f, LATER, "call");
}

/* Its writer died and another one has the slot, or the ring's word was overwritten. */
static void a_slot_that_changed_while_it_was_held_is_not_freed(void **state)
{
	struct fixture *f = *state;
	struct ring_slot *slot = writer_put(&f->writer, SLOT_CHECK, 10, "check");
	uint64_t position = drain_collect(f->drain, LATER).entry[0].position;

	atomic_store(&slot->state, (position + SLOTS) << 3 | SLOT_BEGUN);
	drain_release(f->drain, position);
	assert_int_equal(state_of(slot), SLOT_BEGUN);
}

static void the_parts_of_a_record_that_waits_are_free_at_once(void **state)
{
	struct fixture *f = *state;
	char text[2 * SLOT_TEXT + 1];
	struct ring_slot *slot;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	slot = writer_put_long(&f->writer, SLOT_CHECK, 10, text);
	expect(f, LATER, text);
	assert_int_equal(state_of(slot), SLOT_READY);
	assert_int_equal(count_free(f), SLOTS - 1);
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
		T(a_long_record_is_put_together_from_its_slots),
		T(the_text_is_a_copy),
		T(a_chain_that_bites_its_tail_is_damage),
		T(a_chain_back_to_its_head_is_damage),
		T(a_chain_out_of_the_ring_is_damage),
		T(a_chain_through_another_record_is_damage),
		T(a_text_longer_than_its_slot_is_damage),
		T(a_kind_that_does_not_exist_is_damage),
		T(a_state_of_another_slot_is_damage),
		T(random_bytes_do_no_harm),
		T(a_ring_that_was_damaged_works_again),
		T(a_writer_asleep_on_a_full_ring_is_woken),
		T(a_record_never_comes_before_one_it_happened_after),
		T(a_writer_that_waits_is_taken_once_and_freed_on_release),
		T(releasing_what_nobody_holds_frees_nothing),
		T(a_slot_that_changed_while_it_was_held_is_not_freed),
		T(the_parts_of_a_record_that_waits_are_free_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
