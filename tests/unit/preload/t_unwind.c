/*
 * t_unwind.c - the second unwinder finds the callers of its start, and stays out of its own way.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../../preload/unwind.h"
#include "walks.h"

static struct walks walks;
static struct step_result inner;
static void (*inside_libunwind)(void);

/* libunwind calls this for its mutex; it stands for all the calls that come back into our wrappers. */
int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	if (inside_libunwind)
		inside_libunwind();
	return (int)syscall(SYS_rt_sigprocmask, how, set, old, 8);
}

__attribute__((noinline)) static void walk(struct step_start *start, int max)
{
	walks.result = unwind_walk(start, walks.ours, max);
}

/*
 * By libunwind's quick way, which needs a return address to know the start by, or else by its cursor, which
 * knows it by the stack pointer.
 */
static bool quickly;

__attribute__((noinline)) static void walk_max(int max)
{
	struct step_start start;

	walks_take(&walks);
	STEP_HERE(start);
	if (quickly) {
		start.pc = (uintptr_t)__builtin_return_address(0);
		start.sp = (uintptr_t)__builtin_dwarf_cfa();
	}
	walk(&start, max);
	__asm__ volatile("" : : : "memory");
}

__attribute__((noinline)) static void recurse(int depth, int max)
{
	if (depth)
		recurse(depth - 1, max);
	else
		walk_max(max);
	__asm__ volatile("" : : : "memory");
}

/* What walks_take() found from one frame further in. */
static void assert_equal_to_oracle(int count)
{
	assert_int_equal(walks.result.count, count);
	for (int i = 0; i < count; i++)
		assert_int_equal(walks.ours[i], walks.oracle[i + 2 + quickly]);
}

static void callers_of_the_start_are_found(void **state)
{
	(void)state;
	for (int depth = 0; depth < 60; depth++) {
		quickly = depth % 2;
		recurse(depth / 2, 100);
		assert_true(walks.oracle_count > depth / 2 + 4);
		assert_equal_to_oracle(walks.oracle_count - 2 - quickly);
		assert_false(walks.result.truncated);
	}
}

static void depth_limit_sets_truncated(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		quickly = i;
		recurse(10, 6);
		assert_equal_to_oracle(6);
		assert_true(walks.result.truncated);
		recurse(10, walks.oracle_count - 2 - quickly);
		assert_false(walks.result.truncated);
	}
}

static void more_frames_than_the_quick_way_has_room_for(void **state)
{
	(void)state;
	quickly = true;
	recurse(300, WALKS_FRAMES);
	assert_true(walks.oracle_count > 300);
	assert_equal_to_oracle(walks.oracle_count - 3);
	recurse(300, 100);
	assert_equal_to_oracle(100);
	assert_true(walks.result.truncated);
}

static void errno_is_kept(void **state)
{
	(void)state;
	errno = 1234;
	recurse(3, WALKS_FRAMES);
	assert_int_equal(errno, 1234);
}

static void walk_inside(void)
{
	struct step_start start;
	uintptr_t frames[8 + UNWIND_OWN_MAX];

	inside_libunwind = NULL;
	STEP_HERE(start);
	inner = unwind_walk(&start, frames, 8);
}

static void walk_inside_a_walk_is_empty(void **state)
{
	struct step_start start;

	(void)state;
	inner = (struct step_result){ 1, false, false };
	inside_libunwind = walk_inside;
	STEP_HERE(start);
	walk(&start, 8);
	assert_null(inside_libunwind);
	assert_int_equal(inner.count, 0);
	assert_true(inner.truncated);
	assert_true(walks.result.count > 0);
}

static void calls_of_libc_itself_are_not_walked(void **state)
{
	struct step_start start;

	(void)state;
	STEP_HERE(start);
	start.pc = (uintptr_t)qsort + 1;
	walk(&start, 8);
	assert_int_equal(walks.result.count, 0);
	assert_true(walks.result.truncated);
}

static void start_of_another_stack_is_refused(void **state)
{
	struct step_start start;

	(void)state;
	STEP_HERE(start);
	start.sp += 8;
	walk(&start, 8);
	assert_int_equal(walks.result.count, 0);
	assert_true(walks.result.truncated);
}

/* ---- a fork while another thread is walking ---- */
static sem_t is_inside, may_go_on;

static void wait_inside(void)
{
	inside_libunwind = NULL;
	sem_post(&is_inside);
	sem_wait(&may_go_on);
}

static void *walk_slowly(void *unused)
{
	struct step_start start;
	uintptr_t frames[8 + UNWIND_OWN_MAX];

	(void)unused;
	inside_libunwind = wait_inside;
	STEP_HERE(start);
	inner = unwind_walk(&start, frames, 8);
	return NULL;
}

/* 42: there is no walk; 43: there is one; killed by the alarm: it waits for the lock. */
static int fork_and_walk(void)
{
	struct step_start start;
	int status = 0;
	const pid_t pid = fork();

	if (pid == 0) {
		alarm(5);
		unwind_after_fork();
		STEP_HERE(start);
		walk(&start, 8);
		_exit(walks.result.count == 0 ? 42 : 43);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void child_does_not_wait_for_a_lost_walker(void **state)
{
	pthread_t thread;

	(void)state;
	sem_init(&is_inside, 0, 0);
	sem_init(&may_go_on, 0, 0);
	assert_int_equal(fork_and_walk(), 43);
	pthread_create(&thread, NULL, walk_slowly, NULL);
	sem_wait(&is_inside);
	assert_int_equal(fork_and_walk(), 42);
	sem_post(&may_go_on);
	pthread_join(thread, NULL);
	assert_true(inner.count > 0);
	assert_int_equal(fork_and_walk(), 43);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(callers_of_the_start_are_found),
		cmocka_unit_test(depth_limit_sets_truncated),
		cmocka_unit_test(more_frames_than_the_quick_way_has_room_for),
		cmocka_unit_test(errno_is_kept),
		cmocka_unit_test(walk_inside_a_walk_is_empty),
		cmocka_unit_test(calls_of_libc_itself_are_not_walked),
		cmocka_unit_test(start_of_another_stack_is_refused),
		cmocka_unit_test(child_does_not_wait_for_a_lost_walker),
	};

	if (!unwind_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
