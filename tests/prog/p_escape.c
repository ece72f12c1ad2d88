/*
 * p_escape.c - calls that no tracer inside the process sees, for their instructions stand in the program's own text: of
 * six pages the second becomes read-only, the fourth goes away, and two more come into being behind a gap.  Prints
 * where that is.
 *
 * With an argument the C library makes the same calls instead.
 */
#include "prog.h"

static long raw(long number, void *addr, size_t len, long prot, long flags)
{
	register long r10 __asm__("r10") = flags, r8 __asm__("r8") = -1, r9 __asm__("r9") = 0;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(number), "D"(addr), "S"(len), "d"(prot), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* Of no consequence, but written as it would be found: the number and the instruction side by side. */
static void raw_advice(void *addr)
{
	long ret = 0;

	__asm__ volatile("movl $28, %%eax\n\tsyscall"
			 : "=a"(ret)
			 : "D"(addr), "S"(0), "d"(MADV_NORMAL)
			 : "rcx", "r11", "memory");
	if (ret)
		abort();
}

int main(int argc, char **argv)
{
	char *at = mmap(NULL, 10 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argv;
	munmap(at + 6 * page(), 4 * page());
	if (argc > 1) {
		mprotect(at + page(), page(), PROT_READ);
		munmap(at + 3 * page(), page());
		mmap(at + 7 * page(), 2 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0);
	} else {
		raw(SYS_mprotect, at + page(), page(), PROT_READ, 0);
		raw(SYS_munmap, at + 3 * page(), page(), 0, 0);
		raw(SYS_mmap, at + 7 * page(), 2 * page(), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
	}
	raw_advice(at);
	look("escaped");
	printf("read-only 0x%lx, unmapped 0x%lx, mapped 0x%lx\n", HEX(at + page()), HEX(at + 3 * page()),
	       HEX(at + 7 * page()));
	return 0;
}
