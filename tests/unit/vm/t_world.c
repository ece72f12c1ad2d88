/*
 * t_world.c - processes: who has which address space, and when it is a copy, the same one, or an empty one.
 */
#include "calls.h"

static void process_event(struct script *s, int32_t pid, int32_t ppid, enum process_event event)
{
	struct record record = { .type = RECORD_PROCESS, .seq = ++s->seq, .pid = pid, .tid = pid };

	record.process = (struct record_process){ .event = event, .ppid = ppid, .exe = "/bin/child" };
	script_apply(s, &record);
}

static void child_returned(struct script *s, enum call_id call, int32_t child, uint64_t flags)
{
	struct record record = call_record(s, call, child, 0);

	record.call.arg[0] = flags;
	script_apply(s, &record);
}

static struct space *space_of(struct script *s, int32_t pid)
{
	return world_process(s->world, pid)->space;
}

static size_t processes(struct script *s)
{
	size_t count = 0;

	while (world_each(s->world, count))
		count++;
	return count;
}

static void fork_copies_without_locks(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, PAF | K_MAP_LOCKED);
	CALL_OF(s, madvise, 0, PAGE(1), PAGES(1), K_MADV_DONTFORK);
	process_event(s, 101, 100, PROCESS_FORK);
	s->pid = 101;
	assert_locks(s, "-.--");
	assert_int_equal(at_page(s, 0)->by.lock, s->seq);
	assert_int_equal(space_totals(space_of(s, 101)).locked_peak, 0);
	s->pid = 100;
	assert_locks(s, "LLLL");
}

static void show_program(struct script *s, int32_t pid)
{
	static const struct snapshot_range range[] = {
		{ PAGE(0), PAGE(1), "r-xp", 0, 8, 77, "/bin/child", NULL },
		{ PAGE(1), PAGE(2), "rw-p", 0, 0, 0, NULL, NULL },
		{ PAGE(2), PAGE(3), "r--s", 0, 8, 78, "/file", NULL },
		{ PAGE(3), PAGE(4), "rw-p", 0, 0, 0, "[stack]", NULL },
		{ PAGE(4), PAGE(5), "r-xp", 0, 0, 0, "[vdso]", NULL },
	};
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++s->seq, .pid = pid, .tid = pid };

	record.snapshot = (struct record_snapshot){ .why = "start", .last = true, .to = SPACE_END, .count = 5, .range = range };
	script_apply(s, &record);
}

/* prctl(PR_SET_MEMORY_MERGE) lasts over exec; the listing of a new program has no flags. */
static void a_program_is_mergeable_if_the_one_before_was(void **state)
{
	static const uint16_t want[] = { ADVICE_MERGEABLE, ADVICE_MERGEABLE, 0, 0, 0 };
	struct script *s = *state;

	process_event(s, 101, 100, PROCESS_START);
	show_program(s, 101);
	s->pid = 101;
	assert_int_equal(at_page(s, 0)->advice, 0);
	CALL_OF(s, prctl, 0, K_PR_SET_MEMORY_MERGE, 1);
	process_event(s, 101, 100, PROCESS_EXEC);
	show_program(s, 101);
	for (int i = 0; i < 5; i++)
		assert_int_equal(at_page(s, i)->advice, want[i]);
	process_event(s, 102, 101, PROCESS_START);
	show_program(s, 102);
	s->pid = 102;
	assert_int_equal(at_page(s, 1)->advice, ADVICE_MERGEABLE);
}

/* posix_spawn: the child's execve is told before its start, and whose child it is with that. */
static void what_was_set_before_recording_is_told_by_the_start(void **state)
{
	struct script *s = *state;
	struct record record = { .type = RECORD_PROCESS, .seq = ++s->seq, .pid = 101, .tid = 101 };

	record.process = (struct record_process){ .event = PROCESS_START, .mdwe = K_MDWE_REFUSE_EXEC_GAIN, .merge_any = true };
	script_apply(s, &record);
	assert_int_equal(space_of(s, 101)->mdwe, K_MDWE_REFUSE_EXEC_GAIN);
	assert_true(space_of(s, 101)->merge_any);
	show_program(s, 101);
	s->pid = 101;
	assert_true(at_page(s, 1)->advice & ADVICE_MERGEABLE);
	do_map(s, 10, 1, RW, PAF);
	assert_true(at_page(s, 10)->advice & ADVICE_MERGEABLE);
}

