/*
 * returns.c - the program t_symbols looks at: prints the return addresses of some calls as offsets into itself.
 *
 * t_symbols knows the line numbers marked below.
 */
#define _GNU_SOURCE
#include <link.h>
#include <stdio.h>

#include "returns.h"

static int find_base(struct dl_phdr_info *info, size_t size, void *base)
{
	(void)size;
	*(unsigned long *)base = info->dlpi_addr;
	return 1;
}

__attribute__((noinline)) int sink(int a)
{
	unsigned long base = 0;

	dl_iterate_phdr(find_base, &base);
	printf("%lx\n", (unsigned long)__builtin_return_address(0) - base);
	return a;
}

__attribute__((noinline)) int outer(int a);
int outer(int a)
{
	return middle(a) + /* line 31 */
	       middle(a + 1); /* line 32 */
}

/* Two callers, so that it keeps a body of its own; static, so that no dynamic symbol has it. */
static __attribute__((noinline)) int hidden(int a)
{
	return sink(a) + 7;
}

int cxx(int a) __asm__("_ZN3foo3barEi");
__attribute__((noinline)) int cxx(int a)
{
	return hidden(a) + sink(a);
}

int main(int argc, char **argv)
{
	(void)argv;
	return (outer(argc) + cxx(argc) + sink(argc)) & 1;
}
