/*
 * A key that a core file would have, and what spares one from that: MADV_DONTDUMP, also taken back before the unlock,
 * PR_SET_DUMPABLE, RLIMIT_CORE.  A limit above 0 first, whatever the program was started with.
 *
 * finds: warning lock-dumpable 1
 */
#include <sys/prctl.h>

#include "audit.h"

static void set_core_limit(rlim_t soft)
{
	struct rlimit limit;

	MUST(!getrlimit(RLIMIT_CORE, &limit));
	limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
	MUST(!setrlimit(RLIMIT_CORE, &limit));
}

static void keep(char *key)
{
	MUST(!mlock(key, 32));
	MUST(!munlock(key, 32));
}

static void keep_spared(char *key)
{
	MUST(!mlock(key, 32));
	MUST(!madvise(key, page(), MADV_DONTDUMP));
	MUST(!madvise(key, page(), MADV_DODUMP));
	MUST(!munlock(key, 32));
}

static void keep_undumpable(char *key)
{
	MUST(!prctl(PR_SET_DUMPABLE, 0));
	MUST(!mlock(key, 32) && !munlock(key, 32));
	MUST(!prctl(PR_SET_DUMPABLE, 1));
}

static void keep_without_core_files(char *key)
{
	set_core_limit(0);
	MUST(!mlock(key, 32) && !munlock(key, 32));
}

int main(void)
{
	char *key = pages(1);

	set_core_limit(1 << 20);
	keep(key);
	keep_spared(key);
	keep_undumpable(key);
	keep_without_core_files(key);
	puts("done");
	return 0;
}