static void a_spawned_program_has_its_parents_switches(void **state)
{
	struct script *s = *state;
	struct record execve;

	CALL_OF(s, prctl, 0, K_PR_SET_MEMORY_MERGE, 1);
	CALL_OF(s, prctl, 0, K_PR_SET_MDWE, 1);
	s->pid = 101;
	execve = call_record(s, CALL_execve, 0, 0);
	execve.call.has = 0;
	script_apply(s, &execve);
	process_event(s, 101, 100, PROCESS_START);
	show_program(s, 101);
	assert_int_equal(at_page(s, 1)->advice, ADVICE_MERGEABLE);
	assert_int_equal(script_space(s)->mdwe, 1);
}

static void what_is_not_inherited_is_lost_by_exec_too(void **state)
{
	struct script *s = *state;

	CALL_OF(s, prctl, 0, K_PR_SET_MDWE, K_MDWE_REFUSE_EXEC_GAIN | K_MDWE_NO_INHERIT);
	process_event(s, 100, 1, PROCESS_EXEC);
	assert_int_equal(script_space(s)->mdwe, 0);
	CALL_OF(s, prctl, 0, K_PR_SET_MDWE, K_MDWE_REFUSE_EXEC_GAIN);
	process_event(s, 100, 1, PROCESS_EXEC);
	assert_int_equal(script_space(s)->mdwe, K_MDWE_REFUSE_EXEC_GAIN);
}

static void fork_record_and_fork_result_are_one_child(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	process_event(s, 101, 100, PROCESS_FORK);
	CALL_OF(s, munmap, 0, PAGE(0), PAGES(1));
	child_returned(s, CALL_fork, 101, 0);
	s->pid = 101;
	assert_locks(s, "--");
	s->pid = 100;
	child_returned(s, CALL_fork, 102, 0);
	process_event(s, 102, 100, PROCESS_FORK);
	assert_int_equal(processes(s), 3);
}

static void used_again_pid_is_a_new_process(void **state)
{
	struct script *s = *state;

	child_returned(s, CALL_fork, 101, 0);
	process_event(s, 101, 100, PROCESS_FORK);
	process_event(s, 101, 0, PROCESS_EXIT);
	assert_true(world_process(s->world, 101)->exited);
	do_map(s, 0, 1, RW, PAF);
	child_returned(s, CALL_fork, 101, 0);
	assert_int_equal(processes(s), 3);
	assert_false(world_process(s->world, 101)->exited);
	process_event(s, 101, 100, PROCESS_FORK);
	assert_int_equal(processes(s), 3);
}

static void pid_of_somebody_elses_child_is_not_ours(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 1, RW, PAF);
	process_event(s, 101, 7, PROCESS_START);
	child_returned(s, CALL_fork, 101, 0);
	assert_int_equal(processes(s), 3);
	assert_int_equal(world_process(s->world, 101)->ppid, 100);
	s->pid = 101;
	assert_locks(s, "-");
}

static void vfork_child_acts_on_its_parent_until_exec(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 4, RW, PAF);
	child_returned(s, CALL_vfork, 101, 0);
	s->pid = 101;
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(2));
	assert_ptr_equal(space_of(s, 100), space_of(s, 101));
	process_event(s, 101, 100, PROCESS_EXEC);
	assert_locks(s, "....");
	assert_string_equal(world_process(s->world, 101)->exe, "/bin/child");
	s->pid = 100;
	assert_locks(s, "LL--");
}

static void clone_with_vm_shares_a_thread_is_no_process(void **state)
{
	struct script *s = *state;

	child_returned(s, CALL_clone, 101, K_CLONE_VM | K_CLONE_VFORK);
	assert_ptr_equal(space_of(s, 100), space_of(s, 101));
	child_returned(s, CALL_clone, 102, K_CLONE_VM | K_CLONE_THREAD);
	assert_null(world_process(s->world, 102));
	child_returned(s, CALL_clone, 103, 0);
	assert_ptr_not_equal(space_of(s, 100), space_of(s, 103));
}

