/*
 * t_drain_text.c - long records are put together, and nothing a ring may hold does harm.
 */
#include "drains.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
