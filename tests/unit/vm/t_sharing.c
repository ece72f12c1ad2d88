/*
 * t_sharing.c - one memory at several places: which locks hold a page besides its mapping's own.
 *
 * What is expected here was seen on Linux 6.18 in /proc/kpageflags: KPF_MLOCKED of the page of one mapping while others
 * were locked and unlocked; tests/live/shared_memory_is_one_memory.sh does it again.
 */
#include <stdlib.h>

#include "../../../collector/vm/sharing.h"
#include "calls.h"

enum { PARENT = 100, CHILD = 101, MOST = 4096 };

/* ---- asking ---- */

struct found {
	size_t count;
	struct holding run[MOST];
};

static void note(void *arg, const struct holding *holding)
{
	struct found *found = arg;

	assert_true(found->count < MOST);
	found->run[found->count++] = *holding;
}

/* All other locks on the mapping of @pid that begins at @page. */
static const struct found *locks_on(struct script *s, int32_t pid, int page)
{
	static struct found found;
	const struct process *process = world_process(s->world, pid);
	const struct vma *vma = space_find(process->space, PAGE(page));
	struct sharing *all = sharing_new(s->world, process, NULL), *one = sharing_new(s->world, process, vma);
	size_t count;

	found.count = 0;
	sharing_each(one, process, vma, note, &found);
	count = found.count;
	found.count = 0;
	sharing_each(all, process, vma, note, &found);
	assert_int_equal(count, found.count);
	sharing_free(all);
	sharing_free(one);
	return &found;
}

#define assert_held(script, pid_, page, pages, by_pid, by_page, seq_)                                                  \
	do {                                                                                                           \
		const struct found *found_ = locks_on(script, pid_, page);                                             \
		assert_int_equal(found_->count, 1);                                                                    \
		assert_int_equal(found_->run[0].process->pid, by_pid);                                                 \
		assert_int_equal(found_->run[0].start, PAGE(by_page));                                                 \
		assert_int_equal(found_->run[0].end, PAGE((by_page) + (pages)));                                       \
		assert_int_equal(found_->run[0].set_by, seq_);                                                         \
	} while (0)

#define assert_free(script, pid, page) assert_int_equal(locks_on(script, pid, page)->count, 0)

/* ---- saying ---- */

static void process_event(struct script *s, int32_t pid, int32_t ppid, enum process_event event)
{
	struct record record = { .type = RECORD_PROCESS, .seq = ++s->seq, .pid = pid, .tid = pid };

	record.process = (struct record_process){ .event = event, .ppid = ppid };
	script_apply(s, &record);
}

static void do_fork(struct script *s)
{
	process_event(s, CHILD, PARENT, PROCESS_FORK);
}

static uint64_t lock_as(struct script *s, int32_t pid, int page, int pages)
{
	s->pid = pid;
	CALL_OF(s, mlock, 0, PAGE(page), PAGES(pages));
	s->pid = PARENT;
	return s->seq;
}

static void unlock_as(struct script *s, int32_t pid, int page, int pages)
{
	s->pid = pid;
	CALL_OF(s, munlock, 0, PAGE(page), PAGES(pages));
	s->pid = PARENT;
}

static void map_file(struct script *s, int32_t pid, int page, int pages, int prot, unsigned flags, int offset)
{
	struct record record;

	s->pid = pid;
	record = file_record(s, page, pages, prot, flags | K_MAP_FIXED, FD_REGULAR);
	record.call.arg[5] = PAGES(offset);
	script_apply(s, &record);
	s->pid = PARENT;
}

static void show_one(struct script *s, int32_t pid, const struct snapshot_range *listed)
{
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++s->seq, .pid = pid };

	record.snapshot = (struct record_snapshot){ .why = "look", .last = true, .from = listed->start,
						    .to = listed->end, .count = 1, .range = listed };
	script_apply(s, &record);
}

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

/* ---- what listings say of objects ---- */

static struct snapshot_range shared_at(int page, const char *flags, uint64_t ino)
{
	return (struct snapshot_range){ PAGE(page), PAGE(page + 2), "rw-s", 0, 1, ino, "/dev/zero (deleted)", flags };
}

static void looks_do_not_part_what_parent_and_child_share(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed = shared_at(0, "rd wr sh mr mw me ms", 4711);
	uint64_t seq;

	do_map(s, 0, 2, RW, SAF);
	do_fork(s);
	show_one(s, CHILD, &listed);
	seq = lock_as(s, CHILD, 0, 2);
	assert_held(s, PARENT, 0, 2, CHILD, 0, seq);
	show_one(s, PARENT, &listed);
	assert_held(s, PARENT, 0, 2, CHILD, 0, seq);
}

