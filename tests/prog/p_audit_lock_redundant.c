/*
 * A pool that is locked each time it is used.
 *
 * finds: note lock-redundant 4
 */
#include "audit.h"

static void use(char *pool)
{
	MUST(!mlock(pool, 2 * page()));
	*pool = 1;
}

int main(void)
{
	char *pool = pages(2);

	for (volatile int i = 0; i < 5; i++)
		use(pool);
	MUST(!munlock(pool, 2 * page()));
	puts("used");
	return 0;
}
