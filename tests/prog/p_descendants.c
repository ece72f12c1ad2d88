/*
 * p_descendants - children of every kind while their parent goes on changing its pages: copies made by a thread, in a signal
 * handler, by fork, clone and clone3 through syscall(2); borrowers of its memory; new programs.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>

#include "prog.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

#define RW (PROT_READ | PROT_WRITE)

extern char **environ;
static char *shared_ground, *program;
static char stack[65536] __attribute__((aligned(16)));

static char *fresh(int pages)
{
	return t_mmap(NULL, pages * page(), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static char *page_of(int number)
{
	return shared_ground + number * page();
}

static void wait_for(pid_t child)
{
	if (waitpid(child, NULL, __WALL) != child)
		abort();
}

/* The parent goes on first: what it does then is none of the child's. */
static void child_looks(int from_parent, const char *label)
{
	char byte;

	if (read(from_parent, &byte, 1) != 1)
		abort();
	look(label);
	t_mlock(fresh(3), page());
	look("of-its-own");
	_exit(0);
}

static long clone3_like_fork(void)
{
	uint64_t args[8] = { [4] = SIGCHLD };

	return syscall(SYS_clone3, args, sizeof(args));
}

static pid_t copied(int way)
{
	switch (way) {
	case 0:
		return fork();
	case 1:
		return (pid_t)syscall(SYS_fork);
	case 2:
		return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	default:
		return (pid_t)clone3_like_fork();
	}
}

static void copies(void)
{
	static const char *const label[] = { "by-fork", "by-syscall-fork", "by-syscall-clone", "by-syscall-clone3" };

	for (int way = 0; way < 4; way++) {
		int go[2];
		pid_t child;
		char *later;

		if (pipe(go))
			abort();
		t_mlock(page_of(way), page());
		child = copied(way);
		if (child == 0)
			child_looks(go[0], "copy");
		later = fresh(5);
		t_mlock(later, 5 * page());
		t_mprotect(page_of(way), page(), PROT_READ);
		if (write(go[1], "", 1) != 1)
			abort();
		wait_for(child);
		look(label[way]);
		t_munmap(later, 5 * page());
	}
}

static void *fork_from_thread(void *unused)
{
	char *mine = fresh(4);
	pid_t child;

	(void)unused;
	t_mlock(mine, page());
	t_madvise(mine + page(), page(), MADV_DONTFORK);
	t_madvise(mine + 2 * page(), page(), MADV_WIPEONFORK);
	child = fork();
	if (child == 0) {
		look("of-thread");
		_exit(0);
	}
	wait_for(child);
	return NULL;
}

static void fork_from_handler(int number)
{
	pid_t child = fork();

	(void)number;
	if (child == 0) {
		t_mlock(fresh(3), page());
		look("of-handler");
		_exit(0);
	}
	wait_for(child);
}

/* In the parent's memory, though it is another process. */
static int borrow(void *unused)
{
	(void)unused;
	t_mlock(page_of(8), 2 * page());
	t_munmap(page_of(11), page());
	return 0;
}

static void borrowers(void)
{
	pid_t child = clone(borrow, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);

	wait_for(child);
	look("borrowed");
	child = vfork();
	if (child == 0) {
		mprotect(page_of(9), page(), PROT_NONE);
		_exit(0);
	}
	wait_for(child);
	look("borrowed-by-vfork");
}

static void programs(void)
{
	char spawned[] = "spawned", *args[] = { program, spawned, NULL };
	pid_t child;

	t_mlockall(MCL_CURRENT | MCL_FUTURE);
	if (posix_spawn(&child, program, NULL, NULL, args, environ))
		abort();
	wait_for(child);
	child = fork();
	if (child == 0) {
		fresh(2);
		look("before-exec");
		execl(program, program, "executed", (char *)NULL);
	}
	wait_for(child);
	look("everything-locked");
	t_munlockall();
}

int main(int argc, char **argv)
{
	pthread_t thread;

	program = argv[0];
	shared_ground = fresh(16);
	if (argc > 1) {
		t_mlock(shared_ground, page());
		look(argv[1]);
		return 0;
	}
	copies();
	pthread_create(&thread, NULL, fork_from_thread, NULL);
	pthread_join(thread, NULL);
	signal(SIGUSR1, fork_from_handler);
	raise(SIGUSR1);
	borrowers();
	programs();
	puts("done");
	return 0;
}
