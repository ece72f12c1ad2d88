/*
 * A program without the right to lock more than its limit comes close to it; it becomes what it is by exec, as limits that
 * are set from outside would have it.
 *
 * finds: warning lock-limit-near 1
 */
#include <sys/prctl.h>

#include "audit.h"

static void start_again(char **argv)
{
	static char word[] = "again";
	char *const again[] = { argv[0], word, NULL };

	prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK);	/* refused to who has no right to begin with */
	lock_at_most(16 * page());
	execv("/proc/self/exe", again);
	exit(1);
}

static void lock_most(char *at)
{
	MUST(!mlock(at, 15 * page()));
	MUST(!munlock(at, 15 * page()));
}

static void lock_some(char *at)
{
	MUST(!mlock(at, 14 * page()));
	MUST(!munlock(at, 14 * page()));
}

int main(int argc, char **argv)
{
	char *at;

	if (argc == 1)
		start_again(argv);
	at = pages(16);
	lock_some(at);
	lock_most(at);
	puts("done");
	return 0;
}
