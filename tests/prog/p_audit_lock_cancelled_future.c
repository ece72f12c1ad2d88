/*
 * mlockall(MCL_CURRENT) after MCL_FUTURE, and memory that comes without a lock; a second time MCL_FUTURE comes back at once.
 *
 * finds: warning lock-cancelled-future 1
 */
#include "audit.h"

static void lock_again(void)
{
	MUST(!mlockall(MCL_CURRENT));
}

static void lock_again_rightly(void)
{
	MUST(!mlockall(MCL_CURRENT));
	MUST(!mlockall(MCL_FUTURE));
}

int main(void)
{
	long locked;

	MUST(!mlockall(MCL_CURRENT | MCL_FUTURE));
	lock_again();
	locked = locked_pages();
	pages(2);
	MUST(locked_pages() == locked);
	MUST(!mlockall(MCL_CURRENT | MCL_FUTURE));
	lock_again_rightly();
	locked = locked_pages();
	pages(2);
	MUST(locked_pages() == locked + 2);
	MUST(!munlockall());
	puts("done");
	return 0;
}
