/* What mincore answers: of a file that was read by half, of a page locked on fault before and after its first touch, of one dropped. */
#include "prog.h"

#define PAGES 8

/* Older headers lack it: include/uapi/asm-generic/mman-common.h. */
#define DROP_LOCKED 24

static void ask(const char *what, char *start, int pages)
{
	unsigned char vector[PAGES];

	if (t_mincore(start, pages * page(), vector))
		exit(1);
	printf("%s ", what);
	for (int i = 0; i < pages; i++)
		putchar('0' + (vector[i] & 1));
	putchar('\n');
}

static char *map(int fd, int pages)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *start = t_mmap(NULL, pages * page(), PROT_READ | PROT_WRITE, flags, fd, 0);

	if (start == MAP_FAILED)
		exit(1);
	return start;
}

int main(void)
{
	int fd = memfd_create("half", 0);
	char *file, *onfault, *locked;

	if (fd < 0 || ftruncate(fd, PAGES * page()))
		return 1;
	file = map(fd, PAGES);
	for (int i = 0; i < PAGES / 2; i++)
		file[i * page()] = 1;
	ask("file", file, PAGES);
	onfault = map(-1, 4);
	if (t_mlock2(onfault, 4 * page(), MLOCK_ONFAULT))
		return 77;
	ask("untouched", onfault, 4);
	look("untouched");
	onfault[page()] = 1;
	ask("touched", onfault, 4);
	look("touched");
	locked = map(-1, 2);
	if (t_mlock(locked, 2 * page()) || t_madvise(locked, page(), DROP_LOCKED))
		return 77;
	ask("dropped", locked, 2);
	look("dropped");
	return 0;
}
