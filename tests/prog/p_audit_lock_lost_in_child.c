/*
 * A worker process that has its parent's key without the lock; another becomes a new program: a finding each, of one rule.
 *
 * finds: warning lock-lost-in-child 1
 * finds: note lock-inherited 1
 */
#include <sys/wait.h>

#include "audit.h"

static void start_worker(void)
{
	pid_t child = fork();

	if (!child)
		_exit(locked_pages() != 0);
	MUST(waitpid(child, NULL, 0) == child);
}

static void start_program(void)
{
	pid_t child = fork();

	if (!child) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	MUST(waitpid(child, NULL, 0) == child);
}

int main(void)
{
	char *key = pages(1);

	MUST(!mlock(key, page()));
	start_worker();
	start_program();
	MUST(!munlock(key, page()));
	puts("done");
	return 0;
}
