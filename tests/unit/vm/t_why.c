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

/* ---- mappings ---- */

static struct why ask_map(struct script *s, int err, int page, int pages, int prot, unsigned flags)
{
	struct record record = call_record(s, CALL_mmap, -1, err);

	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	record.call.arg[2] = (uint64_t)prot;
	record.call.arg[3] = flags;
	record.call.arg[4] = UINT64_MAX;
	return ask(s, &record);
}

static void what_is_replaced_counts_with_what_replaces_it(void **state)
{
	struct script *s = *state;
	struct why why;

	CALL_OF(s, mlockall, 0, K_MCL_FUTURE);
	do_map(s, 0, 3, RW, PAF);
	limit_to(s, PAGES(4));
	why = ask_map(s, EAGAIN, 0, 2, 0, PAF);
	assert_only(why, lock_future);
	assert_int_equal(why.cause[0].asked, 2);
	assert_int_equal(why.cause[0].held, 3);
	assert_int_equal(why.cause[0].credited, 0);
	why = ask_map(s, 0, 4, 1, RW, PAF);
	assert_null(why.against);
}

static void the_size_of_the_address_space_credits_what_is_replaced(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 10, RW, PAF);
	script_space(s)->limits.stack = 0;
	script_space(s)->limits.as = PAGES(12);
	why = ask_map(s, ENOMEM, 8, 5, RW, PAF);
	assert_only(why, as_limit);
	assert_int_equal(why.cause[0].held, 10);
	assert_int_equal(why.cause[0].asked, 5);
	assert_int_equal(why.cause[0].credited, 2);
	why = ask_map(s, ENOMEM, 8, 4, RW, PAF);
	assert_true(why.remote);
}

static void what_is_in_the_way_of_noreplace_is_named(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 4, 1, R, PAF);
	why = ask_map(s, EEXIST, 0, 8, RW, K_MAP_PRIVATE | K_MAP_ANONYMOUS | K_MAP_FIXED_NOREPLACE);
	assert_only(why, map_taken);
	assert_int_equal(why.cause[0].at, PAGE(4));
	assert_int_equal(why.cause[0].vma.by.map, 2);
}

static void a_mapping_ends_where_the_next_is_otherwise(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 8, RW, PAF);
	CALL_OF(s, mprotect, 0, PAGE(4), PAGES(4), R);
	why = ASK(s, mremap, EFAULT, PAGE(0), PAGES(8), PAGES(16), K_MREMAP_MAYMOVE);
	assert_only(why, remap_crosses);
	assert_int_equal(why.cause[0].at, PAGE(4));
	/* One record made it, and yet the kernel may have two. */
	why = ASK(s, mremap, EFAULT, PAGE(0), PAGES(4), PAGES(16), K_MREMAP_MAYMOVE);
	assert_int_equal(why.causes, 1);
	assert_false(why.cause[0].sure);
}

/* ---- protection and advice ---- */

static void mprotect_stops_at_the_first_that_refuses(void **state)
{
	struct script *s = *state;
	struct record file = file_record(s, 2, 2, R, K_MAP_SHARED | K_MAP_FIXED, FD_REGULAR);
	struct why why;

	do_map(s, 0, 2, R, PAF);
	file.call.access = ACCESS_READ;
	script_apply(s, &file);
	why = ASK(s, mprotect, EACCES, PAGE(0), PAGES(8), RW);
	assert_only(why, ceiling);
	assert_int_equal(why.cause[0].at, PAGE(2));
	assert_true(why.cause[0].stops);
	/* What lies behind was not looked at: the hole is not seen. */
	why = ASK(s, mprotect, ENOMEM, PAGE(0), PAGES(8), R);
	assert_only(why, hole);
	assert_int_equal(why.cause[0].at, PAGE(4));
}

