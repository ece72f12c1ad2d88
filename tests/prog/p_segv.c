/* Dies by SIGSEGV: writes to a page after taking the right to. */
#include "prog.h"

int main(void)
{
	char *p = t_mmap(NULL, 2 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || t_mlock(p, 2 * page()) || t_mprotect(p + page(), page(), PROT_NONE))
		return 1;
	puts("about to fall");
	fflush(stdout);
	look("end");
	p[page()] = 1;
	puts("not reached");
	return 0;
}
