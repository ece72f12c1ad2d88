/*
 * Two keys on one page, as in TLPI 50.2; here nobody unlocks before the end.
 *
 * finds: warning lock-never-released 1
 * finds: warning lock-never-released 1
 * finds: warning lock-shared-page 1
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

int main(void)
{
	char *p1 = pages(1);

	lock_first(p1);
	lock_second(p1 + 128);
	puts("locked");
	return 0;
}
