/*
 * A daemon that locks all its memory and then forks into the background: the process that goes on has no lock.
 *
 * finds: warning lock-lost-in-child 1
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include "audit.h"

/* Goes on until the one that locked everything has ended. */
static void go_on(int parent)
{
	char none;

	_exit(read(parent, &none, 1) != 0);
}

/* With _exit, as daemon(3) does: a call, and so in the log before what the child does when it has come. */
static void begin_daemon(void)
{
	int ends[2];

	MUST(!pipe(ends) && !mlockall(MCL_CURRENT | MCL_FUTURE));
	if (fork() == 0) {
		close(ends[1]);
		go_on(ends[0]);
	}
	_exit(0);
}

int main(void)
{
	int status;

	MUST(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	if (fork() == 0)
		begin_daemon();
	while (wait(&status) > 0)
		MUST(status == 0);
	puts("both ended");
	return 0;
}
