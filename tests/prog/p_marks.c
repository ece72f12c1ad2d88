/* Sets marks between the stages of a page's life. */
#include "prog.h"

int main(void)
{
	char *p = t_mmap(NULL, 2 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	look("mapped");
	if (t_mlock(p, page()))
		return 1;
	look("locked");
	if (t_madvise(p, page(), MADV_DONTDUMP))
		return 1;
	look("hidden");
	if (t_munlock(p, page()))
		return 1;
	look("ready \"to go\" \xc3\xa9");
	if (t_munmap(p, 2 * page()))
		return 1;
	look("gone");
	puts("five marks");
	return 0;
}
