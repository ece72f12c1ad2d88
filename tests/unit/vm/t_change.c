/*
 * t_change.c - protection, advice and moves: partial effects, origins, what asks to look, and what listeners are told.
 */
#include <stdio.h>

#include "calls.h"

static void origin_of_protection_is_the_call_that_changed_it(void **state)
{
	struct script *s = *state;
	uint64_t made;

	do_map(s, 0, 4, RW, PAF);
	made = s->seq;
	CALL_OF(s, mprotect, 0, PAGE(1), PAGES(1), R);
	CALL_OF(s, mprotect, 0, PAGE(0), PAGES(4), RW);
	assert_int_equal(at_page(s, 0)->by.prot, made);
	assert_int_equal(at_page(s, 1)->by.prot, s->seq);
}

static void refusal_for_a_limit_asks_to_look(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, R, PAF);
	CALL_OF(s, mprotect, ENOMEM, PAGE(0), PAGES(4), RW);
	assert_looks_at(s, 0, 4);
	assert_prots(s, "1111");
}

static void refusal_by_a_security_module_asks_to_look(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, PAF);
	CALL_OF(s, mprotect, EACCES, PAGE(0), PAGES(4), R | X);
	assert_looks_at(s, 0, 4);
}

static void success_over_unknown_pages_gives_them_that_protection(void **state)
{
	struct script *s = *state;

	CALL_OF(s, mprotect, 0, PAGE(0), PAGES(2), R | X);
	assert_looks_at(s, 0, 2);
	assert_prots(s, "55.");
	assert_int_equal(at_page(s, 0)->by.map, 0);
	assert_int_equal(at_page(s, 0)->by.prot, s->seq);
}

static void read_implies_exec_adds_x(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, personality, 0, K_READ_IMPLIES_EXEC);
	do_map(s, 2, 1, R, PAF);
	CALL_OF(s, mprotect, 0, PAGE(0), PAGES(1), R);
	CALL_OF(s, personality, 0, UINT32_MAX);
	CALL_OF(s, mprotect, 0, PAGE(1), PAGES(1), W);
	assert_prots(s, "525");
}

static void mdwe_refuses_what_is_writable_and_executable_already(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 1, RW, PAF);
	do_map(s, 1, 1, RW | X, PAF);
	CALL_OF(s, prctl, 0, K_PR_SET_MDWE, K_MDWE_REFUSE_EXEC_GAIN);
	CALL_OF(s, mprotect, EACCES, PAGE(1), PAGES(1), RW | X);
	assert_int_equal(s->last, APPLY_DONE);
	CALL_OF(s, mprotect, 0, PAGE(1), PAGES(1), R | X);
	assert_prots(s, "35");
}

static void growsdown_begins_at_the_start_of_the_mapping(void **state)
{
	struct script *s = *state;

	do_map(s, 4, 4, RW, PAF | K_MAP_GROWSDOWN);
	CALL_OF(s, mprotect, 0, PAGE(6), PAGES(1), R | K_PROT_GROWSDOWN);
	assert_prots(s, "....1113");
}

static void posix_dontneed_does_nothing_and_other_values_pass(void **state)
{
	struct script *s = *state;
	struct record record = call_record(s, CALL_posix_madvise, ENOMEM, ENOMEM);

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, posix_madvise, 0, PAGE(0), PAGES(9), K_MADV_DONTNEED);
	assert_int_equal(s->last, APPLY_DONE);
	record.call.arg[0] = PAGE(1);
	record.call.arg[1] = PAGES(4);
	record.call.arg[2] = K_MADV_DONTFORK;
	script_apply(s, &record);
	assert_int_equal(at_page(s, 0)->advice, 0);
	assert_int_equal(at_page(s, 1)->advice, ADVICE_DONTFORK);
	assert_int_equal(s->last, APPLY_DONE);
}

static void advice_for_unknown_ranges_asks_to_look_everywhere(void **state)
{
	struct script *s = *state;
	struct record record = call_record(s, CALL_process_madvise, 8192, 0);
	uint64_t from, to;

	record.call.arg[3] = K_MADV_DONTFORK;
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_LOOK);
	space_look(script_space(s), &from, &to);
	assert_int_equal(from, 0);
	assert_int_equal(to, SPACE_END);
	record.call.arg[3] = 20;
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
}

static struct record vector_record(struct script *s, int64_t ret, int err, const struct call_range *iov, size_t count)
{
	struct record record = call_record(s, CALL_process_madvise, ret, err);

	record.call.arg[3] = K_MADV_WIPEONFORK;
	record.call.has |= HAS_IOV;
	record.call.iov = iov;
	record.call.iov_count = count;
	return record;
}

