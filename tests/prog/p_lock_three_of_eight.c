/* Of 32 pages the first three in every eight are locked. Locking brings them into memory; mincore() shows which are there. */
#include "prog.h"

#define PAGES 32

static void show(const char *when, char *start)
{
	unsigned char vec[PAGES];

	if (t_mincore(start, PAGES * page(), vec) == -1)
		exit(1);
	printf("%-6s ", when);
	for (int i = 0; i < PAGES; i++)
		putchar(vec[i] & 1 ? '*' : '.');
	putchar('\n');
}

int main(void)
{
	char *start = t_mmap(NULL, PAGES * page(), PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		return 1;
	show("before", start);
	for (int i = 0; i < PAGES; i += 8)
		if (t_mlock(start + i * page(), 3 * page()) == -1)
			return 1;
	show("after", start);
	look("locked");
	return 0;
}
