/*
 * A buffer that is unlocked twice; one whose lock was refused is unlocked all the same, as it should be.
 *
 * finds: error lock-refused 1
 * finds: note unlock-unlocked 1
 */
#include "audit.h"

static void release(char *at)
{
	MUST(!munlock(at, page()));
}

int main(void)
{
	char *at = pages(1), *refused = pages(32);

	lock_at_most(16 * page());
	MUST(mlock(refused, 32 * page()) == -1);
	MUST(!munlock(refused, 32 * page()));
	MUST(!mlock(at, page()));
	for (volatile int i = 0; i < 2; i++)
		release(at);
	puts("released");
	return 0;
}