static void listing_finds_mappings_of_a_numbered_object(void **state)
{
	struct script *s = *state;
	const struct snapshot_range mine = shared_at(0, "rd wr sh mr mw me ms", 4711);
	const struct snapshot_range unseen = shared_at(10, "rd wr sh mr mw me ms lo", 4711);

	do_map(s, 0, 2, RW, SAF);
	show_one(s, PARENT, &unseen);
	assert_free(s, PARENT, 0);
	show_one(s, PARENT, &mine);
	assert_held(s, PARENT, 0, 2, PARENT, 10, 3);
}

static void listing_of_another_object_is_another_mapping(void **state)
{
	struct script *s = *state;
	struct snapshot_range listed = shared_at(0, "rd wr sh mr mw me ms", 4711);

	do_map(s, 0, 2, RW, SAF);
	show_one(s, PARENT, &listed);
	assert_int_equal(at_page(s, 0)->by.map, 2);
	listed.ino = 4712;
	show_one(s, PARENT, &listed);
	assert_int_equal(at_page(s, 0)->by.map, s->seq);
	assert_int_equal(at_page(s, 0)->ino, 4712);
}

static void one_listing_of_two_kinds_of_lock_is_two_runs(void **state)
{
	struct script *s = *state;
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++s->seq, .pid = PARENT };
	struct snapshot_range listed[] = { shared_at(10, "rd wr sh mr mw me ms lo", 4711),
					   shared_at(12, "rd wr sh mr mw me ms lo lf", 4711),
					   shared_at(20, "rd wr sh mr mw me ms", 4711) };
	const struct found *found;

	listed[1].offset = PAGES(2);
	listed[2].end = PAGE(24);
	record.snapshot = (struct record_snapshot){ .why = "look", .last = true, .from = PAGE(10), .to = PAGE(24),
						    .count = 3, .range = listed };
	script_apply(s, &record);
	found = locks_on(s, PARENT, 20);
	assert_int_equal(found->count, 2);
	assert_int_equal(found->run[0].lock, VMA_LOCKED);
	assert_int_equal(found->run[1].lock, VMA_LOCKED_ONFAULT);
}

/* ---- System V segments ---- */

static void attach(struct script *s, int32_t pid, int page, int shmid)
{
	struct record record;

	s->pid = pid;
	record = call_record(s, CALL_shmat, (int64_t)PAGE(page), 0);
	record.call.arg[0] = (uint64_t)shmid;
	record.call.has |= HAS_SIZE;
	record.call.size_bytes = PAGES(2);
	script_apply(s, &record);
	s->pid = PARENT;
}

static const struct segment_lock *segment_lock(struct script *s, int page)
{
	return world_segment_lock(s->world, at_page(s, page));
}

static void segment_attached_twice_is_one_memory(void **state)
{
	struct script *s = *state;
	const struct snapshot_range listed = { PAGE(4), PAGE(6), "rw-s", 0, 1, 7, "/SYSV00000000 (deleted)",
					       "rd wr sh mr mw me ms lo" };

	process_event(s, 555, 1, PROCESS_START);
	attach(s, PARENT, 0, 7);
	attach(s, 555, 4, 7);
	lock_as(s, 555, 4, 2);
	assert_held(s, PARENT, 0, 2, 555, 4, s->seq);
	show_one(s, 555, &listed);
	assert_held(s, PARENT, 0, 2, 555, 4, s->seq - 1);
}

/* Numbers of segments and of shared anonymous memory are different numbers. */
static void segment_is_not_the_object_of_the_same_number(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, SAF);
	attach(s, PARENT, 4, (int)at_page(s, 0)->ino);
	attach(s, PARENT, 8, 0);
	lock_as(s, PARENT, 4, 6);
	assert_free(s, PARENT, 0);
	assert_free(s, PARENT, 8);
}

static void segment_lock_is_not_the_mappings(void **state)
{
	struct script *s = *state;

	attach(s, PARENT, 0, 7);
	CALL_OF(s, shmctl, EPERM, 7, K_SHM_LOCK);
	assert_null(segment_lock(s, 0));
	CALL_OF(s, shmctl, 0, 7, K_SHM_LOCK);
	assert_int_equal(segment_lock(s, 0)->seq, s->seq);
	assert_int_equal(segment_lock(s, 0)->pid, PARENT);
	assert_int_equal(at_page(s, 0)->lock, VMA_UNLOCKED);
	CALL_OF(s, shmctl, 0, 7, K_SHM_LOCK);
	CALL_OF(s, munlock, 0, PAGE(0), PAGES(2));
	assert_int_equal(segment_lock(s, 0)->seq, s->seq - 2);
	CALL_OF(s, shmctl, 0, 7, K_SHM_UNLOCK);
	assert_null(segment_lock(s, 0));
}

