/*
 * Keys as they should be kept: each on a page of its own between two guards, out of core files and of children, wiped and
 * unlocked, and unmapped with its guards in one call. Some go while others stay.
 */
#include "audit.h"

static char *key_new(void)
{
	char *at = pages(3);

	MUST(!mprotect(at, page(), PROT_NONE));
	MUST(!mprotect(at + 2 * page(), page(), PROT_NONE));
	MUST(!madvise(at + page(), page(), MADV_DONTDUMP) && !madvise(at + page(), page(), MADV_WIPEONFORK));
	MUST(!mlock(at + page(), page()));
	return at;
}

static void key_free(char *at)
{
	explicit_bzero(at + page(), page());
	MUST(!munlock(at + page(), page()));
	MUST(!munmap(at, 3 * page()));
}

int main(void)
{
	char *key[8];

	for (volatile int i = 0; i < 8; i++)
		key[i] = key_new();
	for (volatile int i = 0; i < 8; i += 2)
		key_free(key[i]);
	for (volatile int i = 1; i < 8; i += 2)
		key_free(key[i]);
	puts("kept");
	return 0;
}
