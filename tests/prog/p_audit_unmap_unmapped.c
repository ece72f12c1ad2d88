/*
 * A buffer that two owners free.  A hole inside a mapping is none of that.
 *
 * finds: warning unmap-unmapped 1
 */
#include "audit.h"

static void owner_frees(char *at)
{
	MUST(!munmap(at, 2 * page()));
}

static void cache_frees(char *at)
{
	MUST(!munmap(at, 2 * page()));
}

int main(void)
{
	char *at = pages(2), *holey = pages(3);

	MUST(!munmap(holey + page(), page()) && !munmap(holey, 3 * page()));
	owner_frees(at);
	cache_frees(at);
	puts("freed");
	return 0;
}
