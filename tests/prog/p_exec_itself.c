/* exec empties the address space: mapping and lock of the first image are gone in the second. */
#include "prog.h"

int main(int argc, char **argv)
{
	size_t pages = argc > 1 ? 5 : 3;
	char *p = t_mmap(NULL, pages * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || t_mlock(p, pages * page()))
		return 1;
	printf("%s image: %ld locked\n", argc > 1 ? "second" : "first", locked_pages());
	fflush(stdout);
	look(argc > 1 ? "second" : "first");
	if (argc > 1)
		return 0;
	execl("/proc/self/exe", argv[0], "again", (char *)NULL);
	return 1;
}
