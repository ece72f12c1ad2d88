/*
 * p_refused - calls whose result does not tell what became of the pages: refused, and yet they changed some.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "prog.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static char *fresh(int pages)
{
	return t_mmap(NULL, pages * page(), RW, PRIVATE, -1, 0);
}

/* RLIMIT_DATA counts private writable pages: mprotect comes as far as the mapping that would be too much. */
static void limit_of_data(void)
{
	struct rlimit old, none;
	char *at = t_mmap(NULL, 8 * page(), PROT_READ, PRIVATE, -1, 0);

	t_madvise(at + 4 * page(), page(), MADV_DONTDUMP);
	getrlimit(RLIMIT_DATA, &old);
	none = old;
	none.rlim_cur = 6 * page();
	while (none.rlim_cur < 1ul << 30 && mprotect(at, 2 * page(), RW)) {
		none.rlim_cur += page();
		setrlimit(RLIMIT_DATA, &none);
	}
	t_mprotect(at, 2 * page(), PROT_READ);
	none.rlim_cur += 2 * page();
	setrlimit(RLIMIT_DATA, &none);
	printf("data: %s\n", t_mprotect(at, 8 * page(), RW) ? errno_name() : "0");
	look("data");
	setrlimit(RLIMIT_DATA, &old);
}

/* Where much room is free: a refused mapping may be larger than memory. */
static char *roomy(int pages)
{
	char *at = (char *)0x200000000000;

	return t_mmap(at, pages * page(), RW, PRIVATE | MAP_FIXED, -1, 0);
}

static void fixed_over(const char *label, size_t bytes, int flags, int fd)
{
	char *at = roomy(8);

	t_mlock(at, 8 * page());
	printf("%s: %s\n", label,
	       t_mmap(at + page(), bytes, RW, flags | MAP_FIXED, fd, 0) == MAP_FAILED ? errno_name() : "0");
	look(label);
}

static void fixed(void)
{
	int sock = socket(AF_UNIX, SOCK_STREAM, 0), pipes[2], secret = (int)syscall(SYS_memfd_secret, 0);

	fixed_over("socket", page(), MAP_SHARED, sock);
	if (pipe(pipes) == 0)
		fixed_over("pipe", page(), MAP_PRIVATE, pipes[0]);
	if (secret >= 0)
		fixed_over("secret", page(), MAP_PRIVATE, secret);
	fixed_over("shared", 1ul << 45, MAP_SHARED | MAP_ANONYMOUS, -1);
}

/* Several mappings are moved one after the other, up to a sealed one (6.17). */
static void half_moved(void)
{
	char *at = fresh(8), *to = fresh(8);

	t_mprotect(at + page(), page(), PROT_READ);
	syscall(SYS_mseal, at + 2 * page(), page(), 0);
	printf("move: %s\n", t_mremap(at, 4 * page(), 4 * page(), MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED ?
				     errno_name() : "0");
	look("moved");
}

/* The rest of the source's mapping may lose its lock as well (6.16). */
static void left_behind(void)
{
	char *at = fresh(8), *to = fresh(1);

	t_mlock(at, 4 * page());
	printf("leave: %s\n", t_mremap(at, page(), page(), MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) == to ?
				      "0" : errno_name());
	look("left");
}

int main(void)
{
	limit_of_data();
	fixed();
	half_moved();
	left_behind();
	return 0;
}
