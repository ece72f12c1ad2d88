/*
 * Memory is freed at an address that is not where it begins, and so never.
 *
 * finds: warning call-failed 2
 */
#include "audit.h"

static void release(char *at)
{
	MUST(munmap(at + 16, page()) == -1);
}

int main(void)
{
	char *at = pages(2);

	for (volatile int i = 0; i < 2; i++)
		release(at);
	puts("released");
	return 0;
}
