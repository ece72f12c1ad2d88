/*
 * A cache that believes it gave its memory back.
 *
 * finds: note posix-dontneed-noop 3
 */
#include "audit.h"

static void trim(char *at)
{
	*at = 1;
	MUST(posix_madvise(at, 2 * page(), POSIX_MADV_DONTNEED) == 0 && *at == 1);
}

int main(void)
{
	char *at = pages(2);

	for (volatile int i = 0; i < 3; i++)
		trim(at);
	MUST(posix_madvise(at, 2 * page(), POSIX_MADV_WILLNEED) == 0);
	puts("trimmed");
	return 0;
}