static void segment_lock_ends_with_the_segment(void **state)
{
	struct script *s = *state;
	struct record leave;

	attach(s, PARENT, 0, 7);
	CALL_OF(s, shmctl, 0, 7, K_SHM_LOCK);
	CALL_OF(s, shmctl, 0, 7, K_IPC_RMID);
	attach(s, PARENT, 4, 7);
	assert_non_null(segment_lock(s, 0));
	leave = call_record(s, CALL_shmdt, 0, 0);
	leave.call.arg[0] = PAGE(0);
	script_apply(s, &leave);
	assert_non_null(segment_lock(s, 4));
	leave.call.arg[0] = PAGE(4);
	script_apply(s, &leave);
	attach(s, PARENT, 8, 7);
	assert_null(segment_lock(s, 8));
}

/* ---- many ---- */

static size_t found_by_hand(struct script *s, const struct vma *asked, int pages)
{
	size_t count = 0;
	const struct vma *vma = space_next(script_space(s), PAGE(0));

	for (; vma && vma->start < PAGE(pages); vma = space_next(script_space(s), vma->end))
		count += vma->lock && vma->ino == asked->ino && vma->offset < asked->offset + PAGES(1) &&
			 asked->offset < vma->offset + (vma->end - vma->start) &&
			 vma->start - vma->offset != asked->start - asked->offset;
	return count;
}

static unsigned some(uint64_t *random, unsigned below)
{
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(*random >> 33) % below;
}

static void every_lock_is_found_once(void **state)
{
	struct script *s = *state;
	enum { PAGES_IN_ALL = 3000 };
	uint64_t random = 7;

	for (int i = 0; i < 400; i++) {
		struct record record = file_record(s, (int)some(&random, PAGES_IN_ALL - 100), 1 + (int)some(&random, 60), R,
						   K_MAP_SHARED | K_MAP_FIXED, FD_REGULAR);

		record.call.ino = 90 + some(&random, 3);
		record.call.arg[5] = PAGES(some(&random, 50));
		script_apply(s, &record);
		if (some(&random, 2))
			CALL_OF(s, mlock, 0, record.call.arg[0], record.call.arg[1]);
	}
	for (int page = 0; page < PAGES_IN_ALL; page++) {
		const struct vma *vma = at_page(s, page);
		struct vma asked;
		static struct found found;
		struct sharing *sharing;

		if (!vma)
			continue;
		asked = vma_clip(vma, PAGE(page), PAGE(page + 1));
		sharing = sharing_new(s->world, NULL, NULL);
		found.count = 0;
		sharing_each(sharing, world_process(s->world, PARENT), &asked, note, &found);
		assert_int_equal(found.count, found_by_hand(s, &asked, PAGES_IN_ALL));
		for (size_t i = 0; i < found.count; i++)
			assert_int_equal(found.run[i].end - found.run[i].start, PAGES(1));
		sharing_free(sharing);
	}
}

static void runs_come_in_the_order_of_the_pages(void **state)
{
	struct script *s = *state;
	const struct found *found;

	map_file(s, PARENT, 0, 40, R, K_MAP_SHARED, 0);
	for (int i = 19; i >= 0; i--)
		map_file(s, PARENT, 100 + 3 * i, 2, R, K_MAP_SHARED | K_MAP_LOCKED, 2 * i);
	found = locks_on(s, PARENT, 0);
	assert_int_equal(found->count, 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(found->run[i].here, PAGE(2 * i));
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
		FACT(looks_do_not_part_what_parent_and_child_share),
		FACT(listing_finds_mappings_of_a_numbered_object),
		FACT(listing_of_another_object_is_another_mapping),
		FACT(one_listing_of_two_kinds_of_lock_is_two_runs),
		FACT(segment_attached_twice_is_one_memory),
		FACT(segment_is_not_the_object_of_the_same_number),
		FACT(segment_lock_is_not_the_mappings),
		FACT(segment_lock_ends_with_the_segment),
		FACT(every_lock_is_found_once),
		FACT(runs_come_in_the_order_of_the_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
