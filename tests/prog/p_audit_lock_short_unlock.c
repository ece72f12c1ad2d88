/*
 * A buffer is locked as it was allocated and unlocked as it was aligned: its first page stays locked.  Another is unlocked
 * in two halves.
 *
 * finds: warning lock-never-released 1
 * finds: warning lock-short-unlock 1
 */
#include "audit.h"

int main(void)
{
	char *buffer = pages(4), *halves = pages(4);

	MUST(!mlock(buffer + 16, 4 * page() - 16));
	MUST(!munlock(buffer + page(), 3 * page()));
	MUST(!mlock(halves, 4 * page()));
	MUST(!munlock(halves, 2 * page()) && !munlock(halves + 2 * page(), 2 * page()));
	printf("locked: %ld\n", locked_pages());
	return 0;
}
