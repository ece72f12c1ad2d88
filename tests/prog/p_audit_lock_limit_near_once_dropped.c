/*
 * A program that was started with the right to lock, drops it, and then locks until it is refused.
 *
 * finds: warning lock-limit-near 1
 * finds: error lock-refused 1
 */
#include "audit.h"

int main(void)
{
	char *at = pages(32);

	lock_at_most(16 * page());
	for (volatile int i = 0; i < 15; i++)
		MUST(!mlock(at + (size_t)i * page(), page()));
	MUST(mlock(at + 15 * page(), 2 * page()) && errno == ENOMEM);
	MUST(!munlock(at, 15 * page()));
	puts("refused");
	return 0;
}
