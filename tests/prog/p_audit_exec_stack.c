/*
 * A stack made executable, as the loader does for a library that asks for it.
 *
 * finds: error exec-stack 1
 */
#include "audit.h"

int main(void)
{
	char here;
	char *at = (char *)((size_t)&here & ~(page() - 1));

	MUST(!mprotect(at, page(), PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN));
	puts("done");
	return 0;
}
