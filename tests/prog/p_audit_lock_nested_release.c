/*
 * Two keys on one page, as in TLPI 50.2: unlocking the one unlocks the other.
 *
 * finds: error lock-nested-release 1
 */
#include "audit.h"

static void lock_first(char *key)
{
	MUST(!mlock(key, 64));
}

static void lock_second(char *key)
{
	MUST(!mlock(key, 64));
}

static void unlock_first(char *key)
{
	MUST(!munlock(key, 64));
}

int main(void)
{
	char *p1 = pages(1), *p2 = p1 + 128;

	lock_first(p1);
	lock_second(p2);
	unlock_first(p1);
	printf("locked: %ld\n", locked_pages());
	return 0;
}
