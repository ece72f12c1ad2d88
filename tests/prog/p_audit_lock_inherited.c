/*
 * A helper program started by fork while a key is locked; then the key is kept from the next ones: by posix_spawn and by what
 * uses it, by a child that unmaps it first, by advice.
 *
 * finds: note lock-inherited 1
 */
#include <spawn.h>
#include <sys/wait.h>

#include "audit.h"

extern char **environ;

static char program[] = "/bin/true", *const helper[] = { program, NULL };

static void wait_for(pid_t child)
{
	MUST(child > 0 && waitpid(child, NULL, 0) == child);
}

static void start_by_fork(void)
{
	pid_t child = fork();

	if (!child) {
		execv(helper[0], helper);
		_exit(1);
	}
	wait_for(child);
}

static void start_rightly(void)
{
	FILE *pipe = popen("/bin/true", "r");
	pid_t child;

	MUST(pipe && pclose(pipe) == 0 && system("/bin/true") == 0);
	MUST(!posix_spawn(&child, helper[0], NULL, NULL, helper, environ));
	wait_for(child);
}

static void start_after_unmapping(char *key)
{
	pid_t child = fork();

	if (!child) {
		munmap(key, page());
		execv(helper[0], helper);
		_exit(1);
	}
	wait_for(child);
}

static void start_without_key(char *key)
{
	pid_t child;

	MUST(!madvise(key, page(), MADV_DONTFORK));
	child = fork();
	if (!child)
		_exit(0);
	wait_for(child);
}

int main(void)
{
	char *key = pages(1);

	MUST(!mlock(key, 32));
	start_by_fork();
	start_rightly();
	start_after_unmapping(key);
	start_without_key(key);
	MUST(!munlock(key, 32));
	puts("done");
	return 0;
}
