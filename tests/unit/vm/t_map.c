/*
 * t_map.c - mmap, munmap and what a failed MAP_FIXED leaves behind; brk, shmat and shmdt.
 */
#include "calls.h"

static void origin_of_a_new_mapping_is_its_call(void **state)
{
	struct script *s = *state;
	const struct vma *vma;

	do_map(s, 0, 2, R, PAF | K_MAP_LOCKED);
	vma = at_page(s, 0);
	assert_int_equal(vma->by.map, s->seq);
	assert_int_equal(vma->by.prot, s->seq);
	assert_int_equal(vma->by.lock, s->seq);
	assert_int_equal(vma->by.advice, 0);
}

static void descriptor_read_only_bounds_what_sharing_can_write(void **state)
{
	struct script *s = *state;
	struct record record = file_record(s, 0, 2, R, K_MAP_SHARED | K_MAP_FIXED, FD_REGULAR);

	record.call.access = ACCESS_READ;
	script_apply(s, &record);
	assert_int_equal(at_page(s, 0)->ceiling, R | X);
	record = file_record(s, 2, 2, R, K_MAP_PRIVATE | K_MAP_FIXED, FD_REGULAR);
	record.call.access = ACCESS_READ;
	script_apply(s, &record);
	assert_int_equal(at_page(s, 2)->ceiling, R | W | X);
	assert_string_equal(space_path(script_space(s), at_page(s, 2)->path), "/data/file");
	CALL_OF(s, mprotect, EACCES, PAGE(0), PAGES(4), RW);
	assert_prots(s, "1111");
}

static void cut_file_mapping_keeps_offsets_right(void **state)
{
	struct script *s = *state;
	struct record record = file_record(s, 0, 6, R, K_MAP_PRIVATE | K_MAP_FIXED, FD_REGULAR);

	record.call.arg[5] = PAGES(10);
	script_apply(s, &record);
	CALL_OF(s, munmap, 0, PAGE(1), PAGES(2));
	assert_int_equal(at_page(s, 0)->offset, PAGES(10));
	assert_int_equal(at_page(s, 3)->offset, PAGES(13));
}

static void hugetlb_rounds_to_huge_pages(void **state)
{
	struct script *s = *state;

	do_map(s, 512, 1, RW, PAF | K_MAP_HUGETLB);
	assert_int_equal(space_totals(script_space(s)).mapped, HUGE_BYTES);
	assert_int_equal(at_page(s, 1023)->kind, KIND_HUGETLB);
}

static void private_anonymous_fixed_failure_keeps_the_old_mapping(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, PAF | K_MAP_LOCKED);
	CALL_OF(s, mmap, ENOMEM, PAGE(0), PAGES(4), RW, PAF, UINT64_MAX, 0);
	CALL_OF(s, mmap, EAGAIN, PAGE(0), PAGES(4), RW, PAF | K_MAP_LOCKED, UINT64_MAX, 0);
	assert_locks(s, "LLLL");
	assert_int_equal(s->last, APPLY_DONE);
}

static void older_kernels_unmapped_before_the_commit_check(void **state)
{
	struct script *s = *state;
	struct record header = { .type = RECORD_HEADER, .header.kernel = "6.1.0-30-amd64" };

	script_apply(s, &header);
	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mmap, ENOMEM, PAGE(1), PAGES(2), RW, PAF, UINT64_MAX, 0);
	assert_looks_at(s, 1, 3);
}

static void refusal_by_a_driver_leaves_a_hole(void **state)
{
	struct script *s = *state;
	struct record record;

	do_map(s, 0, 8, RW, PAF | K_MAP_LOCKED);
	record = file_record(s, 2, 3, R, K_MAP_SHARED | K_MAP_FIXED, FD_OTHER);
	fail_with(&record, ENODEV);
	script_apply(s, &record);
	assert_locks(s, "LL...LLL");
	assert_looks_at(s, 2, 5);
}

static void a_socket_refuses_too_late_and_a_pipe_in_time(void **state)
{
	struct script *s = *state;
	struct record record;

	do_map(s, 0, 8, RW, PAF);
	record = file_record(s, 1, 2, R, K_MAP_SHARED | K_MAP_FIXED, FD_SOCKET);
	fail_with(&record, ENODEV);
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
	record = file_record(s, 5, 2, R, K_MAP_SHARED | K_MAP_FIXED, FD_PIPE);
	fail_with(&record, ENODEV);
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
	assert_locks(s, "-..-----");
}

static void a_process_that_looked_needs_no_other_look(void **state)
{
	struct script *s = *state;
	struct record record = file_record(s, 2, 3, R, K_MAP_SHARED | K_MAP_FIXED, FD_OTHER);

	do_map(s, 0, 8, RW, PAF);
	fail_with(&record, ENODEV);
	record.call.has |= HAS_LOOKED;
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
}

