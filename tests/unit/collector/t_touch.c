/* t_touch.c - which pages a call spoke of. */
#include "calls.h"

#include <errno.h>

#include "../../../collector/vm/touch.h"

static void check_spans(struct record record, size_t count, const uint64_t *want)
{
	struct span span[TOUCH_MAX];

	assert_int_equal(touch_spans(&record, PAGE, span), count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(span[i].start, want[2 * i]);
		assert_int_equal(span[i].end, want[2 * i + 1]);
	}
}

/* start, end, start, end, ... */
#define assert_spans(record, count, ...) check_spans(record, count, (const uint64_t[]){ __VA_ARGS__ })

static void one_byte_of_mlock_is_its_page(void **state)
{
	(void)state;
	assert_spans(CALL_RECORD(mlock, 0, BASE + 100, 1), 1, BASE, BASE + PAGE);
	assert_spans(CALL_RECORD(mlock, 0, BASE + PAGE - 1, 2), 1, BASE, BASE + 2 * PAGE);
	assert_spans(CALL_RECORD(munlock, 0, BASE + 100, 0), 1, BASE, BASE + PAGE);
	assert_spans(CALL_RECORD(munlock, 0, BASE, 0), 0, 0);
}

static void failed_calls_spoke_of_their_pages_too(void **state)
{
	(void)state;
	assert_spans(failed(CALL_RECORD(mprotect, 0, BASE, 5000, 1), ENOMEM), 1, BASE, BASE + 2 * PAGE);
	assert_spans(unfinished(CALL_RECORD(munmap, 0, BASE, 4096)), 1, BASE, BASE + PAGE);
}

static void mmap_speaks_of_where_it_came_to_be(void **state)
{
	(void)state;
	assert_spans(CALL_RECORD(mmap, BASE, 0x1000, 100, 3, 0x22, (uint64_t)-1, 0), 1, BASE, BASE + PAGE);
	assert_spans(failed(CALL_RECORD(mmap, 0, BASE, 4096, 3, 0x32, (uint64_t)-1, 0), ENOMEM), 1, BASE, BASE + PAGE);
	assert_spans(failed(CALL_RECORD(mmap, 0, BASE, 4096, 3, 0x22, (uint64_t)-1, 0), ENOMEM), 0, 0);
}

static void mremap_speaks_of_both_places(void **state)
{
	(void)state;
	assert_spans(CALL_RECORD(mremap, BASE + 16 * PAGE, BASE, PAGE, 2 * PAGE, 1, 0), 2, BASE, BASE + PAGE,
		     BASE + 16 * PAGE, BASE + 18 * PAGE);
	assert_spans(CALL_RECORD(mremap, BASE, BASE, PAGE, 3 * PAGE, 1, 0), 1, BASE, BASE + 3 * PAGE);
	assert_spans(CALL_RECORD(mremap, BASE, BASE, 3 * PAGE, PAGE, 1, 0), 1, BASE, BASE + 3 * PAGE);
	assert_spans(CALL_RECORD(mremap, BASE + PAGE, BASE, 0, PAGE, 1, 0), 1, BASE + PAGE, BASE + 2 * PAGE);
}

static void process_madvise_speaks_of_each_of_its_ranges(void **state)
{
	const struct call_range iov[] = { { BASE, 100 }, { BASE + 4 * PAGE, 2 * PAGE }, { BASE + 9 * PAGE, PAGE } };
	struct record record = CALL_RECORD(process_madvise, 4096, 3, 0, 3, 16, 0);

	(void)state;
	record.call.has |= HAS_IOV;
	record.call.iov = iov;
	record.call.iov_count = 3;
	assert_int_equal(touch_pages(&record, PAGE), 4);
	assert_true(touch_hits(&record, PAGE, BASE + 9 * PAGE, BASE + 9 * PAGE + 1));
	assert_false(touch_hits(&record, PAGE, BASE + 6 * PAGE, BASE + 9 * PAGE));
	assert_true(touch_sets_state(&record));
	record.call.arg[3] = 21;
	assert_false(touch_sets_state(&record));
}

static void lockall_speaks_of_everything_unless_only_of_the_future(void **state)
{
	const struct record now = CALL_RECORD(mlockall, 0, 1);

	(void)state;
	assert_spans(now, 1, 0, UINT64_MAX);
	assert_spans(CALL_RECORD(mlockall, 0, 2), 0, 0);
	assert_spans(CALL_RECORD(munlockall, 0, 0), 1, 0, UINT64_MAX);
	assert_int_equal(touch_pages(&now, PAGE), 0);
}

static void the_break_moves_whole_pages(void **state)
{
	struct record record = CALL_RECORD(brk, 0, BASE + 3 * PAGE);

	(void)state;
	record.call.has |= HAS_OLD;
	record.call.old = BASE + 100;
	assert_spans(record, 1, BASE + PAGE, BASE + 3 * PAGE);
	record.call.arg[0] = BASE + 200;
	assert_spans(record, 0, 0);
	record = CALL_RECORD(sbrk, BASE + 2 * PAGE, (uint64_t)-(int64_t)PAGE);
	record.call.has |= HAS_OLD;
	record.call.old = BASE + 2 * PAGE;
	assert_spans(record, 1, BASE + PAGE, BASE + 2 * PAGE);
}

static void lengths_that_wrap_end_at_the_last_page(void **state)
{
	const struct record record = CALL_RECORD(mlock, 0, BASE, UINT64_MAX);

	(void)state;
	assert_spans(record, 1, BASE, UINT64_MAX - PAGE + 1);
	assert_true(touch_hits(&record, PAGE, BASE + PAGE, BASE + PAGE + 1));
	assert_false(touch_hits(&record, PAGE, 0, BASE));
}

static bool sets_state(struct record record)
{
	return touch_sets_state(&record);
}

static void dropping_contents_sets_no_state(void **state)
{
	(void)state;
	assert_true(sets_state(CALL_RECORD(mlock, 0, BASE, 1)));
	assert_true(sets_state(CALL_RECORD(madvise, 0, BASE, PAGE, 16)));
	assert_true(sets_state(CALL_RECORD(madvise, 0, BASE, PAGE, 0)));
	assert_false(sets_state(CALL_RECORD(madvise, 0, BASE, PAGE, 4)));
	assert_false(sets_state(CALL_RECORD(posix_madvise, 0, BASE, PAGE, 4)));
	assert_false(sets_state(CALL_RECORD(mlockall, 0, 2)));
	assert_false(sets_state(CALL_RECORD(sbrk, 0, 0)));
	assert_false(sets_state(CALL_RECORD(msync, 0, BASE, PAGE, 4)));
	assert_false(sets_state(CALL_RECORD(fork, 7, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_byte_of_mlock_is_its_page),
		cmocka_unit_test(failed_calls_spoke_of_their_pages_too),
		cmocka_unit_test(mmap_speaks_of_where_it_came_to_be),
		cmocka_unit_test(mremap_speaks_of_both_places),
		cmocka_unit_test(process_madvise_speaks_of_each_of_its_ranges),
		cmocka_unit_test(lockall_speaks_of_everything_unless_only_of_the_future),
		cmocka_unit_test(the_break_moves_whole_pages),
		cmocka_unit_test(lengths_that_wrap_end_at_the_last_page),
		cmocka_unit_test(dropping_contents_sets_no_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
