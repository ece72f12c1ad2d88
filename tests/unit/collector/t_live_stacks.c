/*
 * t_live_stacks.c - addresses of the dictionary become frames of the log.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../../collector/live/stack_ids.h"
#include "../../../collector/live/stack_keys.h"
#include "../../../collector/live/stacks.h"
#include "../../../collector/log/parse.h"
#include "../../../preload/abi/ring.h"

#define WORDS 64

struct fixture {
	uint64_t words[WORDS];
	struct stacks *stacks;
	struct line line;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->stacks = stacks_new(f->words, WORDS);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	stacks_free(f->stacks);
	line_free(&f->line);
	free(f);
	return 0;
}

static uint32_t add(struct fixture *f, uint32_t key, const char *path, uint64_t start, uint64_t end, bool *fresh)
{
	struct record_module module = { .path = path, .base = start, .start = start, .end = end };

	return stacks_add_module(f->stacks, key, &module, fresh);
}

static void put_stack(struct fixture *f, uint32_t id, uint64_t head, uint64_t first, uint64_t second)
{
	f->words[id] = head;
	f->words[id + 1] = first;
	f->words[id + 2] = second;
}

static void expect_line(struct fixture *f, uint32_t id, const char *expected)
{
	assert_int_equal(stacks_line(f->stacks, id, 7, &f->line), id);
	assert_int_equal(f->line.length, strlen(expected));
	assert_memory_equal(f->line.at, expected, strlen(expected));
}

static void a_frame_is_its_module_and_offset(void **state)
{
	struct fixture *f = *state;
	bool fresh;

	add(f, 1, "/a", 0x1000, 0x2000, &fresh);
	add(f, 1, "/b", 0x5000, 0x6000, &fresh);
	put_stack(f, 10, 1ull << 32 | 2, 0x5010, 0x1999);
	expect_line(f, 10, "{\"type\":\"stack\",\"id\":10,\"pid\":7,\"frames\":[[2,\"0x10\"],[1,\"0x999\"]]}");
}

static void an_address_in_no_module_stays_an_address(void **state)
{
	struct fixture *f = *state;

	put_stack(f, 1, 1ull << 32 | 2, 0x7f0012345678, 1);
	expect_line(f, 1, "{\"type\":\"stack\",\"id\":1,\"pid\":7,\"frames\":[[0,\"0x7f0012345678\"],[0,\"0x1\"]]}");
}

static void a_call_that_is_the_last_instruction_of_its_module_belongs_to_it(void **state)
{
	struct fixture *f = *state;
	bool fresh;

	add(f, 1, "/a", 0x1000, 0x2000, &fresh);
	add(f, 1, "/b", 0x2000, 0x3000, &fresh);
	put_stack(f, 1, 1ull << 32 | 2, 0x2000, 0x1000);
	expect_line(f, 1, "{\"type\":\"stack\",\"id\":1,\"pid\":7,\"frames\":[[1,\"0x1000\"],[1,\"0x0\"]]}");
}

static void keys_keep_the_modules_of_different_images_apart(void **state)
{
	struct fixture *f = *state;
	bool fresh;

	add(f, 1, "/old", 0x1000, 0x2000, &fresh);
	add(f, 2, "/new", 0x1000, 0x3000, &fresh);
	put_stack(f, 1, 1ull << 32 | 1, 0x1800, 0);
	put_stack(f, 5, 2ull << 32 | 1, 0x1800, 0);
	put_stack(f, 8, 3ull << 32 | 1, 0x1800, 0);
	expect_line(f, 1, "{\"type\":\"stack\",\"id\":1,\"pid\":7,\"frames\":[[1,\"0x800\"]]}");
	expect_line(f, 5, "{\"type\":\"stack\",\"id\":5,\"pid\":7,\"frames\":[[2,\"0x800\"]]}");
	expect_line(f, 8, "{\"type\":\"stack\",\"id\":8,\"pid\":7,\"frames\":[[0,\"0x1800\"]]}");
}

static void equal_modules_of_two_images_are_one_line(void **state)
{
	struct fixture *f = *state;
	bool fresh;

	assert_int_equal(add(f, 1, "/a", 0x1000, 0x2000, &fresh), 1);
	assert_true(fresh);
	assert_int_equal(add(f, 2, "/a", 0x1000, 0x2000, &fresh), 1);
	assert_false(fresh);
	assert_int_equal(add(f, 2, "/a", 0x1000, 0x2001, &fresh), 2);
	assert_true(fresh);
	put_stack(f, 1, 2ull << 32 | 1, 0x1800, 0);
	expect_line(f, 1, "{\"type\":\"stack\",\"id\":1,\"pid\":7,\"frames\":[[2,\"0x800\"]]}");
}

static void a_stack_is_written_once(void **state)
{
	struct fixture *f = *state;

	put_stack(f, 1, 1ull << 32 | 1, 0x1800, 0);
	assert_int_equal(stacks_line(f->stacks, 1, 7, &f->line), 1);
	assert_true(f->line.length > 0);
	assert_int_equal(stacks_line(f->stacks, 1, 8, &f->line), 1);
	assert_int_equal(f->line.length, 0);
}

static void flags_are_words_in_the_log(void **state)
{
	struct fixture *f = *state;

	put_stack(f, 1, 1ull << 32 | STACK_TRUNCATED | STACK_GUESSED | 1, 0x1800, 0);
	expect_line(f, 1,
		    "{\"type\":\"stack\",\"id\":1,\"pid\":7,\"frames\":[[0,\"0x1800\"]],\"truncated\":true,\"guessed\":"
		    "true}");
}

static void ids_outside_the_dictionary_are_no_stacks(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(stacks_line(f->stacks, 0, 7, &f->line), 0);
	assert_int_equal(stacks_line(f->stacks, WORDS, 7, &f->line), 0);
	assert_int_equal(stacks_line(f->stacks, UINT32_MAX, 7, &f->line), 0);
	assert_int_equal(stacks_line(f->stacks, STACK_ID_SENT | 1, 7, &f->line), 0);
}

/* The number of frames of the line just made; it must be JSON. */
static size_t frames(struct fixture *f, bool *truncated)
{
	struct parser *parser = parser_new();
	struct record record;
	struct err err;
	size_t count;

	assert_int_equal(parse_line(parser, f->line.at, f->line.length, &record, &err), 0);
	assert_int_equal(record.type, RECORD_STACK);
	count = record.stack.count;
	*truncated = record.stack.truncated;
	parser_free(parser);
	return count;
}

