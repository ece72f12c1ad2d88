/*
 * t_snapshot.c - bringing the model to a listing: what counts as different, what keeps its history.
 */
#include "calls.h"

static uint64_t show(struct script *s, const struct snapshot_range *range, size_t count, int first, int end)
{
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++s->seq, .pid = s->pid };

	record.snapshot = (struct record_snapshot){ .why = "look", .last = true, .from = PAGE(first), .to = PAGE(end),
						    .count = count, .range = range };
	return space_snapshot(script_space(s), &record, record.seq, NULL, NULL);
}

static void pages_that_agree_keep_their_history(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed = { PAGE(0), PAGE(4), "rw-p", 0, 0, 0, NULL, "rd wr mr mw me ac sd" };
	uint64_t made;

	do_map(s, 0, 4, RW, PAF);
	made = s->seq;
	assert_int_equal(show(s, &listed, 1, 0, 8), 0);
	assert_int_equal(at_page(s, 0)->by.map, made);
	assert_int_equal(space_vmas(script_space(s)), 1);
}

static void unknown_pages_come_from_the_snapshot(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed = {PAGE(0), PAGE(4), "r-xp",	     PAGES(2),
					      8,       5,	"/lib/x.so", "rd ex mr mw me lo"};

	do_map(s, 1, 1, RW, PAF);
	assert_int_equal(show(s, &listed, 1, 0, 8), 4);
	assert_int_equal(at_page(s, 0)->by.map, s->seq);
	assert_int_equal(at_page(s, 3)->by.lock, s->seq);
	assert_int_equal(at_page(s, 3)->kind, KIND_FILE);
	assert_locks(s, "LLLL");
}

static void pages_not_listed_are_gone_within_the_part_only(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 6, RW, PAF);
	assert_int_equal(show(s, NULL, 0, 2, 4), 2);
	assert_locks(s, "--..--");
}

static void lock_that_differs_is_the_only_fact_that_changes(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed = { PAGE(0), PAGE(4), "rw-p", 0, 0, 0, NULL, "rd wr mr mw me lo lf dd" };
	uint64_t made;

	do_map(s, 0, 4, RW, PAF);
	made = s->seq;
	assert_int_equal(show(s, &listed, 1, 0, 8), 4);
	assert_int_equal(at_page(s, 0)->by.map, made);
	assert_int_equal(at_page(s, 0)->by.prot, made);
	assert_int_equal(at_page(s, 0)->by.lock, s->seq);
	assert_int_equal(at_page(s, 0)->by.advice, s->seq);
	assert_locks(s, "FFFF");
}

static void listing_without_flags_keeps_locks_where_protection_agrees(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed[] = {
		{ PAGE(0), PAGE(2), "rw-p", 0, 0, 0, NULL, NULL },
		{ PAGE(2), PAGE(4), "r--p", 0, 0, 0, NULL, NULL },
	};

	do_map(s, 0, 4, RW, PAF | K_MAP_LOCKED);
	assert_int_equal(show(s, listed, 2, 0, 8), 2);
	assert_locks(s, "LL--");
}

static void guard_markers_survive_as_no_listing_shows_them(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed = { PAGE(0), PAGE(4), "rw-p", 0, 0, 0, NULL, "rd wr mr mw me gu" };

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, madvise, 0, PAGE(1), PAGES(1), K_MADV_GUARD_INSTALL);
	assert_int_equal(show(s, &listed, 1, 0, 8), 0);
	assert_int_equal(at_page(s, 1)->flags, VMA_GUARD);
	assert_int_equal(at_page(s, 2)->flags, 0);
}

static void labels_tell_kinds(void **state)
{
	struct script *s = *state;
	static const struct {
		const char *path;
		enum vma_kind kind;
	} labels[] = {
		{ "[heap]", KIND_HEAP }, { "[stack]", KIND_STACK }, { "[vdso]", KIND_VDSO }, { "[vvar]", KIND_VVAR },
		{ "[vvar_vclock]", KIND_VVAR }, { "[vsyscall]", KIND_VSYSCALL }, { "/memfd:x (deleted)", KIND_MEMFD },
		{ "/SYSV00000000 (deleted)", KIND_SHM }, { "/secretmem (deleted)", KIND_SECRET },
		{ "/anon_hugepage (deleted)", KIND_HUGETLB }, { "/dev/zero (deleted)", KIND_ANON },
		{ "/usr/lib/libpagetrail.so", KIND_TRACER }, { "/usr/bin/true", KIND_FILE }, { NULL, KIND_ANON },
	};

	for (int i = 0; i < (int)(sizeof labels / sizeof *labels); i++) {
		const struct snapshot_range listed = { PAGE(i), PAGE(i + 1), "r--p", 0, 1, 7, labels[i].path, NULL };

		show(s, &listed, 1, i, i + 1);
		assert_int_equal(at_page(s, i)->kind, labels[i].kind);
	}
}

