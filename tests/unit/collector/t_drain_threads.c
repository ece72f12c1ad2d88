/*
 * t_drain_threads.c - writers that wait, sleep, or race with each other.
 */
#include <pthread.h>
#include <sched.h>

#include "drains.h"

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
		T(a_writer_asleep_on_a_full_ring_is_woken),
		T(a_record_never_comes_before_one_it_happened_after),
		T(a_writer_that_waits_is_taken_once_and_freed_on_release),
		T(releasing_what_nobody_holds_frees_nothing),
		T(a_slot_that_changed_while_it_was_held_is_not_freed),
		T(the_parts_of_a_record_that_waits_are_free_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
