/*
 * t_lock.c - mlock, munlock, mlockall and their failures, page by page.
 */
#include "calls.h"

static void munlock_splits_vma(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 6, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(6));
	CALL_OF(s, munlock, 0, PAGE(2), PAGES(2));
	assert_locks(s, "LL--LL.");
	assert_int_equal(space_totals(script_space(s)).locked, PAGES(4));
	assert_int_equal(space_totals(script_space(s)).locked_peak, PAGES(6));
}

static void locks_do_not_nest(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(4));
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(4));
	CALL_OF(s, munlock, 0, PAGE(0), PAGES(4));
	assert_locks(s, "----");
}

static void one_byte_locks_its_page_two_bytes_can_lock_two(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(1) - 1, 2);
	assert_locks(s, "LL--");
	CALL_OF(s, munlock, 0, PAGE(1) + 7, 1);
	assert_locks(s, "L---");
}

static void length_0_unaligned_locks_a_page_and_aligned_none(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(1), 0);
	assert_locks(s, "--");
	CALL_OF(s, mlock, 0, PAGE(1) + 1, 0);
	assert_locks(s, "-L");
}

static void length_that_rounds_to_0_locks_nothing(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), UINT64_MAX);
	assert_locks(s, "--");
	assert_int_equal(s->last, APPLY_DONE);
}

static void hole_keeps_the_prefix_locked(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	do_map(s, 4, 2, RW, PAF);
	CALL_OF(s, mlock, ENOMEM, PAGE(0), PAGES(6));
	assert_locks(s, "LL..--");
	assert_int_equal(s->last, APPLY_DONE);
}

static void page_that_cannot_be_faulted_fails_the_call_but_all_are_locked(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 6, RW, PAF);
	CALL_OF(s, mprotect, 0, PAGE(2), PAGES(1), 0);
	CALL_OF(s, mlock, ENOMEM, PAGE(0), PAGES(6));
	assert_locks(s, "LLLLLL");
}

/* A failing mlock, with what the shim read afterwards. */
static void lock_refused(struct script *s, int page, int pages, uint64_t limit, int vmlck_pages)
{
	struct record record = call_record(s, CALL_mlock, -1, ENOMEM);

	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	record.call.has |= HAS_LIMIT;
	record.call.limit_bytes = limit;
	record.call.vmlck_bytes = PAGES(vmlck_pages);
	script_apply(s, &record);
}

static void over_the_limit_nothing_is_locked(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	lock_refused(s, 0, 5, PAGES(4), 0);
	assert_locks(s, "--...");
	assert_int_equal(s->last, APPLY_DONE);
}

static void locked_pages_are_credited_against_the_limit(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 6, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(4));
	/*
	 * Six pages, four of them locked, at a limit of six: not refused for the limit, so it must be the PROT_NONE
	 * page.
	 */
	CALL_OF(s, mprotect, 0, PAGE(5), PAGES(1), 0);
	lock_refused(s, 2, 4, PAGES(6), 6);
	assert_locks(s, "LLLLLL");
}

/* A new program with a limit, so that no record has to tell it. */
static void begin_with_limit(struct script *s, uint64_t bytes, bool cap)
{
	struct record record = { .type = RECORD_PROCESS, .seq = ++s->seq, .pid = s->pid };

	record.process = (struct record_process){ .event = PROCESS_EXEC, .has_limits = true, .cap_ipc_lock = cap };
	record.process.memlock.soft = bytes;
	script_apply(s, &record);
	do_map(s, 0, 6, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(4));
	CALL_OF(s, mprotect, 0, PAGE(5), PAGES(1), 0);
}

static void limit_of_the_process_decides_where_the_record_has_none(void **state)
{
	struct script *s = *state;

	begin_with_limit(s, PAGES(6), false);
	CALL_OF(s, mlock, ENOMEM, PAGE(2), PAGES(4));
	assert_locks(s, "LLLLLL");
	begin_with_limit(s, PAGES(5), false);
	CALL_OF(s, mlock, ENOMEM, PAGE(2), PAGES(4));
	assert_locks(s, "LLLL--");
	begin_with_limit(s, PAGES(5), true);
	CALL_OF(s, mlock, ENOMEM, PAGE(2), PAGES(4));
	assert_locks(s, "LLLLLL");
}

static void vmlck_read_afterwards_decides(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	/* The limit by itself would have refused; the counter says that two pages were locked. */
	lock_refused(s, 0, 5, PAGES(4), 2);
	assert_locks(s, "LL...");
}

