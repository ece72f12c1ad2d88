/*
 * Memory that is writable and executable, mapped so and made so.
 *
 * finds: error wx-mapping 3
 * finds: error wx-mapping 1
 */
#include "audit.h"

static void closures(void)
{
	void *at = mmap(NULL, page(), PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(at != MAP_FAILED);
}

static void patch(char *code)
{
	MUST(!mprotect(code, page(), PROT_READ | PROT_WRITE | PROT_EXEC));
}

int main(void)
{
	for (volatile int i = 0; i < 3; i++)
		closures();
	patch(pages(1));
	puts("patched");
	return 0;
}