/* The second range is refused at shared memory: what comes before it has the advice, what comes after it has not. */
static void advice_for_several_ranges_ends_with_the_refused_one(void **state)
{
	struct script *s = *state;
	const struct call_range iov[] = {
		{ PAGE(0), 100 }, { PAGE(7), 0 }, { PAGE(2), PAGES(4) }, { PAGE(6), PAGES(1) },
	};
	struct record record;

	do_map(s, 0, 8, RW, PAF);
	do_map(s, 4, 1, RW, SAF);
	record = vector_record(s, 100, 0, iov, 4);
	script_apply(s, &record);
	assert_looks_at(s, 2, 6);
	for (int i = 0; i < 8; i++)
		assert_int_equal(at_page(s, i)->advice, i == 0 || i == 2 || i == 3 ? ADVICE_WIPEONFORK : 0);
	record = vector_record(s, -1, EINVAL, iov + 2, 2);
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
	assert_int_equal(at_page(s, 6)->advice, 0);
	record = vector_record(s, PAGES(1), 0, iov + 3, 1);
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
	assert_int_equal(at_page(s, 6)->advice, ADVICE_WIPEONFORK);
}

static void a_vector_is_cut_off_at_two_gigabytes(void **state)
{
	struct script *s = *state;
	const uint64_t most = UINT64_C(0x7ffff000);
	const struct call_range iov[] = { { PAGE(0), UINT64_C(1) << 40 }, { PAGE(1) + most, PAGES(1) } };
	struct record record;

	do_map(s, 0, (int)(most / PAGE_BYTES) + 4, RW, PAF);
	record = vector_record(s, (int64_t)most, 0, iov, 2);
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
	assert_int_equal(at_page(s, (int)(most / PAGE_BYTES) - 1)->advice, ADVICE_WIPEONFORK);
	assert_int_equal(at_page(s, (int)(most / PAGE_BYTES))->advice, 0);
	assert_int_equal(at_page(s, (int)(most / PAGE_BYTES) + 1)->advice, 0);
}

static void advice_refused_for_another_process_changes_none_of_ours(void **state)
{
	struct script *s = *state;
	const struct call_range iov = { PAGE(0), PAGES(4) };
	struct record record = vector_record(s, -1, EINVAL, &iov, 1);

	do_map(s, 0, 2, RW, PAF);
	do_map(s, 2, 2, RW, SAF);
	record.call.has |= HAS_TARGET;
	record.call.target = s->pid + 1;
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
	assert_int_equal(at_page(s, 0)->advice, 0);
	record.call.target = s->pid;
	script_apply(s, &record);
	assert_int_equal(at_page(s, 0)->advice, ADVICE_WIPEONFORK);
}

static void merge_any_marks_present_and_later_pages(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 1, RW, PAF);
	do_map(s, 1, 1, RW, SAF);
	CALL_OF(s, prctl, 0, K_PR_SET_MEMORY_MERGE, 1);
	do_map(s, 2, 1, RW, PAF);
	assert_int_equal(at_page(s, 0)->advice, ADVICE_MERGEABLE);
	assert_int_equal(at_page(s, 1)->advice, 0);
	assert_int_equal(at_page(s, 2)->advice, ADVICE_MERGEABLE);
	CALL_OF(s, prctl, 0, K_PR_SET_MEMORY_MERGE, 0);
	assert_int_equal(at_page(s, 2)->advice, 0);
}

static void moved_pages_keep_their_history_but_for_the_mapping(void **state)
{
	struct script *s = *state;
	uint64_t locked;

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(2));
	locked = s->seq;
	do_remap(s, 0, 2, 4, K_MREMAP_MAYMOVE, 20);
	assert_int_equal(at_page(s, 20)->by.lock, locked);
	assert_int_equal(at_page(s, 20)->by.map, s->seq);
	assert_int_equal(at_page(s, 23)->by.lock, s->seq);
	assert_null(at_page(s, 0));
	assert_int_equal(space_totals(script_space(s)).vmlck, PAGES(4));
}

/*
 * The source VMA loses its lock as a whole, and how far the kernel's VMA reaches is not told by equal neighbours: a page
 * that was locked or touched before the others can be one of its own for good.  The listing that follows tells.
 */
static void a_listing_says_how_far_dontunmap_unlocks(void **state)
{
	struct script *s = *state;
	struct record record;

	do_map(s, 0, 6, RW, PAF | K_MAP_LOCKED);
	record = call_record(s, CALL_mremap, (int64_t)PAGE(20), 0);
	record.call.has |= HAS_LOOKED;
	record.call.arg[0] = PAGE(2);
	record.call.arg[1] = record.call.arg[2] = PAGES(1);
	record.call.arg[3] = K_MREMAP_MAYMOVE | K_MREMAP_FIXED | K_MREMAP_DONTUNMAP;
	record.call.arg[4] = PAGE(20);
	script_apply(s, &record);
	assert_locks(s, "LL-LLL..............L");
}

/* It landed in the middle of the mapping it came from: all of that may be one again, and have lost its lock. */
static void what_adjoins_a_destination_is_in_doubt_with_it(void **state)
{
	struct script *s = *state;

	do_map(s, 4, 20, RW, PAF | K_MAP_LOCKED);
	do_remap(s, 12, 3, 3, K_MREMAP_MAYMOVE | K_MREMAP_FIXED | K_MREMAP_DONTUNMAP, 16);
	assert_looks_at(s, 4, 24);
}

