/*
 * A buffer is to be closed; there is a hole in it, the call fails, and half of the buffer is closed.
 *
 * finds: error prot-partial 1
 */
#include "audit.h"

int main(void)
{
	char *at = pages(4);

	MUST(!munmap(at + 2 * page(), page()));
	MUST(mprotect(at, 4 * page(), PROT_NONE) == -1);
	MUST(mprotect(at + 2 * page(), page(), PROT_NONE) == -1);
	at[3 * page()] = 1;
	puts("half");
	return 0;
}
