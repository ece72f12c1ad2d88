/*
 * t_live_proc.c - what /proc says about processes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../../collector/live/proc.h"
#include "../../../collector/live/processes.h"

static void state_and_parent_stand_behind_any_name(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, ") Z 1 ("), 0);
	assert_int_equal(proc_stat(getpid(), &stat), 0);
	assert_int_equal(stat.state, 'R');
	assert_int_equal(stat.ppid, getppid());
	assert_int_equal(proc_stat(INT32_MAX, &stat), -ENOENT);
}

static void locked_pages_and_threads_are_counted_by_the_kernel(void **state)
{
	char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct proc_status before, after;

	(void)state;
	assert_int_equal(proc_status(getpid(), &before), 0);
	assert_int_equal(before.threads, 1);
	/* the C library's would do nothing under a sanitizer, which replaces it */
	assert_int_equal(syscall(SYS_mlock, at, 8192), 0);
	assert_int_equal(proc_status(getpid(), &after), 0);
	assert_int_equal(after.vmlck_bytes - before.vmlck_bytes, 8192);
	munmap(at, 8192);
	assert_true(proc_status(INT32_MAX, &after) < 0);
}

static void a_process_that_has_ended_has_no_memory_to_ask_about(void **state)
{
	pid_t pid = fork();
	struct proc_status out;
	siginfo_t info;

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(proc_status(pid, &out), -ESRCH);
	waitpid(pid, NULL, 0);
}

static void a_thread_is_missing_only_from_a_process_that_is_there(void **state)
{
	(void)state;
	assert_true(proc_has_thread(getpid(), getpid()));
	assert_false(proc_has_thread(getpid(), INT32_MAX));
	assert_true(proc_has_thread(INT32_MAX, INT32_MAX));
}

static void a_mapped_file_is_found_by_its_name(void **state)
{
	char path[] = "/tmp/t_proc.XXXXXX";
	int fd = mkstemp(path);
	void *at = mmap(NULL, 4096, PROT_NONE, MAP_SHARED, fd, 0);

	(void)state;
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_int_equal(proc_maps(getpid(), path), 1);
	munmap(at, 4096);
	assert_int_equal(proc_maps(getpid(), path), 0);
	assert_int_equal(proc_maps(INT32_MAX, path), -ESRCH);
	close(fd);
	unlink(path);
}

/* A child that waits until it is killed. */
static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static void the_end_of_a_process_is_seen_before_anyone_waits_for_it(void **state)
{
	struct processes *processes = processes_new();
	pid_t pid = start_child();
	struct traced *traced = processes_see(processes, pid);
	struct programs programs;

	(void)state;
	assert_ptr_equal(processes_see(processes, pid), traced);
	processes_poll(processes, true);
	assert_false(traced->gone);
	kill(pid, SIGKILL);
	while (!traced->gone)
		processes_poll(processes, false);
	processes_begin_pass(processes, 7);
	assert_true(traced->closing);
	assert_int_equal(traced->gone_ns, 7);
	traced->calls = 3;
	strcpy(traced->name, "program");
	processes_close(processes, traced);
	assert_int_equal(processes_alive(processes), 0);
	assert_null(processes_find(processes, pid));
	programs = processes_programs(processes);
	assert_int_equal(programs.callers, 1);
	assert_int_equal(programs.count, 1);
	assert_string_equal(programs.program[0].name, "program");
	assert_int_equal(programs.program[0].pid, pid);
	assert_int_equal(programs.program[0].calls, 3);
	waitpid(pid, NULL, 0);
	processes_free(processes);
}

static void a_pid_that_means_nobody_is_gone(void **state)
{
	struct processes *processes = processes_new();
	struct traced *traced = processes_see(processes, INT32_MAX - 1);

	(void)state;
	processes_poll(processes, true);
	assert_true(traced->gone);
	processes_free(processes);
}

static void a_pid_of_another_namespace_is_not_taken_for_ours(void **state)
{
	struct processes *processes = processes_new();
	pid_t pid = start_child();
	struct traced *traced = processes_see(processes, pid);

	(void)state;
	processes_verify(processes, traced, getpid(), "/no/ring");
	assert_false(traced->foreign);	/* its parent is who it says */
	processes_verify(processes, traced, 1 + getpid(), "/no/ring");
	assert_true(traced->foreign);
	assert_int_equal(processes_alive(processes), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	processes_poll(processes, true);
	assert_false(traced->gone);
	processes_free(processes);
}

/* Between execve(2) and the shim's start it maps no ring, and if its parent was killed meanwhile it is another's child. */
static void an_orphan_in_the_middle_of_exec_is_ours(void **state)
{
	struct processes *processes = processes_new();
	pid_t root = start_child(), pid = start_child();
	struct traced *older = processes_see(processes, getpid()), *child = processes_see(processes, pid);

	(void)state;
	processes_root(processes, root);
	processes_verify(processes, child, 1 + getpid(), "/no/ring");
	assert_false(child->foreign);
	/* this program began before: it only has the pid of one of them */
	while (clock() < CLOCKS_PER_SEC / 50)
		;
	kill(root, SIGKILL);
	waitpid(root, NULL, 0);
	root = start_child();
	processes_root(processes, root);
	processes_verify(processes, older, 1 + getppid(), "/no/ring");
	assert_true(older->foreign);
	kill(root, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(root, NULL, 0);
	waitpid(pid, NULL, 0);
	processes_free(processes);
}

/* Its memory is gone, and with it the ring, by which it would be known; its parent may be gone too. */
static void a_process_that_has_ended_is_not_of_another_namespace(void **state)
{
	struct processes *processes = processes_new();
	struct proc_stat stat;
	pid_t pid = start_child();
	struct traced *traced = processes_see(processes, pid);

	(void)state;
	kill(pid, SIGKILL);
	do
		assert_int_equal(proc_stat(pid, &stat), 0);
	while (stat.state != 'Z');
	processes_verify(processes, traced, 1 + getpid(), "/no/ring");
	assert_false(traced->foreign);
	waitpid(pid, NULL, 0);
	processes_free(processes);
}

static void kernel_threads_are_told_by_their_flags(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(proc_stat(getpid(), &stat), 0);
	assert_false(stat.kernel_thread);
	/* kthreadd, unless this is a pid namespace of its own */
	if (proc_stat(2, &stat) || stat.ppid)
		skip();
	assert_true(stat.kernel_thread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_and_parent_stand_behind_any_name),
		cmocka_unit_test(locked_pages_and_threads_are_counted_by_the_kernel),
		cmocka_unit_test(a_process_that_has_ended_has_no_memory_to_ask_about),
		cmocka_unit_test(a_thread_is_missing_only_from_a_process_that_is_there),
		cmocka_unit_test(a_mapped_file_is_found_by_its_name),
		cmocka_unit_test(the_end_of_a_process_is_seen_before_anyone_waits_for_it),
		cmocka_unit_test(a_pid_that_means_nobody_is_gone),
		cmocka_unit_test(a_pid_of_another_namespace_is_not_taken_for_ours),
		cmocka_unit_test(an_orphan_in_the_middle_of_exec_is_ours),
		cmocka_unit_test(a_process_that_has_ended_is_not_of_another_namespace),
		cmocka_unit_test(kernel_threads_are_told_by_their_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