static void secret_memory_over_the_limit_leaves_a_hole(void **state)
{
	struct script *s = *state;
	struct record record;

	do_map(s, 0, 8, RW, PAF);
	record = file_record(s, 1, 4, RW, K_MAP_SHARED | K_MAP_FIXED, FD_SECRET);
	fail_with(&record, EAGAIN);
	script_apply(s, &record);
	assert_locks(s, "-....---");
	assert_int_equal(s->last, APPLY_DONE);
}

static void refusal_of_arguments_keeps_the_old_mapping(void **state)
{
	struct script *s = *state;
	const int errors[] = { EBADF, EACCES, EEXIST, EOVERFLOW };
	struct record record;

	do_map(s, 0, 4, RW, PAF);
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		record = file_record(s, 0, 4, R, K_MAP_SHARED | K_MAP_FIXED, FD_OTHER);
		fail_with(&record, errors[i]);
		script_apply(s, &record);
		assert_int_equal(s->last, APPLY_DONE);
	}
	assert_locks(s, "----");
}

static void secret_memory_is_locked_and_out_of_dumps(void **state)
{
	struct script *s = *state;
	struct record record = file_record(s, 0, 2, RW, K_MAP_SHARED | K_MAP_FIXED, FD_SECRET);

	script_apply(s, &record);
	assert_int_equal(at_page(s, 0)->kind, KIND_SECRET);
	assert_int_equal(at_page(s, 0)->advice, ADVICE_DONTDUMP);
	CALL_OF(s, munlockall, 0);
	assert_locks(s, "LL");
}

static void address_the_kernel_gave_out_was_free(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, PAF);
	do_map(s, 2, 4, R, K_MAP_PRIVATE | K_MAP_ANONYMOUS);
	assert_prots(s, "331111");
	assert_looks_at(s, 2, 6);
}

static void unfinished_munmap_asks_to_look_at_its_range(void **state)
{
	struct script *s = *state;
	struct record record = call_record(s, CALL_munmap, 0, 0);

	do_map(s, 0, 4, RW, PAF);
	record.call.has = 0;
	record.call.arg[0] = PAGE(1);
	record.call.arg[1] = PAGES(2);
	script_apply(s, &record);
	assert_locks(s, "----");
	assert_looks_at(s, 1, 3);
}

/* ---- heap ---- */

static void do_brk(struct script *s, uint64_t from, uint64_t to)
{
	struct record record = call_record(s, CALL_brk, 0, 0);

	record.call.arg[0] = to;
	record.call.old = from;
	record.call.has |= HAS_OLD;
	script_apply(s, &record);
}

static void break_is_a_byte_and_pages_are_rounded_up(void **state)
{
	struct script *s = *state;
	uint64_t first;

	do_brk(s, PAGE(0), PAGE(1) + 1);
	assert_locks(s, "--.");
	assert_int_equal(at_page(s, 0)->kind, KIND_HEAP);
	first = s->seq;
	do_brk(s, PAGE(1) + 1, PAGE(2) + 1);
	assert_locks(s, "---.");
	assert_int_equal(at_page(s, 1)->by.map, first);
	do_brk(s, PAGE(2) + 1, PAGE(0) + 7);
	assert_locks(s, "-..");
}

static void heap_grows_from_the_old_break_not_over_holes(void **state)
{
	struct script *s = *state;

	do_brk(s, PAGE(0), PAGE(6));
	CALL_OF(s, munmap, 0, PAGE(2), PAGES(2));
	do_brk(s, PAGE(6), PAGE(8));
	assert_locks(s, "--..----");
	do_brk(s, PAGE(8), PAGE(1));
	assert_locks(s, "-.......");
}

static void locked_heap_grows_unlocked_without_future(void **state)
{
	struct script *s = *state;

	do_brk(s, PAGE(0), PAGE(1));
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(1));
	do_brk(s, PAGE(1), PAGE(2));
	CALL_OF(s, mlockall, 0, K_MCL_FUTURE | K_MCL_ONFAULT);
	do_brk(s, PAGE(2), PAGE(3));
	assert_locks(s, "L-F");
}

static void break_below_the_heap_moves_nothing(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, R, PAF);
	do_brk(s, PAGE(4), PAGE(6));
	do_brk(s, PAGE(6), PAGE(0));
	assert_locks(s, "--..--");
	assert_int_equal(s->last, APPLY_LOOK);
}

static void sbrk_counts_from_the_break_it_returns(void **state)
{
	struct script *s = *state;
	struct record record = call_record(s, CALL_sbrk, (int64_t)PAGE(0), 0);

	record.call.arg[0] = PAGES(3);
	script_apply(s, &record);
	assert_locks(s, "---.");
	record = call_record(s, CALL_sbrk, (int64_t)PAGE(3), 0);
	record.call.arg[0] = (uint64_t)-(int64_t)PAGES(2);
	script_apply(s, &record);
	assert_locks(s, "-...");
}

