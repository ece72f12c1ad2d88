/*
 * t_sharing_objects.c - memory that has a number: objects as listings name them, and System V segments with locks of their
 * own.
 */
#include "sharing.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(looks_do_not_part_what_parent_and_child_share),
		FACT(listing_finds_mappings_of_a_numbered_object),
		FACT(listing_of_another_object_is_another_mapping),
		FACT(one_listing_of_two_kinds_of_lock_is_two_runs),
		FACT(segment_attached_twice_is_one_memory),
		FACT(segment_is_not_the_object_of_the_same_number),
		FACT(segment_lock_is_not_the_mappings),
		FACT(segment_lock_ends_with_the_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
