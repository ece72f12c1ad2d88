/* The library of long_run.c's variant "libraries". */
#include <sys/mman.h>

static char page[2 * 4096] __attribute__((aligned(4096)));

int visit(void);

int visit(void)
{
	return madvise(page, 4096, MADV_NORMAL);
}