static void a_stack_that_leaves_the_dictionary_is_cut(void **state)
{
	struct fixture *f = *state;
	bool truncated;

	f->words[WORDS - 3] = 1ull << 32 | STACK_COUNT;
	assert_int_equal(stacks_line(f->stacks, WORDS - 3, 7, &f->line), WORDS - 3);
	assert_int_equal(frames(f, &truncated), 2);
	assert_true(truncated);
	f->words[WORDS - 1] = 1ull << 32 | 1;
	assert_int_equal(stacks_line(f->stacks, WORDS - 1, 7, &f->line), WORDS - 1);
	assert_int_equal(frames(f, &truncated), 0);
}

static void a_stack_through_the_ring_brings_its_own_id(void **state)
{
	struct fixture *f = *state;
	uint64_t words[] = { 1ull << 32 | 2, STACK_ID_SENT | 5, 0x1800, 0x1900 };
	static const char expected[] =
		"{\"type\":\"stack\",\"id\":2147483653,\"pid\":7,\"frames\":[[1,\"0x800\"],[1,\"0x900\"]]}";
	bool fresh;

	add(f, 1, "/a", 0x1000, 0x2000, &fresh);
	assert_int_equal(stacks_sent_line(f->stacks, (char *)words, sizeof(words), 7, &f->line), STACK_ID_SENT | 5);
	assert_int_equal(f->line.length, strlen(expected));
	assert_memory_equal(f->line.at, expected, strlen(expected));
}

static void a_stack_through_the_ring_is_cut_where_its_record_ends(void **state)
{
	struct fixture *f = *state;
	uint64_t words[] = { 1ull << 32 | STACK_COUNT, STACK_ID_SENT | 5, 0x1800 };
	bool truncated;

	assert_int_equal(stacks_sent_line(f->stacks, (char *)words, sizeof(words), 7, &f->line), STACK_ID_SENT | 5);
	assert_int_equal(frames(f, &truncated), 1);
	assert_true(truncated);
	assert_int_equal(stacks_sent_line(f->stacks, (char *)words, 15, 7, &f->line), 0);
	words[1] = 5;	/* an id of the dictionary: nobody may send that */
	assert_int_equal(stacks_sent_line(f->stacks, (char *)words, sizeof(words), 7, &f->line), 0);
}

