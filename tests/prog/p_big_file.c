/* A large file mapped in whole and in parts, shared and private, with advice, msync() and a part unmapped. */
#include "prog.h"

#define SIZE (256l << 20)

static char *map_part(int fd, size_t len, int prot, int flags, off_t off)
{
	char *p = t_mmap(NULL, len, prot, flags, fd, off);

	if (p == MAP_FAILED) {
		printf("mmap: %s\n", errno_name());
		exit(1);
	}
	return p;
}

int main(void)
{
	int fd = fileno(tmpfile());
	char *whole, *part;

	if (ftruncate(fd, SIZE))
		return 1;
	whole = map_part(fd, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	part = map_part(fd, 3 * page() + 100, PROT_READ | PROT_WRITE, MAP_PRIVATE, SIZE / 2);
	strcpy(whole + SIZE / 2 + page(), "seen through both");
	puts(part + page());
	printf("%d", t_madvise(whole, SIZE, MADV_SEQUENTIAL));
	printf(" %d", t_madvise(part, page(), MADV_RANDOM));
	printf(" %d", t_msync(whole + SIZE / 2, 2 * page(), MS_SYNC));
	printf(" %d", t_mlock(part + page(), 1));
	printf(" %d", t_mprotect(whole + SIZE / 4, SIZE / 4, PROT_READ));
	printf(" %d\n", t_munmap(whole + page(), SIZE / 4 - page()));
	look("mapped");
	return 0;
}