/* The C library does not see a break that the system call itself has moved: it goes on from where it thinks it is. */
static void the_break_is_where_it_was_moved_not_where_the_c_library_thinks(void **state)
{
	struct script *s = *state;

	do_brk(s, PAGE(0), PAGE(5) + 7);
	do_brk(s, PAGE(0), PAGE(4));
	assert_locks(s, "----.");
	do_brk(s, PAGE(0), PAGE(6));
	assert_locks(s, "------");
	assert_int_equal(at_page(s, 5)->by.map, s->seq);
	assert_int_equal(at_page(s, 3)->by.map, s->seq - 2);
}

static void a_sealed_page_keeps_the_break(void **state)
{
	struct script *s = *state;

	do_brk(s, PAGE(0), PAGE(4));
	CALL_OF(s, mseal, 0, PAGE(2), PAGES(1));
	do_brk(s, PAGE(4), PAGE(1));
	assert_locks(s, "----");
	do_brk(s, PAGE(4), PAGE(3));
	assert_locks(s, "---.");
}

/* ---- System V ---- */

static void do_attach(struct script *s, int id, int page, uint64_t bytes, unsigned flags)
{
	struct record record = call_record(s, CALL_shmat, (int64_t)PAGE(page), 0);

	record.call.arg[0] = (uint64_t)id;
	record.call.arg[1] = PAGE(page);
	record.call.arg[2] = flags;
	record.call.size_bytes = bytes;
	record.call.has |= HAS_SIZE;
	script_apply(s, &record);
}

static void segment_is_rounded_up_and_read_only_stays_so(void **state)
{
	struct script *s = *state;

	do_attach(s, 5, 0, 10000, 0);
	do_attach(s, 5, 4, 10000, K_SHM_RDONLY);
	assert_prots(s, "333.111.");
	assert_int_equal(at_page(s, 4)->ceiling & W, 0);
	assert_int_equal(at_page(s, 0)->ino, at_page(s, 4)->ino);
}

static void detach_finds_pieces_by_segment_offset(void **state)
{
	struct script *s = *state;

	do_attach(s, 5, 0, PAGES(4), 0);
	CALL_OF(s, munmap, 0, PAGE(0), PAGES(2));
	CALL_OF(s, mprotect, 0, PAGE(2), PAGES(1), R);
	do_attach(s, 5, 8, PAGES(4), 0);
	CALL_OF(s, shmdt, 0, PAGE(0));
	assert_locks(s, "........----");
}

static void moved_piece_answers_to_another_address(void **state)
{
	struct script *s = *state;

	do_attach(s, 5, 0, PAGES(4), 0);
	do_remap(s, 2, 2, 2, K_MREMAP_MAYMOVE | K_MREMAP_FIXED, 20);
	CALL_OF(s, shmdt, 0, PAGE(18));
	assert_locks(s, "--....................");
}

/* The first segment of an IPC namespace has the number 0. */
static void detach_takes_pieces_of_one_segment_only(void **state)
{
	struct script *s = *state;

	do_attach(s, 0, 0, PAGES(1), 0);
	do_attach(s, 7, 10, PAGES(2), 0);
	do_remap(s, 11, 1, 1, K_MREMAP_MAYMOVE | K_MREMAP_FIXED, 1);
	CALL_OF(s, shmdt, 0, PAGE(0));
	assert_locks(s, ".-........-.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(origin_of_a_new_mapping_is_its_call),
		FACT(descriptor_read_only_bounds_what_sharing_can_write),
		FACT(cut_file_mapping_keeps_offsets_right),
		FACT(hugetlb_rounds_to_huge_pages),
		FACT(private_anonymous_fixed_failure_keeps_the_old_mapping),
		FACT(older_kernels_unmapped_before_the_commit_check),
		FACT(refusal_by_a_driver_leaves_a_hole),
		FACT(a_socket_refuses_too_late_and_a_pipe_in_time),
		FACT(a_process_that_looked_needs_no_other_look),
		FACT(secret_memory_over_the_limit_leaves_a_hole),
		FACT(refusal_of_arguments_keeps_the_old_mapping),
		FACT(secret_memory_is_locked_and_out_of_dumps),
		FACT(address_the_kernel_gave_out_was_free),
		FACT(unfinished_munmap_asks_to_look_at_its_range),
		FACT(break_is_a_byte_and_pages_are_rounded_up),
		FACT(heap_grows_from_the_old_break_not_over_holes),
		FACT(locked_heap_grows_unlocked_without_future),
		FACT(break_below_the_heap_moves_nothing),
		FACT(sbrk_counts_from_the_break_it_returns),
		FACT(the_break_is_where_it_was_moved_not_where_the_c_library_thinks),
		FACT(a_sealed_page_keeps_the_break),
		FACT(segment_is_rounded_up_and_read_only_stays_so),
		FACT(detach_finds_pieces_by_segment_offset),
		FACT(moved_piece_answers_to_another_address),
		FACT(detach_takes_pieces_of_one_segment_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