static void equal_stacks_have_one_id(void **state)
{
	struct fixture *f = *state;
	bool fresh;

	/* the dictionary has them under two keys, as code moved in between */
	add(f, 1, "/a", 0x1000, 0x2000, &fresh);
	add(f, 2, "/a", 0x1000, 0x2000, &fresh);
	put_stack(f, 1, 1ull << 32 | 2, 0x1800, 0x1900);
	put_stack(f, 10, 2ull << 32 | 2, 0x1800, 0x1900);
	put_stack(f, 20, 2ull << 32 | STACK_TRUNCATED | 2, 0x1800, 0x1900);
	put_stack(f, 30, 2ull << 32 | 2, 0x1900, 0x1800);
	assert_int_equal(stacks_line(f->stacks, 1, 7, &f->line), 1);
	assert_int_equal(stacks_line(f->stacks, 10, 7, &f->line), 1);
	assert_int_equal(f->line.length, 0);
	assert_int_equal(stacks_line(f->stacks, 20, 7, &f->line), 20);
	assert_int_equal(stacks_line(f->stacks, 30, 7, &f->line), 30);
	assert_true(f->line.length > 0);
}

static uint32_t send(struct fixture *f, uint32_t number, uint64_t address)
{
	const uint64_t words[] = { 1ull << 32 | 1, STACK_ID_SENT | number, address };

	return stacks_sent_line(f->stacks, (const char *)words, sizeof(words), 7, &f->line);
}

static void a_stack_sent_again_has_the_id_it_had(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(send(f, 0, 0x1800), STACK_ID_SENT);
	assert_int_equal(send(f, 1, 0x1900), STACK_ID_SENT | 1);
	assert_int_equal(send(f, 2, 0x1800), STACK_ID_SENT);
	assert_int_equal(f->line.length, 0);
	assert_int_equal(stacks_line(f->stacks, STACK_ID_SENT | 2, 7, &f->line), STACK_ID_SENT);
	assert_int_equal(f->line.length, 0);
}

static void ids_of_stacks_sent_long_ago_are_forgotten(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i <= STACK_SENT_WINDOW; i++)
		assert_int_equal(send(f, i, 0x1000 + i % 2000), STACK_ID_SENT | i % 2000);
	assert_int_equal(stacks_line(f->stacks, STACK_ID_SENT, 7, &f->line), 0);
	assert_int_equal(stacks_line(f->stacks, STACK_ID_SENT | 1, 7, &f->line), STACK_ID_SENT | 1);
	assert_int_equal(stacks_line(f->stacks, STACK_ID_SENT | STACK_SENT_WINDOW, 7, &f->line),
			 STACK_ID_SENT | STACK_SENT_WINDOW % 2000);
}

static void expect_module(struct fixture *f, uint32_t id, const char *text)
{
	const char *due;
	uint32_t due_id;
	size_t length;

	assert_true(stacks_take_module(f->stacks, &due_id, &due, &length));
	assert_int_equal(due_id, id);
	assert_int_equal(length, strlen(text));
	assert_memory_equal(due, text, length);
}

static void expect_no_module(struct fixture *f)
{
	const char *text;
	size_t length;
	uint32_t id;

	assert_false(stacks_take_module(f->stacks, &id, &text, &length));
}

/* A module has its id still, a stack may get another; each is written once, when it is used. */
static void a_new_log_gets_modules_and_stacks_when_they_are_used(void **state)
{
	struct fixture *f = *state;
	bool fresh;

	stacks_keep_module(f->stacks, add(f, 1, "/a", 0x1000, 0x2000, &fresh), ",\"path\":\"/a\"", 12);
	stacks_keep_module(f->stacks, add(f, 1, "/b", 0x5000, 0x6000, &fresh), ",\"path\":\"/b\"", 12);
	put_stack(f, 10, 1ull << 32 | 1, 0x5010, 0);
	put_stack(f, 20, 1ull << 32 | 1, 0x5010, 0);
	expect_line(f, 10, "{\"type\":\"stack\",\"id\":10,\"pid\":7,\"frames\":[[2,\"0x10\"]]}");
	expect_no_module(f);
	stacks_forget(f->stacks);
	expect_line(f, 20, "{\"type\":\"stack\",\"id\":20,\"pid\":7,\"frames\":[[2,\"0x10\"]]}");
	expect_module(f, 2, ",\"path\":\"/b\"");
	expect_no_module(f);
	assert_int_equal(stacks_line(f->stacks, 10, 7, &f->line), 20);
	assert_int_equal(f->line.length, 0);
	assert_int_equal(add(f, 2, "/a", 0x1000, 0x2000, &fresh), 1);
	assert_false(fresh);
}

/* What the ring brought once is not there to be read again. */
static void a_new_log_gets_stacks_that_were_sent_before_it(void **state)
{
	struct fixture *f = *state;

	stacks_remember_sent(f->stacks);
	assert_int_equal(send(f, 1, 0x1800), STACK_ID_SENT | 1);
	assert_int_equal(send(f, 2, 0x1900), STACK_ID_SENT | 2);
	stacks_forget(f->stacks);
	expect_line(f, STACK_ID_SENT | 2,
		    "{\"type\":\"stack\",\"id\":2147483650,\"pid\":7,\"frames\":[[0,\"0x1900\"]]}");
	expect_line(f, STACK_ID_SENT | 1,
		    "{\"type\":\"stack\",\"id\":2147483649,\"pid\":7,\"frames\":[[0,\"0x1800\"]]}");
	assert_int_equal(stacks_line(f->stacks, STACK_ID_SENT | 3, 7, &f->line), 0);
	assert_int_equal(stacks_line(f->stacks, STACK_ID_SENT | (STACK_SENT_WINDOW + 1), 7, &f->line), 0);
}

