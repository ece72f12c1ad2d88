/*
 * t_send_threads.c - the shim's side of the ring and the collector's at work at once: many threads write, one drains.
 *
 * Built with -fsanitize=thread as well (make check-tsan), which sees every access that the state word does not order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../../collector/live/drain.h"
#include "../../../preload/clock.h"
#include "../../../preload/send.h"

enum { SLOTS = 64, BUCKETS = 64, WORDS = 64, WRITERS = 4, EACH = 5000, PARTS = 3 };

struct fixture {
	struct ring *ring;
	struct drain *drain;
	uint64_t start_ns;
	_Atomic unsigned done;	/* writers */
};

struct writer {
	struct fixture *f;
	int32_t me;
	unsigned lost;
};

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static int set_up(void **state)
{
	const size_t bytes = ring_bytes(SLOTS, WORDS, BUCKETS);
	struct fixture *f = calloc(1, sizeof(*f));

	f->ring = aligned_alloc(4096, bytes);
	memset(f->ring, 0, bytes);
	f->ring->slots = SLOTS;
	f->ring->dict_words = WORDS;
	f->ring->dict_buckets = BUCKETS;
	f->start_ns = clock_ns();
	clock_init(0, f->start_ns);
	atomic_store(&f->ring->heartbeat_ns, UINT64_MAX);	/* the collector lives */
	f->drain = drain_new(f->ring, (void *)((char *)f->ring + ring_slot_offset(BUCKETS, WORDS)), SLOTS);
	send_attach(f->ring);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	send_attach(NULL);
	drain_free(f->drain);
	free(f->ring);
	free(f);
	return 0;
}

/* ---- a writer ---- */

static void put_number(struct ring_slot *slot, enum slot_kind kind, int32_t pid, unsigned number)
{
	slot->pid = pid;
	slot->kind = (uint8_t)kind;
	slot->next = 0;
	slot->stack = 0;
	slot->begin_ns = clock_session_ns();
	slot->length = sizeof(number);
	memcpy(slot->text, &number, sizeof(number));
}

/* Number, and in every third record parts that repeat it: each is published before what refers to it. */
static bool write_record(int32_t me, unsigned number)
{
	struct ring_slot *head = send_reserve(), *last = head;

	if (!head)
		return false;
	put_number(head, SLOT_CALL, me, number);
	for (unsigned i = 0; number % 3 == 0 && i < PARTS; i++) {
		struct ring_slot *part = send_reserve();

		if (!part)
			break;
		put_number(part, SLOT_PART, me, number);
		send_publish(part, SLOT_CHAINED);
		last->next = send_index(part) + 1;
		last = part;
	}
	send_publish(head, SLOT_BEGUN);
	head->end_ns = clock_session_ns();
	send_publish(head, SLOT_READY);
	return true;
}

static void *run_writer(void *arg)
{
	struct writer *writer = arg;

	for (unsigned i = 0; i < EACH; i++)
		writer->lost += !write_record(writer->me, i);
	atomic_fetch_add(&writer->f->done, 1);
	return NULL;
}

/* ---- the reader ---- */

struct got {
	unsigned next[WRITERS];	/* number that must come next */
	unsigned count;
	bool whole, in_order;
};

/* A record and its parts all say the same number. */
static bool is_whole(const char *text, uint32_t length, unsigned number)
{
	unsigned other;

	if (length != sizeof(number) * (number % 3 ? 1 : 1 + PARTS))
		return false;
	for (uint32_t at = 0; at < length; at += sizeof(other)) {
		memcpy(&other, text + at, sizeof(other));
		if (other != number)
			return false;
	}
	return true;
}

static void take(struct got *got, const struct drain_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct drain_entry *entry = &batch->entry[i];
		unsigned number;

		memcpy(&number, batch->text + entry->text, sizeof(number));
		got->whole &= is_whole(batch->text + entry->text, entry->length, number);
		got->in_order &= number == got->next[entry->pid - 1]++;
		got->count++;
	}
}

static void drain_all(struct fixture *f, struct got *got)
{
	uint64_t patience_ns = clock_ns() + 40000000000ull;

	for (;;) {
		bool over = atomic_load(&f->done) == WRITERS;
		struct drain_batch batch = drain_collect(f->drain, clock_ns() - f->start_ns);

		take(got, &batch);
		if ((over && !batch.count) || clock_ns() > patience_ns)
			return;
		if (!batch.count)
			drain_rescan(f->drain);
	}
}

static void records_of_many_threads_arrive_whole_and_in_each_ones_order(void **state)
{
	struct fixture *f = *state;
	struct writer writer[WRITERS];
	pthread_t thread[WRITERS];
	struct got got = { .whole = true, .in_order = true };

	for (int i = 0; i < WRITERS; i++) {
		writer[i] = (struct writer){ f, i + 1, 0 };
		assert_int_equal(pthread_create(&thread[i], NULL, run_writer, &writer[i]), 0);
	}
	drain_all(f, &got);
	atomic_store(&f->ring->closed, 1);
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(writer[i].lost, 0);
	}
	assert_int_equal(got.count, WRITERS * EACH);
	assert_true(got.whole);
	assert_true(got.in_order);
	assert_int_equal(drain_damaged(f->drain), 0);
	assert_int_equal(atomic_load(&f->ring->dropped), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_of_many_threads_arrive_whole_and_in_each_ones_order, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
