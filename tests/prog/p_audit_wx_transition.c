/*
 * Code is made the careful way, ten times in one place; and in a memory that is mapped twice.
 *
 * finds: note wx-transition 10
 * finds: warning wx-transition 1
 */
#include "audit.h"

static void make(char *at)
{
	MUST(!mprotect(at, page(), PROT_READ | PROT_WRITE));
	*at = (char)0xc3;
	MUST(!mprotect(at, page(), PROT_READ | PROT_EXEC));
}

static void *view(int fd, int prot)
{
	void *at = mmap(NULL, page(), prot, MAP_SHARED, fd, 0);

	MUST(at != MAP_FAILED);
	return at;
}

int main(void)
{
	char *at = mmap(NULL, page(), PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = memfd_create("code", 0);

	MUST(at != MAP_FAILED && fd >= 0 && !ftruncate(fd, (off_t)page()));
	for (volatile int i = 0; i < 10; i++)
		make(at);
	view(fd, PROT_READ | PROT_WRITE);
	view(fd, PROT_READ | PROT_EXEC);
	puts("made");
	return 0;
}