static void exec_empties_and_forgets_future(void **state)
{
	struct script *s = *state;

	CALL_OF(s, mlockall, 0, K_MCL_CURRENT | K_MCL_FUTURE);
	do_map(s, 0, 2, RW, PAF);
	process_event(s, 100, 1, PROCESS_EXEC);
	assert_locks(s, "..");
	assert_int_equal(space_totals(script_space(s)).vmlck, 0);
	do_map(s, 0, 2, RW, PAF);
	assert_locks(s, "--");
	assert_int_equal(processes(s), 1);
}

static void child_first_seen_after_its_exec_is_not_its_parents_copy(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 2, RW, PAF);
	process_event(s, 101, 100, PROCESS_START);
	child_returned(s, CALL_vfork, 101, 0);
	s->pid = 101;
	assert_locks(s, "..");
	assert_int_equal(processes(s), 2);
}

static void fork_can_drop_the_refusal_of_new_code(void **state)
{
	struct script *s = *state;

	CALL_OF(s, prctl, 0, K_PR_SET_MDWE, K_MDWE_REFUSE_EXEC_GAIN | K_MDWE_NO_INHERIT);
	do_map(s, 0, 1, RW, PAF);
	do_map(s, 1, 1, R | X, PAF);
	CALL_OF(s, mprotect, EACCES, PAGE(0), PAGES(2), R | X);
	assert_prots(s, "35");
	assert_int_equal(s->last, APPLY_DONE);
	process_event(s, 101, 100, PROCESS_FORK);
	s->pid = 101;
	CALL_OF(s, mprotect, EACCES, PAGE(0), PAGES(2), R | X);
	assert_int_equal(s->last, APPLY_LOOK);
}

static void call_of_an_unknown_pid_starts_a_process_and_asks_to_look(void **state)
{
	struct script *s = *state;

	s->pid = 555;
	do_map(s, 0, 1, RW, PAF);
	assert_int_equal(s->last, APPLY_LOOK);
	assert_locks(s, "-");
	assert_int_equal(processes(s), 2);
	assert_int_equal(world_process(s->world, 0)->pid, 100);
}

static void prlimit_reaches_another_process(void **state)
{
	struct script *s = *state;
	struct record record;

	process_event(s, 101, 100, PROCESS_FORK);
	record = call_record(s, CALL_prlimit, 0, 0);
	record.call.arg[0] = 101;
	record.call.arg[1] = K_RLIMIT_AS;
	record.call.has |= HAS_RLIMIT;
	record.call.soft = 4242;
	script_apply(s, &record);
	assert_int_equal(space_of(s, 101)->limits.as, 4242);
	assert_int_equal(space_of(s, 100)->limits.as, UINT64_MAX);
}

static void unfinished_exec_changes_nothing(void **state)
{
	struct script *s = *state;
	struct record record = call_record(s, CALL_execve, 0, 0);

	do_map(s, 0, 1, RW, PAF);
	record.call.has = 0;
	script_apply(s, &record);
	assert_int_equal(s->last, APPLY_DONE);
	assert_locks(s, "-");
}

static void many_processes_are_found(void **state)
{
	struct script *s = *state;

	for (int32_t pid = 1000; pid < 1500; pid++)
		process_event(s, pid, 100, PROCESS_FORK);
	for (int32_t pid = 1000; pid < 1500; pid++)
		assert_int_equal(world_process(s->world, pid)->pid, pid);
	assert_null(world_process(s->world, 1500));
}

/* ---- leaving ---- */

static void count_left(void *arg, const struct process *process)
{
	size_t *left = arg;

	assert_true(process->exited);
	assert_non_null(process->space);
	++*left;
}

static void short_lives(struct script *s, int32_t first, int32_t count)
{
	for (int32_t pid = first; pid < first + count; pid++) {
		process_event(s, pid, 100, PROCESS_FORK);
		child_returned(s, CALL_fork, pid, 0);
		process_event(s, pid, 100, PROCESS_EXIT);
	}
}

