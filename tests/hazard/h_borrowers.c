/*
 * h_borrowers: children that share their parent's memory, by clone(2) with CLONE_VM on a stack of their own: some while the
 * parent waits (CLONE_VFORK), some while it goes on making calls.  They also share the parent's thread-local memory, as no C
 * library was asked.
 */
#include "hazard.h"

#include <sched.h>
#include <sys/wait.h>

#define ROUNDS 5000

static char stack[65536] __attribute__((aligned(16)));
static _Atomic int running;

static int few_calls(void *arg)
{
	(void)arg;
	c_round();
	return 5;
}

static int many_calls(void *arg)
{
	running = 1;
	for (int i = 0; i < ROUNDS; i++)
		c_madvise(arg);
	return 6;
}

static int reap(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **argv)
{
	char *p;
	bool together = argc > 1 && !strcmp(argv[1], "together");

	watchdog(20);
	counting_begin();
	p = c_mmap();
	for (int i = 0; i < 20; i++)
		if (reap(clone(few_calls, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL)) != 5)
			return 1;
	if (together) {
		pid_t pid = clone(many_calls, stack + sizeof(stack), CLONE_VM | SIGCHLD, p);

		while (!running)
			;
		for (int i = 0; i < ROUNDS; i++)
			c_madvise(p);
		if (reap(pid) != 6)
			return 1;
	}
	counting_end();
	puts("all came back");
	return 0;
}
