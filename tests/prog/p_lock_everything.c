/* mlockall(MCL_CURRENT | MCL_FUTURE) locks what is mapped and what will be; munlockall() ends both. */
#include "prog.h"

static char *map_some(int pages)
{
	char *p = t_mmap(NULL, pages * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	return p;
}

int main(void)
{
	long before, after;

	map_some(4);
	if (t_mlockall(MCL_CURRENT | MCL_FUTURE)) {
		printf("mlockall: %s\n", errno_name());
		return 1;
	}
	look("all");
	before = locked_pages();
	map_some(8);
	after = locked_pages();
	printf("a mapping of 8 pages added %ld locked pages\n", after - before);
	look("future");
	if (t_munlockall())
		return 1;
	printf("after munlockall %ld are locked\n", locked_pages());
	map_some(2);
	printf("after another mapping %ld are locked\n", locked_pages());
	look("none");
	return 0;
}