static void who_has_ended_leaves_but_for_the_last(void **state)
{
	struct script *s = *state;
	size_t left = 0;

	world_let_leave(s->world, count_left, &left);
	short_lives(s, 200, 100);
	assert_int_equal(processes(s), 1 + 17); /* the last exit is still being looked at */
	assert_int_equal(left, 100 - 17);
	assert_null(world_process(s->world, 200));
	assert_int_equal(world_process(s->world, 299)->ppid, 100);
	assert_int_equal(world_each(s->world, 0)->pid, 100);
	assert_int_equal(world_each(s->world, 1)->pid, 283);
}

static void without_leave_to_go_all_stay(void **state)
{
	struct script *s = *state;

	short_lives(s, 200, 100);
	assert_int_equal(processes(s), 101);
}

/* A parent may be stopped in its fork for as long as others live and end. */
static void a_fork_that_returns_after_the_childs_end_makes_no_process(void **state)
{
	struct script *s = *state;
	size_t left = 0;

	world_let_leave(s->world, count_left, &left);
	process_event(s, 101, 100, PROCESS_FORK);
	process_event(s, 101, 100, PROCESS_EXIT);
	short_lives(s, 200, 50);
	assert_null(world_process(s->world, 101));
	child_returned(s, CALL_fork, 101, 0);
	assert_null(world_process(s->world, 101));
	/* once only: the next one is another */
	child_returned(s, CALL_fork, 101, 0);
	assert_non_null(world_process(s->world, 101));
}

/* The pid's next process ends the one before, whether or not an exit told so. */
static void a_pid_that_is_used_again_lets_the_one_before_leave(void **state)
{
	struct script *s = *state;
	size_t left = 0;

	world_let_leave(s->world, count_left, &left);
	for (int i = 0; i < 40; i++) {
		process_event(s, 101, 100, PROCESS_FORK);
		child_returned(s, CALL_fork, 101, 0);
	}
	assert_false(world_process(s->world, 101)->exited);
	short_lives(s, 200, 17);
	assert_int_equal(left, 39);
	assert_false(world_process(s->world, 101)->exited);
}

static void a_borrowed_space_outlives_whoever_leaves(void **state)
{
	struct script *s = *state;
	size_t left = 0;

	world_let_leave(s->world, count_left, &left);
	do_map(s, 0, 2, RW, PAF);
	child_returned(s, CALL_vfork, 101, 0);
	process_event(s, 101, 100, PROCESS_EXIT);
	short_lives(s, 200, 40);
	assert_null(world_process(s->world, 101));
	assert_int_equal(space_users(space_of(s, 100)), 1);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(1));
	assert_locks(s, "L-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(fork_copies_without_locks),
		FACT(a_program_is_mergeable_if_the_one_before_was),
		FACT(what_was_set_before_recording_is_told_by_the_start),
		FACT(a_spawned_program_has_its_parents_switches),
		FACT(what_is_not_inherited_is_lost_by_exec_too),
		FACT(fork_record_and_fork_result_are_one_child),
		FACT(used_again_pid_is_a_new_process),
		FACT(pid_of_somebody_elses_child_is_not_ours),
		FACT(vfork_child_acts_on_its_parent_until_exec),
		FACT(clone_with_vm_shares_a_thread_is_no_process),
		FACT(exec_empties_and_forgets_future),
		FACT(child_first_seen_after_its_exec_is_not_its_parents_copy),
		FACT(fork_can_drop_the_refusal_of_new_code),
		FACT(call_of_an_unknown_pid_starts_a_process_and_asks_to_look),
		FACT(prlimit_reaches_another_process),
		FACT(unfinished_exec_changes_nothing),
		FACT(many_processes_are_found),
		FACT(who_has_ended_leaves_but_for_the_last),
		FACT(without_leave_to_go_all_stay),
		FACT(a_fork_that_returns_after_the_childs_end_makes_no_process),
		FACT(a_pid_that_is_used_again_lets_the_one_before_leave),
		FACT(a_borrowed_space_outlives_whoever_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
