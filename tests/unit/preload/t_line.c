/*
 * The line writer and the slots under it, on a ring in ordinary memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <cmocka.h>

#include "../../../preload/clock.h"
#include "../../../preload/line.h"
#include "../../../preload/send.h"

#define SLOTS 128

static struct ring *ring;

static int new_ring(void **state)
{
	size_t bytes = ring_bytes(SLOTS, 64, 64);

	(void)state;
	ring = aligned_alloc(4096, bytes);
	memset(ring, 0, bytes);
	ring->slots = SLOTS;
	ring->dict_words = ring->dict_buckets = 64;
	ring->on_full = FULL_DROP;
	clock_init(getauxval(AT_SYSINFO_EHDR), 0);
	send_attach(ring);
	return 0;
}

static int free_ring(void **state)
{
	(void)state;
	free(ring);
	return 0;
}

static struct ring_slot *slot_at(uint32_t index)
{
	return (struct ring_slot *)((char *)ring + ring_slot_offset(64, 64)) + index;
}

/* The text of a record, its chain followed. */
static const char *text_of(const struct ring_slot *slot)
{
	static char text[SLOT_CHAIN_MAX * SLOT_TEXT + 1];
	size_t used = 0;

	for (;;) {
		memcpy(text + used, slot->text, slot->length);
		used += slot->length;
		if (!slot->next)
			break;
		slot = slot_at(slot->next - 1);
		assert_int_equal(slot->kind, SLOT_PART);
		assert_int_equal(slot->state & 7, SLOT_CHAINED);
	}
	text[used] = 0;
	return text;
}

static struct line open_line(void)
{
	struct line line;

	line_open(&line, send_reserve(), SLOT_NOTE, 1);
	return line;
}

static void assert_text(struct line *line, const char *want)
{
	line_ready(line, 7);
	assert_int_equal(line->head->state & 7, SLOT_READY);
	assert_string_equal(text_of(line->head), want);
}

static void numbers_keep_all_64_bits(void **state)
{
	struct line line = open_line();

	(void)state;
	line_key(&line, "a");
	line_unsigned(&line, UINT64_MAX);
	line_key(&line, "b");
	line_signed(&line, INT64_MIN);
	line_key(&line, "c");
	line_hex(&line, UINT64_MAX);
	line_key(&line, "d");
	line_hex(&line, 0);
	line_key(&line, "e");
	line_hex(&line, 0x7f0000001000);
	assert_text(&line, ",\"a\":18446744073709551615,\"b\":-9223372036854775808,\"c\":\"0xffffffffffffffff\",\"d\":\"0x0\","
			   "\"e\":\"0x7f0000001000\"");
}

static void every_digit_count_is_written_right(void **state)
{
	char want[64];
	uint64_t value = 0;

	(void)state;
	for (int digits = 1; digits <= 19; digits++) {
		struct line line = open_line();

		value = value * 10 + 9;
		line_unsigned(&line, value);
		line_raw(&line, ",");
		line_unsigned(&line, value + 1);
		snprintf(want, sizeof(want), "%lu,%lu", value, value + 1);
		assert_text(&line, want);
	}
}

static void assert_number(uint64_t value)
{
	struct line line = open_line();
	char want[64];

	snprintf(want, sizeof(want), "%lu,\"0x%lx\",%ld", value, value, (long)value);
	line_unsigned(&line, value);
	line_raw(&line, ",");
	line_hex(&line, value);
	line_raw(&line, ",");
	line_signed(&line, (int64_t)value);
	assert_text(&line, want);
	send_publish(line.head, SLOT_FREE);
}

/* Digits are made eight at a time, two, four and eight by one multiplication: each may borrow from its neighbour. */
static void numbers_are_written_as_printf_does(void **state)
{
	uint64_t value = 1;

	(void)state;
	for (uint64_t low = 0; low <= 10000; low++) {
		assert_number(low);
		assert_number(low * 10000 + 9999);
		assert_number(low * 1000000000000 + low);
	}
	for (int i = 0; i < 100000; i++) {
		value = value * 6364136223846793005 + 1442695040888963407;
		assert_number(value >> i % 64);
	}
}

static void strings_are_json_whatever_the_bytes(void **state)
{
	struct line line = open_line();

	(void)state;
	line_key(&line, "p");
	line_quoted(&line, "a\"b\\c\n\x01\x7f \xc3\xa9 \xe2\x82\xac \xff \xc0\x80 \xed\xa0\x80", 100);
	assert_text(&line, ",\"p\":\"a\\\"b\\\\c\\u000a\\u0001\\u007f \xc3\xa9 \xe2\x82\xac \\u00ff \\u00c0\\u0080 "
			   "\\u00ed\\u00a0\\u0080\"");
}

