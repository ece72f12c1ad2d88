/* Two locks on one page and one unlock: the page is not locked any more. Locks do not count. */
#include "prog.h"

int main(void)
{
	char *p = t_mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	if (t_mlock(p, page()) || t_mlock(p + 128, 64))
		return 1;
	printf("locked twice:   %ld page\n", locked_pages());
	look("locked");
	if (t_munlock(p + 128, 64))
		return 1;
	printf("unlocked once:  %ld pages\n", locked_pages());
	look("unlocked");
	return 0;
}