static void second_mapping_of_shared_pages_is_the_same_object(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, SAF);
	do_remap(s, 1, 0, 2, K_MREMAP_MAYMOVE, 20);
	assert_int_equal(at_page(s, 20)->ino, at_page(s, 0)->ino);
	assert_int_equal(at_page(s, 20)->offset, PAGES(1));
	assert_locks(s, "----................--");
}

static void refused_move_of_one_page_moved_nothing(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, mremap, ENOMEM, PAGE(0), PAGES(1), PAGES(1), K_MREMAP_MAYMOVE | K_MREMAP_FIXED, PAGE(20));
	assert_int_equal(s->last, APPLY_DONE);
	assert_locks(s, "--");
}

static void older_kernels_unmapped_the_destination_first(void **state)
{
	struct script *s = *state;
	struct record header = { .type = RECORD_HEADER, .header.kernel = "6.12.1" };

	script_apply(s, &header);
	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, mremap, EAGAIN, PAGE(0), PAGES(1), PAGES(3), K_MREMAP_MAYMOVE | K_MREMAP_FIXED, PAGE(20));
	assert_looks_at(s, 20, 23);
}

static void lock_test_by_msync_contradicts_the_model(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, msync, 0, PAGE(0), PAGES(2), K_MS_INVALIDATE);
	assert_int_equal(s->last, APPLY_DONE);
	CALL_OF(s, msync, EBUSY, PAGE(0), PAGES(2), K_MS_INVALIDATE);
	assert_looks_at(s, 0, 2);
}

/* ---- what listeners are told ---- */

struct heard {
	char text[400];
};

/* "0-2 3>1L " : pages 0 and 1 had rw-, now have r-- and a lock */
static void listen(void *arg, const struct delta *delta)
{
	struct heard *heard = arg;
	size_t used = strlen(heard->text);
	const struct vma *side[2] = { delta->before, delta->after };
	char word[2][8] = { ".", "." };

	for (int i = 0; i < 2; i++) {
		if (!side[i])
			continue;
		assert_int_equal(side[i]->start, delta->start);
		assert_int_equal(side[i]->end, delta->end);
		snprintf(word[i], sizeof word[i], "%d%s", side[i]->prot, side[i]->lock ? "L" : "");
	}
	snprintf(heard->text + used, sizeof heard->text - used, "%d-%d %s>%s ",
		 (int)((delta->start - BASE) / PAGE_BYTES), (int)((delta->end - BASE) / PAGE_BYTES), word[0], word[1]);
}

static void assert_heard(struct script *s, enum call_id call, int64_t ret, const uint64_t args[6], const char *want)
{
	struct record record = call_record(s, call, ret, ret == -1 ? ENOMEM : 0);
	struct heard heard = { "" };

	memcpy(record.call.arg, args, sizeof record.call.arg);
	world_apply(s->world, &record, listen, &heard);
	assert_string_equal(heard.text, want);
}

static void listeners_hear_each_run_that_changed(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	do_map(s, 4, 2, R, PAF | K_MAP_LOCKED);
	assert_heard(s, CALL_mlock, -1, (uint64_t[6]){ PAGE(0), PAGES(6) }, "0-2 3>3L ");
	assert_heard(s, CALL_mprotect, 0, (uint64_t[6]){ PAGE(0), PAGES(2), RW }, "");
	assert_heard(s, CALL_mmap, (int64_t)PAGE(1), (uint64_t[6]){ PAGE(1), PAGES(4), X, PAF, UINT64_MAX },
		     "1-2 3L>4 2-4 .>4 4-5 1L>4 ");
	assert_heard(s, CALL_munmap, 0, (uint64_t[6]){ PAGE(0), PAGES(9) }, "0-1 3L>. 1-5 4>. 5-6 1L>. ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(origin_of_protection_is_the_call_that_changed_it),
		FACT(what_adjoins_a_destination_is_in_doubt_with_it),
		FACT(a_listing_says_how_far_dontunmap_unlocks),
		FACT(refusal_for_a_limit_asks_to_look),
		FACT(refusal_by_a_security_module_asks_to_look),
		FACT(success_over_unknown_pages_gives_them_that_protection),
		FACT(read_implies_exec_adds_x),
		FACT(mdwe_refuses_what_is_writable_and_executable_already),
		FACT(growsdown_begins_at_the_start_of_the_mapping),
		FACT(posix_dontneed_does_nothing_and_other_values_pass),
		FACT(advice_for_unknown_ranges_asks_to_look_everywhere),
		FACT(advice_for_several_ranges_ends_with_the_refused_one),
		FACT(a_vector_is_cut_off_at_two_gigabytes),
		FACT(advice_refused_for_another_process_changes_none_of_ours),
		FACT(merge_any_marks_present_and_later_pages),
		FACT(moved_pages_keep_their_history_but_for_the_mapping),
		FACT(second_mapping_of_shared_pages_is_the_same_object),
		FACT(refused_move_of_one_page_moved_nothing),
		FACT(older_kernels_unmapped_the_destination_first),
		FACT(lock_test_by_msync_contradicts_the_model),
		FACT(listeners_hear_each_run_that_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
