/*
 * A buffer that grows over its guard page; another is freed, guard and all.
 *
 * finds: warning guard-removed 1
 */
#include "audit.h"

static char *guarded(void)
{
	char *at = pages(4);

	MUST(!mprotect(at + 3 * page(), page(), PROT_NONE));
	return at;
}

int main(void)
{
	char *grown = guarded(), *freed = guarded();

	MUST(!mprotect(grown + 3 * page(), page(), PROT_READ | PROT_WRITE));
	MUST(!mprotect(freed, 4 * page(), PROT_READ | PROT_WRITE));
	MUST(!munmap(freed, 4 * page()));
	puts("grown");
	return 0;
}
