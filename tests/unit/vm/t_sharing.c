/*
 * t_sharing.c - one memory at several places: which locks hold a page besides its mapping's own.
 *
 * What is expected here was seen on Linux 6.18 in /proc/kpageflags: KPF_MLOCKED of the page of one mapping while others
 * were locked and unlocked; tests/live/shared_memory_is_one_memory.sh does it again.
 */
#include "sharing.h"

/* ---- shared anonymous memory ---- */

static void lock_of_a_child_holds_the_memory_it_inherited(void **state)
{
	struct script *s = *state;
	uint64_t seq;

	do_map(s, 0, 4, RW, SAF);
	lock_as(s, PARENT, 0, 4);
	do_fork(s);
	assert_held(s, CHILD, 0, 4, PARENT, 0, s->seq - 1);
	seq = lock_as(s, CHILD, 1, 2);
	unlock_as(s, PARENT, 0, 4);
	assert_held(s, PARENT, 0, 2, CHILD, 1, seq);
	assert_int_equal(locks_on(s, PARENT, 0)->run[0].here, PAGE(1));
	unlock_as(s, CHILD, 1, 2);
	assert_free(s, PARENT, 0);
}

static void memory_mapped_apart_is_not_the_same(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, SAF);
	do_map(s, 4, 2, RW, SAF);
	lock_as(s, PARENT, 4, 2);
	assert_free(s, PARENT, 0);
}

static void private_memory_is_nobody_elses_after_fork(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	do_fork(s);
	lock_as(s, CHILD, 0, 2);
	assert_free(s, PARENT, 0);
}

static void second_mapping_by_mremap_has_the_same_pages(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, SAF | K_MAP_LOCKED);
	do_remap(s, 2, 0, 2, K_MREMAP_MAYMOVE, 10);
	unlock_as(s, PARENT, 0, 4);
	assert_held(s, PARENT, 0, 2, PARENT, 10, s->seq - 1);
	assert_int_equal(locks_on(s, PARENT, 0)->run[0].here, PAGE(2));
	assert_free(s, PARENT, 10);
}

static void memory_keeps_its_identity_when_moved_and_cut(void **state)
{
	struct script *s = *state;
	uint64_t seq;

	do_map(s, 0, 8, RW, SAF);
	do_fork(s);
	CALL_OF(s, munmap, 0, PAGE(0), PAGES(2));
	do_remap(s, 2, 4, 4, K_MREMAP_MAYMOVE | K_MREMAP_FIXED, 20);
	do_remap(s, 20, 4, 5, K_MREMAP_MAYMOVE, 20);
	seq = lock_as(s, CHILD, 3, 4);
	assert_held(s, PARENT, 20, 3, CHILD, 3, seq);
	assert_int_equal(locks_on(s, PARENT, 20)->run[0].here, PAGE(21));
	assert_held(s, PARENT, 24, 1, CHILD, 6, seq);
	assert_held(s, PARENT, 6, 1, CHILD, 6, seq);
}

static void memory_kept_from_the_child_is_the_parents_alone(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, SAF | K_MAP_LOCKED);
	CALL_OF(s, madvise, 0, PAGE(1), PAGES(1), K_MADV_DONTFORK);
	do_fork(s);
	s->pid = CHILD;
	do_map(s, 1, 1, RW, SAF);
	s->pid = PARENT;
	assert_held(s, CHILD, 0, 1, PARENT, 0, 2);
	assert_free(s, CHILD, 1);
	assert_held(s, CHILD, 2, 2, PARENT, 2, 2);
}

/* ---- files ---- */

static void file_mapped_by_strangers_is_one_memory(void **state)
{
	struct script *s = *state;
	uint64_t seq;

	process_event(s, 555, 1, PROCESS_START);
	map_file(s, PARENT, 0, 4, R, K_MAP_SHARED, 10);
	map_file(s, 555, 50, 4, RW, K_MAP_SHARED, 12);
	seq = lock_as(s, 555, 50, 4);
	assert_held(s, PARENT, 0, 2, 555, 50, seq);
	assert_int_equal(locks_on(s, PARENT, 0)->run[0].here, PAGE(2));
}

static void another_page_of_the_file_is_other_memory(void **state)
{
	struct script *s = *state;

	map_file(s, PARENT, 0, 2, R, K_MAP_SHARED, 0);
	map_file(s, PARENT, 4, 2, R, K_MAP_SHARED, 2);
	lock_as(s, PARENT, 4, 2);
	assert_free(s, PARENT, 0);
	CALL_OF(s, remap_file_pages, 0, PAGE(4), PAGES(1), 0, 1, 0);
	assert_held(s, PARENT, 0, 1, PARENT, 4, 4);
}

static void neighbours_in_memory_need_not_be_neighbours_in_the_file(void **state)
{
	struct script *s = *state;
	uint64_t seq;

	map_file(s, PARENT, 0, 2, R, K_MAP_SHARED, 10);
	map_file(s, PARENT, 4, 2, R, K_MAP_SHARED, 0);
	map_file(s, PARENT, 6, 2, R, K_MAP_SHARED, 10);
	seq = lock_as(s, PARENT, 4, 4);
	assert_held(s, PARENT, 0, 2, PARENT, 6, seq);
}

