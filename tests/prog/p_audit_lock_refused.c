/*
 * All meanings of a refused lock: over the limit, in two ways; a hole; a page without access; all of memory; no limit at all.
 *
 * finds: error lock-refused 1
 * finds: error lock-refused 3
 * finds: error lock-refused 1
 * finds: error lock-refused 1
 * finds: error lock-refused 1
 * finds: error lock-refused 1
 */
#include "audit.h"

static void over_limit(char *at)
{
	MUST(mlock(at, 9 * page()) && errno == ENOMEM);
	for (volatile int i = 0; i < 3; i++)
		MUST(mlock(at + (size_t)i * page(), 10 * page()) && errno == ENOMEM);
}

static void over_hole(char *at)
{
	MUST(!munmap(at + 2 * page(), page()));
	MUST(mlock(at, 4 * page()) && errno == ENOMEM);
	MUST(locked_pages() == 2 && !munlock(at, 2 * page()));
}

static void over_guard(char *at)
{
	MUST(!mprotect(at + 5 * page(), page(), PROT_NONE));
	MUST(mlock(at + 4 * page(), 2 * page()) && errno == ENOMEM);
	MUST(locked_pages() == 2 && !munlock(at + 4 * page(), 2 * page()));
}

static void everything(void)
{
	MUST(mlockall(MCL_CURRENT) && errno == ENOMEM);
}

static void without_any_limit(char *at)
{
	lock_at_most(0);
	MUST(mlock(at, page()) && errno == EPERM);
}

int main(void)
{
	char *at = pages(16);

	lock_at_most(8 * page());
	over_limit(at);
	over_hole(at);
	over_guard(at);
	everything();
	without_any_limit(at);
	printf("locked: %ld\n", locked_pages());
	return 0;
}
