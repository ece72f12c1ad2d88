/*
 * t_why.c - which of the kernel's tests refused a call, and by what figures.
 */
#include "../../../collector/vm/why.h"
#include "calls.h"

/* What why_ask() says of a call that failed so, before it is applied. */
static struct why ask(struct script *s, const struct record *record)
{
	struct why why;

	why_ask(script_space(s), record, &why);
	return why;
}

#define ASK(script, name, err, ...)                                                                                    \
	({                                                                                                             \
		struct record record_ = call_record(script, CALL_##name, (err) ? -1 : 0, err);                         \
		uint64_t args_[] = { __VA_ARGS__ };                                                                    \
		memcpy(record_.call.arg, args_, sizeof args_);                                                         \
		ask(script, &record_);                                                                                 \
	})

#define assert_only(why, id)                                                                                           \
	do {                                                                                                           \
		assert_int_equal((why).causes, 1);                                                                     \
		assert_string_equal(why_name((why).cause[0].test->reason), #id);                                       \
		assert_true((why).cause[0].sure);                                                                      \
		assert_null((why).against);                                                                            \
	} while (0)

/* @pages may be locked, without CAP_IPC_LOCK. */
static void limit_to(struct script *s, uint64_t bytes)
{
	script_space(s)->limits.memlock = bytes;
	script_space(s)->limits.cap_ipc_lock = false;
}

/* ---- locks ---- */

static void over_the_limit_has_the_kernels_sum(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 16, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(3));
	limit_to(s, PAGES(4) + 100);
	why = ASK(s, mlock, ENOMEM, PAGE(2), PAGES(4));
	assert_only(why, lock_limit);
	assert_int_equal(why.cause[0].asked, 4);
	assert_int_equal(why.cause[0].held, 3);
	assert_int_equal(why.cause[0].credited, 1);
	assert_int_equal(why.cause[0].limit, 4);
	assert_int_equal(why.cause[0].limit_bytes, PAGES(4) + 100);
	assert_false(why.cause[0].stops);
}

static void no_right_is_asked_before_the_amount(void **state)
{
	struct script *s = *state;
	struct why why;

	limit_to(s, 0);
	why = ASK(s, mlock, EPERM, PAGE(0), 0);
	assert_only(why, lock_right);
	why = ASK(s, mlock, 0, PAGE(0), PAGES(1));
	assert_int_equal(why.causes, 0);
	assert_string_equal(why_name(why.against->reason), "lock_right");
}

static void the_limit_is_asked_before_the_hole(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 2, RW, PAF);
	why = ASK(s, mlock, ENOMEM, PAGE(0), PAGES(4));
	assert_only(why, hole);
	assert_int_equal(why.cause[0].at, PAGE(2));
	assert_true(why.cause[0].stops);
	limit_to(s, PAGES(3));
	why = ASK(s, mlock, ENOMEM, PAGE(0), PAGES(4));
	assert_only(why, lock_limit);
}

static void a_page_that_cannot_be_there_is_named(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mprotect, 0, PAGE(2), PAGES(1), 0);
	why = ASK(s, mlock, ENOMEM, PAGE(0), PAGES(4));
	assert_only(why, lock_fault);
	assert_int_equal(why.cause[0].at, PAGE(2));
	assert_int_equal(why.cause[0].vma.prot, 0);
	/* On fault nothing is brought in. */
	why = ASK(s, mlock2, 0, PAGE(0), PAGES(4), K_MLOCK_ONFAULT);
	assert_null(why.against);
}

/* The length of the file is not in the log. */
static void past_the_end_of_a_file_is_likely_not_certain(void **state)
{
	struct script *s = *state;
	struct record record = file_record(s, 0, 4, RW, K_MAP_SHARED | K_MAP_FIXED, FD_REGULAR);
	struct why why;

	script_apply(s, &record);
	why = ASK(s, mlock, ENOMEM, PAGE(0), PAGES(4));
	assert_int_equal(why.causes, 1);
	assert_string_equal(why_name(why.cause[0].test->reason), "lock_fault");
	assert_false(why.cause[0].sure);
	assert_false(why.remote);
}

static void vsyscall_is_in_no_address_space(void **state)
{
	static const struct snapshot_range page = { .start = UINT64_C(0xffffffffff600000),
						    .end = UINT64_C(0xffffffffff601000), .perms = "--xp",
						    .path = "[vsyscall]", .vmflags = "ex" };
	struct script *s = *state;
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++s->seq, .pid = 100 };
	struct why why;

	record.snapshot = (struct record_snapshot){ .last = true, .to = SPACE_END, .count = 1, .range = &page };
	script_apply(s, &record);
	why = ASK(s, mlock, ENOMEM, page.start, PAGES(1));
	assert_only(why, hole);
}

static void mlockall_needs_room_for_the_whole_address_space(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 100, 0, PAF);
	limit_to(s, PAGES(99));
	why = ASK(s, mlockall, ENOMEM, K_MCL_CURRENT);
	assert_only(why, lockall_limit);
	assert_int_equal(why.cause[0].asked, 100);
	why = ASK(s, mlockall, 0, K_MCL_FUTURE);
	assert_null(why.against);
	why = ASK(s, mlockall, EINVAL, K_MCL_ONFAULT);
	assert_only(why, lockall_flags);
}

/* ---- what nothing explains ---- */

static void what_the_log_does_not_show_is_not_made_up(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 4, RW, PAF);
	why = ASK(s, mlock, EIO, PAGE(0), PAGES(4));
	assert_int_equal(why.causes, 0);
	why = ASK(s, mlock, EINTR, PAGE(0), PAGES(4));
	assert_int_equal(why.causes, 1);
	assert_true(why.remote);
	assert_false(why.cause[0].sure);
}

static void calls_that_never_returned_have_no_reason(void **state)
{
	struct script *s = *state;
	struct record record = call_record(s, CALL_mlock, -1, ENOMEM);
	struct why why;

	record.call.has = 0;
	record.call.arg[0] = PAGE(1) + 5;
	record.call.arg[1] = 10;
	why = ask(s, &record);
	assert_int_equal(why.causes, 0);
	assert_int_equal(why.err, 0);
	assert_true(why.ranged);
	assert_int_equal(why.range.start, PAGE(1));
	assert_int_equal(why.range.end, PAGE(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(over_the_limit_has_the_kernels_sum),
		FACT(no_right_is_asked_before_the_amount),
		FACT(the_limit_is_asked_before_the_hole),
		FACT(a_page_that_cannot_be_there_is_named),
		FACT(past_the_end_of_a_file_is_likely_not_certain),
		FACT(vsyscall_is_in_no_address_space),
		FACT(mlockall_needs_room_for_the_whole_address_space),
		FACT(what_the_log_does_not_show_is_not_made_up),
		FACT(calls_that_never_returned_have_no_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
