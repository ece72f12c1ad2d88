/*
 * Keys kept out of core dumps, until the pages are renewed by MAP_FIXED; and a second pool where the advice is given again.
 *
 * finds: warning advice-lost 1
 */
#include <stdbool.h>

#include "audit.h"

#define PLACED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)

static __attribute__((noinline)) char *renewed_pool(bool careful)
{
	char *at = pages(4);

	MUST(!madvise(at, 4 * page(), MADV_DONTDUMP));
	MUST(mmap(at, page(), PROT_READ | PROT_WRITE, PLACED, -1, 0) == at);
	if (careful)
		MUST(!madvise(at, page(), MADV_DONTDUMP));
	return at;
}

int main(void)
{
	renewed_pool(false);
	MUST(!munmap(renewed_pool(true), 4 * page()));
	puts("renewed");
	return 0;
}