/* Code that is made anew all the time has ever new addresses. */
static void contents_are_bounded_however_many_stacks_come(void **state)
{
	struct stack_ids *ids = stack_ids_new(16);
	size_t most = 0;

	(void)state;
	for (uint32_t i = 0; i < 4 * STACK_CONTENTS_MAX; i++) {
		const uint64_t words[] = { 0, 1, i };

		assert_int_equal(stack_ids_add(ids, STACK_ID_SENT | i, words, 3), STACK_ID_SENT | i);
		most = stack_ids_contents(ids) > most ? stack_ids_contents(ids) : most;
	}
	assert_int_equal(most, STACK_CONTENTS_MAX);
	/* what was told stays told */
	assert_int_equal(stack_ids_find(ids, STACK_ID_SENT | (3 * STACK_CONTENTS_MAX)),
			 STACK_ID_SENT | (3 * STACK_CONTENTS_MAX));
	stack_ids_free(ids);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* A key for each place that a library is loaded at: those of long ago do not come back, and their modules are not kept. */
static void keys_that_nobody_uses_any_more_go(void **state)
{
	struct fixture *f = *state;
	uint32_t key, many = 3 * STACK_KEYS_KEPT;
	bool fresh;

	for (key = 1; key <= many; key++) {
		add(f, key, "/lib", UINT64_C(0x100000) * key, UINT64_C(0x100000) * key + 0x1000, &fresh);
		assert_true(fresh);
		if (!stacks_crowded(f->stacks))
			continue;
		stacks_use(f->stacks, 2);
		stacks_drop_unused(f->stacks);
	}
	/* 1 has gone, 2 is in use by somebody, the last are young */
	put_stack(f, 1, 1ull << 32 | 1, 0x100800, 0);
	expect_line(f, 1, "{\"type\":\"stack\",\"id\":1,\"pid\":7,\"frames\":[[0,\"0x100800\"]]}");
	put_stack(f, 5, 2ull << 32 | 1, 0x200800, 0);
	expect_line(f, 5, "{\"type\":\"stack\",\"id\":5,\"pid\":7,\"frames\":[[2,\"0x800\"]]}");
	assert_int_equal(stacks_key(f->stacks), 2);
	add(f, 1, "/lib", 0x100000, 0x101000, &fresh);
	assert_true(fresh);
	add(f, many, "/lib", UINT64_C(0x100000) * many, UINT64_C(0x100000) * many + 0x1000, &fresh);
	assert_false(fresh);
}

static void a_module_stays_while_one_of_its_keys_does(void **state)
{
	struct fixture *f = *state;
	bool fresh;

	add(f, 1, "/libc", 0x1000, 0x2000, &fresh);
	for (uint32_t key = 2; key <= 3 * STACK_KEYS_KEPT; key++) {
		assert_int_equal(add(f, key, "/libc", 0x1000, 0x2000, &fresh), 1);
		assert_false(fresh);
		if (stacks_crowded(f->stacks))
			stacks_drop_unused(f->stacks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_frame_is_its_module_and_offset),
		T(an_address_in_no_module_stays_an_address),
		T(a_call_that_is_the_last_instruction_of_its_module_belongs_to_it),
		T(keys_keep_the_modules_of_different_images_apart),
		T(equal_modules_of_two_images_are_one_line),
		T(a_stack_is_written_once),
		T(flags_are_words_in_the_log),
		T(ids_outside_the_dictionary_are_no_stacks),
		T(a_stack_that_leaves_the_dictionary_is_cut),
		T(a_stack_through_the_ring_brings_its_own_id),
		T(a_stack_through_the_ring_is_cut_where_its_record_ends),
		T(equal_stacks_have_one_id),
		T(a_stack_sent_again_has_the_id_it_had),
		T(ids_of_stacks_sent_long_ago_are_forgotten),
		T(a_new_log_gets_modules_and_stacks_when_they_are_used),
		T(a_new_log_gets_stacks_that_were_sent_before_it),
		cmocka_unit_test(contents_are_bounded_however_many_stacks_come),
		T(keys_that_nobody_uses_any_more_go),
		T(a_module_stays_while_one_of_its_keys_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