static void stack_that_grew_is_no_difference(void **state)
{
	struct script *s = *state;
	const struct snapshot_range before = {PAGE(600), PAGE(610), "rw-p", 0, 0, 0, "[stack]", "rd wr mr mw me gd ac"};
	const struct snapshot_range after = {PAGE(590), PAGE(610), "rw-p", 0, 0, 0, "[stack]", "rd wr mr mw me gd ac"};
	uint64_t first;

	show(s, &before, 1, 0, 700);
	first = s->seq;
	assert_int_equal(show(s, &after, 1, 0, 700), 0);
	assert_int_equal(at_page(s, 590)->by.map, first);
	assert_int_equal(space_vmas(script_space(s)), 1);
}

static void pages_a_stack_grew_by_are_as_listed(void **state)
{
	struct script *s = *state;
	const struct snapshot_range before = {PAGE(8), PAGE(12), "rw-p", 0, 0, 0, "[stack]", "rd wr mr mw me gd ac"};
	const struct snapshot_range after[] = {
		{PAGE(4), PAGE(9), "rw-p", 0, 0, 0, "[stack]", "rd wr mr mw me gd ac"},
		{PAGE(9), PAGE(12), "rw-p", 0, 0, 0, NULL, "rd wr mr mw me lo gd ac"},
	};

	show(s, &before, 1, 0, 12);
	CALL_OF(s, mlock, 0, PAGE(8), PAGES(4));
	CALL_OF(s, munlock, 0, PAGE(8), PAGES(1));
	assert_int_equal(show(s, after, 2, 0, 12), 0);
	assert_locks(s, "....-----LLL");
	CALL_OF(s, mlock, 0, PAGE(4), PAGES(1));
	assert_locks(s, "....L----LLL");
}

static void what_a_call_left_open_was_set_by_the_call(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed[] = {
		{PAGE(0), PAGE(1), "rw-p", 0, 0, 0, NULL, "rd wr mr mw me"},
		{PAGE(1), PAGE(4), "r--p", 0, 0, 0, NULL, "rd mr mw me"},
	};
	struct record call, look = { .type = RECORD_SNAPSHOT, .pid = s->pid, .tid = s->pid };

	do_map(s, 0, 4, R, PAF);
	call = call_record(s, CALL_mprotect, -1, ENOMEM);
	memcpy(call.call.arg, (uint64_t[]){ PAGE(0), PAGES(4), RW }, 3 * sizeof(uint64_t));
	call.call.has |= HAS_LOOKED;
	script_apply(s, &call);
	assert_int_equal(s->last, APPLY_DONE);
	look.seq = ++s->seq;
	look.snapshot = (struct record_snapshot){ .why = "call", .last = true, .from = PAGE(0), .to = PAGE(4), .count = 2,
						  .range = listed };
	script_apply(s, &look);
	assert_prots(s, "3111");
	assert_int_equal(at_page(s, 0)->by.prot, call.seq);
	assert_int_equal(world_process(s->world, s->pid)->revealed, 0);
	look.seq = ++s->seq;
	look.tid = s->pid + 1;
	look.snapshot.count = 1;
	script_apply(s, &look);
	assert_int_equal(world_process(s->world, s->pid)->revealed, 3);
}

/* A listing without VmLck, as when other threads lock meanwhile. */
static void look_after_a_move(struct script *s, int32_t tid, int first, const char *flags)
{
	const struct snapshot_range listed = {PAGE(first), PAGE(first + 8), "rw-p", 0, 0, 0, NULL, flags};
	struct record look = { .type = RECORD_SNAPSHOT, .seq = ++s->seq, .pid = s->pid, .tid = tid };

	look.snapshot = (struct record_snapshot){ .why = "call", .last = true, .from = PAGE(first), .to = PAGE(first + 8),
						  .count = 1, .range = &listed };
	script_apply(s, &look);
}

static void move_and_keep(struct script *s, int32_t tid, int page, int to)
{
	struct record record = call_record(s, CALL_mremap, (int64_t)PAGE(to), 0);
	const uint64_t keep = K_MREMAP_MAYMOVE | K_MREMAP_FIXED | K_MREMAP_DONTUNMAP;

	memcpy(record.call.arg, (uint64_t[]){ PAGE(page), PAGES(2), PAGES(2), keep, PAGE(to) }, 5 * sizeof(uint64_t));
	record.call.has |= HAS_LOOKED;
	record.tid = tid;
	script_apply(s, &record);
}

static void locks_a_kept_source_lost_stay_counted_in_threads_too(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 8, RW, PAF | K_MAP_LOCKED);
	do_map(s, 16, 8, RW, PAF | K_MAP_LOCKED);
	move_and_keep(s, 7, 2, 32);
	move_and_keep(s, 8, 18, 40);
	assert_int_equal(space_totals(script_space(s)).vmlck, PAGES(20));
	look_after_a_move(s, 7, 0, "rd wr mr mw me");
	look_after_a_move(s, 8, 16, "rd wr mr mw me");
	assert_locks(s, "--------........--------........LL......LL");
	assert_int_equal(space_totals(script_space(s)).vmlck, PAGES(20));
	assert_int_equal(world_process(s->world, s->pid)->revealed, 0);
	CALL_OF(s, munlockall, 0, 0);
	assert_int_equal(space_totals(script_space(s)).vmlck, PAGES(16));
}

