/*
 * A password in memory of malloc's is to stay out of core dumps, and does not: the address is not aligned.
 *
 * finds: error advice-refused 3
 */
#include "audit.h"

static void hide(char *secret)
{
	MUST(madvise(secret, 64, MADV_DONTDUMP) == -1);
}

int main(void)
{
	char *heap = malloc(4096), *page_of_its_own = pages(1);

	for (volatile int i = 0; i < 3; i++)
		hide(heap + 64 * i);
	MUST(!madvise(page_of_its_own, page(), MADV_DONTDUMP));
	puts("hidden");
	free(heap);
	return 0;
}