static void a_seal_stops_mprotect_and_some_advice(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 2, R, PAF);
	CALL_OF(s, mseal, 0, PAGE(1), PAGES(1), 0);
	why = ASK(s, mprotect, EPERM, PAGE(0), PAGES(2), RW);
	assert_only(why, sealed);
	assert_int_equal(why.cause[0].at, PAGE(1));
	why = ASK(s, madvise, EPERM, PAGE(0), PAGES(2), K_MADV_DONTNEED);
	assert_only(why, sealed);
	why = ASK(s, madvise, 0, PAGE(0), PAGES(2), K_MADV_DONTDUMP);
	assert_null(why.against);
	why = ASK(s, munmap, EPERM, PAGE(0), PAGES(2));
	assert_only(why, sealed);
	assert_false(why.cause[0].stops);
}

static void advice_has_the_mapping_that_refused(void **state)
{
	struct script *s = *state;
	struct why why;

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(2), PAGES(1));
	why = ASK(s, madvise, EINVAL, PAGE(0), PAGES(4), K_MADV_DONTNEED);
	assert_only(why, advice_locked);
	assert_int_equal(why.cause[0].at, PAGE(2));
	assert_int_equal(why.cause[0].vma.by.lock, 3);
	why = ASK(s, madvise, EINVAL, PAGE(0) + 16, PAGES(1), K_MADV_DONTDUMP);
	assert_only(why, unaligned);
	why = ASK(s, madvise, ENOMEM, PAGE(0), PAGES(6), K_MADV_DONTDUMP);
	assert_only(why, hole);
	assert_false(why.cause[0].stops);
}

static void advice_is_as_old_as_its_kernel(void **state)
{
	struct script *s = *state;
	struct record header = { .type = RECORD_HEADER };
	struct why why;

	do_map(s, 0, 4, RW, PAF);
	why = ASK(s, madvise, 0, PAGE(0), PAGES(4), K_MADV_GUARD_INSTALL);
	assert_null(why.against);
	header.header.kernel = "6.1.0-13-amd64";
	script_apply(s, &header);
	why = ASK(s, madvise, EINVAL, PAGE(0), PAGES(4), K_MADV_GUARD_INSTALL);
	assert_only(why, advice_unknown);
}

/* The C library answers it without asking the kernel. */
static void posix_dontneed_passes_every_test(void **state)
{
	struct script *s = *state;
	struct why why = ASK(s, posix_madvise, 0, PAGE(0) + 1, UINT64_MAX, 4);

	assert_null(why.against);
	assert_int_equal(why.causes, 0);
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

/* ---- why.def ---- */

static void rows_of_an_effect_stand_together(void **state)
{
	enum { EFFECT_ANY = WHY_ANY_CALL };
	static const int effect[] = {
#define REASON(id)
#define TEST(effect, err, reason, source) EFFECT_##effect,
#include "../../../collector/vm/why.def"
#undef REASON
#undef TEST
	};
	const size_t rows = sizeof(effect) / sizeof(*effect);

	(void)state;
	for (size_t i = 0; i < rows; i++)
		for (size_t j = i + 2; j < rows; j++)
			assert_true(effect[j] != effect[i] || effect[j - 1] == effect[i]);
	assert_int_equal(effect[rows - 1], EFFECT_ANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(rows_of_an_effect_stand_together),
		FACT(over_the_limit_has_the_kernels_sum),
		FACT(no_right_is_asked_before_the_amount),
		FACT(the_limit_is_asked_before_the_hole),
		FACT(a_page_that_cannot_be_there_is_named),
		FACT(past_the_end_of_a_file_is_likely_not_certain),
		FACT(vsyscall_is_in_no_address_space),
		FACT(mlockall_needs_room_for_the_whole_address_space),
		FACT(what_is_replaced_counts_with_what_replaces_it),
		FACT(the_size_of_the_address_space_credits_what_is_replaced),
		FACT(what_is_in_the_way_of_noreplace_is_named),
		FACT(a_mapping_ends_where_the_next_is_otherwise),
		FACT(mprotect_stops_at_the_first_that_refuses),
		FACT(a_seal_stops_mprotect_and_some_advice),
		FACT(advice_has_the_mapping_that_refused),
		FACT(advice_is_as_old_as_its_kernel),
		FACT(posix_dontneed_passes_every_test),
		FACT(what_the_log_does_not_show_is_not_made_up),
		FACT(calls_that_never_returned_have_no_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
