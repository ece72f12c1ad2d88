/*
 * A pool that stays locked, and a page of it that does not.
 *
 * finds: warning lock-never-released 1
 */
#include "audit.h"

int main(void)
{
	char *pool = pages(4), *other = pages(1);

	MUST(!mlock(pool, 4 * page()));
	MUST(!munlock(pool, page()));
	MUST(!mlock(other, page()) && !munlock(other, page()));
	printf("locked: %ld\n", locked_pages());
	return 0;
}
