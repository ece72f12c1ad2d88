/*
 * h_busy CALLS: makes calls of all kinds that are plain system calls, from the bottom of a few functions, by symbol and from inside
 * malloc; nothing else.  For debuggers, profilers and tracers of system calls to look at.
 */
#include "hazard.h"

#include <malloc.h>

static __attribute__((noinline)) void inner(char *p)
{
	void *volatile block;

	c_mprotect(p, PROT_READ);
	c_mprotect(p, PROT_READ | PROT_WRITE);
	c_madvise(p);
	mlock(p, 4096);
	munlock(p, 4096);
	block = malloc(100000);
	free(block);
}

static __attribute__((noinline)) void middle(char *p)
{
	inner(p);
}

static __attribute__((noinline)) void outer(char *p, int calls)
{
	for (int i = 0; i < calls; i++)
		middle(p);
}

int main(int argc, char **argv)
{
	char *p;

	watchdog(30);
	mallopt(M_TOP_PAD, 0);
	mallopt(M_TRIM_THRESHOLD, 1);
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	counting_begin();
	p = c_mmap();
	mark("begin");
	outer(p, argc > 1 ? atoi(argv[1]) : 100);
	mark("end");
	counting_end();
	puts("busy");
	return 0;
}
