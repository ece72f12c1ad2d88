/*
 * A buffer that is opened each time it is used, and never closed.
 *
 * finds: note prot-noop 10
 */
#include "audit.h"

static void use(char *at)
{
	MUST(!mprotect(at, 2 * page(), PROT_READ | PROT_WRITE));
	*at = 1;
}

int main(void)
{
	char *at = pages(2), *closed = pages(2);

	for (volatile int i = 0; i < 10; i++)
		use(at);
	MUST(!mprotect(closed, page(), PROT_NONE) && !mprotect(closed, 2 * page(), PROT_NONE));
	puts("used");
	return 0;
}