static void private_copies_hold_nothing_of_the_file(void **state)
{
	struct script *s = *state;

	map_file(s, PARENT, 0, 2, R, K_MAP_SHARED, 0);
	map_file(s, PARENT, 4, 2, RW, K_MAP_PRIVATE, 0);
	lock_as(s, PARENT, 4, 2);
	assert_free(s, PARENT, 0);
	map_file(s, PARENT, 8, 2, RW, K_MAP_PRIVATE, 0);
	CALL_OF(s, mprotect, 0, PAGE(8), PAGES(2), R);
	lock_as(s, PARENT, 8, 2);
	assert_free(s, PARENT, 0);
}

static void private_mapping_never_writable_has_the_files_pages(void **state)
{
	struct script *s = *state;
	uint64_t seq;

	map_file(s, PARENT, 0, 2, R, K_MAP_SHARED, 0);
	map_file(s, PARENT, 4, 2, R, K_MAP_PRIVATE, 0);
	seq = lock_as(s, PARENT, 4, 2);
	assert_held(s, PARENT, 0, 2, PARENT, 4, seq);
	map_file(s, PARENT, 8, 2, R | X, K_MAP_PRIVATE, 0);
	assert_free(s, PARENT, 8);
}

static void private_mapping_known_from_a_listing_can_have_been_written(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed = { PAGE(4), PAGE(6), "r--p", 0, 8, 99, "/data/file", "rd mr mw me lo" };

	map_file(s, PARENT, 0, 2, R, K_MAP_SHARED, 0);
	show_one(s, PARENT, &listed);
	assert_int_equal(at_page(s, 4)->lock, VMA_LOCKED);
	assert_free(s, PARENT, 0);
}

static void device_decides_itself_what_offsets_mean(void **state)
{
	struct script *s = *state;

	for (int page = 0; page < 8; page += 4) {
		struct record record = file_record(s, page, 2, R, K_MAP_PRIVATE | K_MAP_FIXED, FD_DEVICE);

		record.call.path = "/dev/zero";
		script_apply(s, &record);
	}
	lock_as(s, PARENT, 4, 2);
	assert_free(s, PARENT, 0);
}

static void lock_of_pages_never_accessible_brought_none_in(void **state)
{
	struct script *s = *state;

	map_file(s, PARENT, 0, 2, R, K_MAP_SHARED, 0);
	map_file(s, PARENT, 4, 2, 0, K_MAP_SHARED | K_MAP_LOCKED, 0);
	assert_free(s, PARENT, 0);
	map_file(s, PARENT, 4, 2, R, K_MAP_SHARED | K_MAP_LOCKED, 0);
	CALL_OF(s, mprotect, 0, PAGE(4), PAGES(2), 0);
	assert_held(s, PARENT, 0, 2, PARENT, 4, 4);
}

/* ---- processes ---- */

static void processes_that_ended_hold_nothing(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, SAF);
	do_fork(s);
	lock_as(s, CHILD, 0, 2);
	process_event(s, CHILD, PARENT, PROCESS_EXIT);
	assert_free(s, PARENT, 0);
	do_fork(s);
	lock_as(s, CHILD, 0, 2);
	process_event(s, CHILD, PARENT, PROCESS_EXEC);
	assert_free(s, PARENT, 0);
}

/* Its end was not recorded. */
static void process_whose_pid_is_used_again_holds_nothing(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, SAF);
	do_fork(s);
	lock_as(s, CHILD, 0, 2);
	do_fork(s);
	assert_free(s, PARENT, 0);
}

static void last_state_of_the_process_asked_about_counts(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, SAF);
	do_remap(s, 0, 0, 2, K_MREMAP_MAYMOVE, 10);
	lock_as(s, PARENT, 10, 2);
	process_event(s, PARENT, 0, PROCESS_EXIT);
	assert_held(s, PARENT, 0, 2, PARENT, 10, s->seq - 1);
}

static void child_in_its_parents_space_is_no_other_mapping(void **state)
{
	struct script *s = *state;
	struct record record;

	do_map(s, 0, 2, RW, SAF | K_MAP_LOCKED);
	record = call_record(s, CALL_vfork, CHILD, 0);
	script_apply(s, &record);
	assert_ptr_equal(world_process(s->world, CHILD)->space, script_space(s));
	assert_free(s, PARENT, 0);
	assert_free(s, CHILD, 0);
	process_event(s, 102, PARENT, PROCESS_FORK);
	assert_held(s, 102, 0, 2, PARENT, 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(lock_of_a_child_holds_the_memory_it_inherited),
		FACT(memory_mapped_apart_is_not_the_same),
		FACT(private_memory_is_nobody_elses_after_fork),
		FACT(second_mapping_by_mremap_has_the_same_pages),
		FACT(memory_keeps_its_identity_when_moved_and_cut),
		FACT(memory_kept_from_the_child_is_the_parents_alone),
		FACT(file_mapped_by_strangers_is_one_memory),
		FACT(another_page_of_the_file_is_other_memory),
		FACT(neighbours_in_memory_need_not_be_neighbours_in_the_file),
		FACT(private_copies_hold_nothing_of_the_file),
		FACT(private_mapping_never_writable_has_the_files_pages),
		FACT(private_mapping_known_from_a_listing_can_have_been_written),
		FACT(device_decides_itself_what_offsets_mean),
		FACT(lock_of_pages_never_accessible_brought_none_in),
		FACT(processes_that_ended_hold_nothing),
		FACT(process_whose_pid_is_used_again_holds_nothing),
		FACT(last_state_of_the_process_asked_about_counts),
		FACT(child_in_its_parents_space_is_no_other_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