static void strings_stop_at_their_bound(void **state)
{
	struct line line = open_line();

	(void)state;
	line_quoted(&line, "abcdef", 3);
	assert_text(&line, "\"abc\"");
}

static void long_text_goes_on_in_chained_slots(void **state)
{
	struct line line = open_line();
	char path[2001];

	(void)state;
	memset(path, 'x', 2000);
	path[2000] = 0;
	line_key(&line, "path");
	line_quoted(&line, path, 4096);
	line_key(&line, "n");
	line_unsigned(&line, 5);
	line_ready(&line, 0);
	assert_false(line.cut);
	assert_int_equal(strlen(text_of(line.head)), strlen(",\"path\":\"\",\"n\":5") + 2000);
	assert_string_equal(text_of(line.head) + strlen(",\"path\":\"") + 2000, "\",\"n\":5");
}

static void a_line_without_room_ends_after_a_complete_field(void **state)
{
	struct line line = open_line();
	char path[8000];

	(void)state;
	memset(path, 'y', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	for (int i = 0; i < SLOTS - 3; i++)
		send_reserve(); /* two slots remain */
	line_key(&line, "path");
	line_quoted(&line, path, sizeof(path));
	line_key(&line, "n");
	line_unsigned(&line, 5);
	line_ready(&line, 0);
	assert_true(line.cut);
	assert_memory_equal(text_of(line.head), ",\"path\":\"yyyy", 12);
	assert_int_equal(text_of(line.head)[strlen(text_of(line.head)) - 1], '"');
	assert_non_null(strstr(text_of(line.head), "y\""));
	assert_true(ring->dropped > 0);
}

static void a_stuck_slot_is_passed_over(void **state)
{
	struct ring_slot *stuck = send_reserve();

	(void)state;
	for (int i = 1; i < SLOTS; i++) {
		struct ring_slot *slot = send_reserve();

		slot->state &= ~7ull; /* what the collector does with a slot it has read */
	}
	for (int i = 0; i < 3 * SLOTS; i++) {
		struct ring_slot *slot = send_reserve();

		assert_non_null(slot);
		assert_ptr_not_equal(slot, stuck);
		slot->state &= ~7ull;
	}
	assert_int_equal(ring->dropped, 0);
}

/* Whoever took its slot now would be found where the collector no longer looks. */
static void a_writer_that_overslept_a_lap_takes_a_new_position(void **state)
{
	struct ring_slot *first = send_reserve(), *second, *slot;
	uint64_t late = ring->tail;

	(void)state;
	second = first + 1;
	second->state = (late + SLOTS) << 3;
	slot = send_reserve();
	assert_ptr_not_equal(slot, second);
	assert_int_equal(slot->state >> 3, late + 1);
	assert_int_equal(second->state, (late + SLOTS) << 3);
}

static void a_full_ring_drops_and_counts(void **state)
{
	(void)state;
	for (int i = 0; i < SLOTS; i++)
		send_publish(send_reserve(), SLOT_READY);
	assert_null(send_reserve());
	assert_null(send_reserve());
	assert_int_equal(ring->dropped, 2);
}

static void a_silent_collector_is_not_waited_for_twice(void **state)
{
	(void)state;
	ring->on_full = FULL_WAIT;
	ring->heartbeat_ns = 0; /* its last sign of life is the machine's boot */
	for (int i = 0; i < SLOTS; i++)
		send_publish(send_reserve(), SLOT_READY);
	assert_null(send_reserve());
	assert_int_equal(ring->on_full, FULL_DROP);
	assert_int_equal(ring->dropped, 1);
}

#define ON_A_RING(test) cmocka_unit_test_setup_teardown(test, new_ring, free_ring)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_RING(numbers_keep_all_64_bits),
		ON_A_RING(every_digit_count_is_written_right),
		ON_A_RING(numbers_are_written_as_printf_does),
		ON_A_RING(strings_are_json_whatever_the_bytes),
		ON_A_RING(strings_stop_at_their_bound),
		ON_A_RING(long_text_goes_on_in_chained_slots),
		ON_A_RING(a_line_without_room_ends_after_a_complete_field),
		ON_A_RING(a_stuck_slot_is_passed_over),
		ON_A_RING(a_writer_that_overslept_a_lap_takes_a_new_position),
		ON_A_RING(a_full_ring_drops_and_counts),
		ON_A_RING(a_silent_collector_is_not_waited_for_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