static void call_below_a_stack_proves_that_it_grew(void **state)
{
	struct script *s = *state;
	const struct snapshot_range stack = {PAGE(600), PAGE(610), "rw-p", 0, 0, 0, "[stack]", "rd wr mr mw me gd ac"};

	show(s, &stack, 1, 0, 700);
	CALL_OF(s, mlock, 0, PAGE(595), PAGES(2));
	assert_int_equal(s->last, APPLY_DONE);
	assert_int_equal(at_page(s, 595)->lock, VMA_LOCKED);
	assert_int_equal(at_page(s, 599)->lock, VMA_UNLOCKED);
	assert_int_equal(at_page(s, 599)->kind, KIND_STACK);
	assert_null(at_page(s, 594));
}

static void own_number_of_shared_memory_stands_for_the_kernels(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed = {
		PAGE(0), PAGE(2), "rw-s", 0, 1, 4711, "/dev/zero (deleted)", "rd wr sh mr mw me ms"};
	uint64_t ino;

	do_map(s, 0, 2, RW, SAF);
	ino = at_page(s, 0)->ino;
	assert_int_equal(show(s, &listed, 1, 0, 8), 0);
	assert_int_equal(at_page(s, 0)->ino, ino);
}

static void private_zeroes_have_whatever_offset(void **state)
{
	struct script *s = *state;
	struct record record = file_record(s, 0, 2, RW, K_MAP_PRIVATE | K_MAP_FIXED, FD_ZERO);
	const struct snapshot_range listed = { PAGE(4), PAGE(6), "rw-p", PAGE(4), 8, 99, "/dev/zero", "rd wr mr mw me ac" };

	script_apply(s, &record);
	do_remap(s, 0, 2, 2, K_MREMAP_FIXED | 1, 4);
	assert_int_equal(show(s, &listed, 1, 0, 8), 0);
	CALL_OF(s, madvise, EINVAL, PAGE(4), PAGES(2), K_MADV_WIPEONFORK);
	assert_int_equal(at_page(s, 4)->advice, 0);
	assert_int_equal(s->last, APPLY_DONE);
}

static void another_file_at_the_same_place_is_a_new_mapping(void **state)
{
	struct script *s = *state;
	struct record record = file_record(s, 0, 2, R, K_MAP_PRIVATE | K_MAP_FIXED, FD_REGULAR);
	const struct snapshot_range listed = { PAGE(0), PAGE(2), "r--p", 0, 8, 5, "/other", "rd mr mw me" };

	script_apply(s, &record);
	assert_int_equal(show(s, &listed, 1, 0, 8), 2);
	assert_int_equal(at_page(s, 0)->by.map, s->seq);
	assert_string_equal(space_path(script_space(s), at_page(s, 0)->path), "/other");
}

static void ranges_out_of_order_or_misaligned_are_passed_over(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed[] = {
		{PAGE(2), PAGE(4), "rw-p", 0, 0, 0, NULL, NULL}, {PAGE(0), PAGE(1), "rw-p", 0, 0, 0, NULL, NULL},
		{PAGE(3), PAGE(6), "r--p", 0, 0, 0, NULL, NULL}, {PAGE(7) + 1, PAGE(8), "r--p", 0, 0, 0, NULL, NULL},
		{PAGE(9), PAGE(8), "r--p", 0, 0, 0, NULL, NULL},
	};

	show(s, listed, 5, 0, 8);
	assert_prots(s, "..3311....");
}

static void vmlck_read_with_the_listing_sets_the_counter(void **state)
{
	struct script *s = *state;
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++s->seq, .pid = s->pid };

	record.snapshot = (struct record_snapshot){ .last = true, .from = 0, .to = SPACE_END, .has_vmlck = true,
						    .vmlck_bytes = PAGES(3) };
	script_apply(s, &record);
	assert_int_equal(space_totals(script_space(s)).vmlck, PAGES(3));
	assert_int_equal(space_totals(script_space(s)).locked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(pages_that_agree_keep_their_history),
		FACT(unknown_pages_come_from_the_snapshot),
		FACT(pages_not_listed_are_gone_within_the_part_only),
		FACT(lock_that_differs_is_the_only_fact_that_changes),
		FACT(listing_without_flags_keeps_locks_where_protection_agrees),
		FACT(guard_markers_survive_as_no_listing_shows_them),
		FACT(labels_tell_kinds),
		FACT(stack_that_grew_is_no_difference),
		FACT(pages_a_stack_grew_by_are_as_listed),
		FACT(what_a_call_left_open_was_set_by_the_call),
		FACT(locks_a_kept_source_lost_stay_counted_in_threads_too),
		FACT(call_below_a_stack_proves_that_it_grew),
		FACT(own_number_of_shared_memory_stands_for_the_kernels),
		FACT(private_zeroes_have_whatever_offset),
		FACT(another_file_at_the_same_place_is_a_new_mapping),
		FACT(ranges_out_of_order_or_misaligned_are_passed_over),
		FACT(vmlck_read_with_the_listing_sets_the_counter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