/* Another thread's unlock can have come before the counter was read. */
static void whoever_has_no_limit_was_not_over_it(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	lock_refused(s, 0, 5, UINT64_MAX, 0);
	assert_looks_at(s, 0, 5);
}

static void refusal_nobody_can_explain_asks_to_look(void **state)
{
	struct script *s = *state;
	uint64_t from, to;

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mlock, ENOMEM, PAGE(1), PAGES(2));
	assert_int_equal(s->last, APPLY_LOOK);
	space_look(script_space(s), &from, &to);
	assert_int_equal(from, PAGE(1));
	assert_int_equal(to, PAGE(3));
}

static void last_mode_wins(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mlock2, 0, PAGE(0), PAGES(3), K_MLOCK_ONFAULT);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(1));
	CALL_OF(s, mlock2, 0, PAGE(2), PAGES(1), 0);
	assert_locks(s, "LFL-");
}

static void mlockall_current_rewrites_modes_and_cancels_future(void **state)
{
	struct script *s = *state;

	CALL_OF(s, mlockall, 0, K_MCL_FUTURE);
	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, mlockall, 0, K_MCL_CURRENT | K_MCL_ONFAULT);
	do_map(s, 2, 2, RW, PAF);
	assert_locks(s, "FF--");
}

static void refused_mlockall_keeps_future(void **state)
{
	struct script *s = *state;

	CALL_OF(s, mlockall, 0, K_MCL_FUTURE);
	CALL_OF(s, mlockall, ENOMEM, K_MCL_CURRENT);
	do_map(s, 0, 1, 0, PAF);
	assert_locks(s, "L");
}

static void map_locked_does_not_upgrade_future_onfault(void **state)
{
	struct script *s = *state;

	CALL_OF(s, mlockall, 0, K_MCL_FUTURE | K_MCL_ONFAULT);
	do_map(s, 0, 1, RW, PAF | K_MAP_LOCKED);
	CALL_OF(s, munlockall, 0);
	do_map(s, 1, 1, RW, PAF | K_MAP_LOCKED);
	assert_locks(s, "-L");
	assert_int_equal(space_find(script_space(s), PAGE(0))->by.lock, s->seq - 1);
}

static void hugetlb_and_droppable_take_no_lock(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 512, RW, PAF | K_MAP_HUGETLB);
	do_map(s, 512, 1, RW, K_MAP_DROPPABLE | K_MAP_ANONYMOUS | K_MAP_FIXED | K_MAP_LOCKED);
	CALL_OF(s, mlockall, 0, K_MCL_CURRENT);
	assert_int_equal(space_totals(script_space(s)).vmlck, 0);
}

static void first_request_stays_the_origin(void **state)
{
	struct script *s = *state;
	uint64_t first;

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(2));
	first = s->seq;
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(4));
	assert_int_equal(space_find(script_space(s), PAGE(1))->by.lock, first);
	assert_int_equal(space_find(script_space(s), PAGE(2))->by.lock, s->seq);
	CALL_OF(s, munlock, 0, PAGE(0), PAGES(1));
	assert_int_equal(space_find(script_space(s), PAGE(0))->by.lock, s->seq);
}

static void success_over_unknown_pages_proves_them_mapped(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(1), PAGES(3));
	assert_locks(s, "-LLL.");
	assert_int_equal(s->last, APPLY_LOOK);
	assert_int_equal(space_find(script_space(s), PAGE(2))->by.map, 0);
	assert_int_equal(space_find(script_space(s), PAGE(2))->by.lock, s->seq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(munlock_splits_vma),
		FACT(locks_do_not_nest),
		FACT(one_byte_locks_its_page_two_bytes_can_lock_two),
		FACT(length_0_unaligned_locks_a_page_and_aligned_none),
		FACT(length_that_rounds_to_0_locks_nothing),
		FACT(hole_keeps_the_prefix_locked),
		FACT(page_that_cannot_be_faulted_fails_the_call_but_all_are_locked),
		FACT(over_the_limit_nothing_is_locked),
		FACT(locked_pages_are_credited_against_the_limit),
		FACT(limit_of_the_process_decides_where_the_record_has_none),
		FACT(vmlck_read_afterwards_decides),
		FACT(whoever_has_no_limit_was_not_over_it),
		FACT(refusal_nobody_can_explain_asks_to_look),
		FACT(last_mode_wins),
		FACT(mlockall_current_rewrites_modes_and_cancels_future),
		FACT(refused_mlockall_keeps_future),
		FACT(map_locked_does_not_upgrade_future_onfault),
		FACT(hugetlb_and_droppable_take_no_lock),
		FACT(first_request_stays_the_origin),
		FACT(success_over_unknown_pages_proves_them_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
