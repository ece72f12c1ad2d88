/* Calls that fail, each in its own way, and what they leave behind; errno is not touched by calls that succeed. */
#include "prog.h"

static void show(const char *what, int failed)
{
	printf("%-28s %s\n", what, failed ? errno_name() : "ok");
}

int main(void)
{
	char *p = t_mmap(NULL, 8 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || t_munmap(p + 4 * page(), page()))
		return 1;
	errno = 12345;
	t_mprotect(p, page(), PROT_READ);
	t_mlock(p, page());
	t_munlock(p, page());
	printf("errno after success: %d\n", errno);
	show("mmap of nothing", t_mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	show("mmap of no file", t_mmap(NULL, page(), PROT_READ, MAP_PRIVATE, 987, 0) == MAP_FAILED);
	show("munmap misaligned", t_munmap(p + 1, page()));
	show("mprotect over a hole", t_mprotect(p, 8 * page(), PROT_READ));
	look("prefix-protected");
	show("mlock over a hole", t_mlock(p, 8 * page()));
	look("prefix-locked");
	show("munlock over a hole", t_munlock(p, 8 * page()));
	show("madvise with unknown advice", t_madvise(p, page(), 9999));
	show("madvise DONTDUMP over a hole", t_madvise(p, 8 * page(), MADV_DONTDUMP));
	look("both-sides-dontdump");
	show("msync of a hole", t_msync(p + 4 * page(), page(), MS_ASYNC));
	show("mlock2 with unknown flags", t_mlock2(p, page(), 64));
	show("mlockall of nothing", t_mlockall(0));
	show("mprotect with unknown prot", t_mprotect(p, page(), 0x100));
	return 0;
}
