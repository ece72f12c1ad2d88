/*
 * A pool that is trimmed while a part of it is locked.  Once it is unlocked the trim is as it should be, and seen as what
 * it is.
 *
 * finds: note dontneed-discards 1
 * finds: warning dontneed-on-locked 2
 */
#include "audit.h"

static int trim(char *pool)
{
	return madvise(pool, 4 * page(), MADV_DONTNEED);
}

int main(void)
{
	char *pool = pages(4);

	MUST(!mlock(pool + page(), page()));
	for (volatile int i = 0; i < 2; i++)
		MUST(trim(pool) == -1);
	MUST(!munlock(pool + page(), page()));
	MUST(!trim(pool));
	puts("trimmed");
	return 0;
}
