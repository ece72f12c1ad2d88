/*
 * drains.h - a small ring, a writer and a drain, for each test anew.
 */
#ifndef PAGETRAIL_TEST_DRAINS_H
#define PAGETRAIL_TEST_DRAINS_H

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

#define UNUSED __attribute__((unused))
#define SLOTS 64
#define LATER 1000000ull	/* after everything these tests write */

struct fixture {
	struct ring ring;
	struct ring_slot slots[SLOTS];
	struct writer writer;
	struct drain *drain;
};

static UNUSED int set_up(void **state)
{
	struct fixture *f = aligned_alloc(128, (sizeof(*f) + 127) / 128 * 128);

	memset(f, 0, sizeof(*f));
	f->writer = (struct writer){ &f->ring, f->slots, SLOTS, 100 };
	f->drain = drain_new(&f->ring, f->slots, SLOTS);
	*state = f;
	return 0;
}

static UNUSED int tear_down(void **state)
{
	struct fixture *f = *state;

	drain_free(f->drain);
	free(f);
	return 0;
}

/* The texts of a batch, one after the other: "a b c". */
static UNUSED const char *texts(const struct drain_batch *batch)
{
	static char out[4096];
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < batch->count; i++)
		used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%.*s", i ? " " : "",
					 (int)batch->entry[i].length, batch->text + batch->entry[i].text);
	return out;
}

static UNUSED void expect(struct fixture *f, uint64_t now_ns, const char *expected)
{
	struct drain_batch batch = drain_collect(f->drain, now_ns);

	assert_string_equal(texts(&batch), expected);
}

static UNUSED unsigned state_of(const struct ring_slot *slot)
{
	return atomic_load(&slot->state) & 7;
}

static UNUSED size_t count_free(const struct fixture *f)
{
	size_t count = 0;

	for (int i = 0; i < SLOTS; i++)
		count += state_of(&f->slots[i]) == SLOT_FREE;
	return count;
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
