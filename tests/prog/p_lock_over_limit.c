/*
 * p_lock_over_limit [keep] - without CAP_IPC_LOCK no more can be locked than RLIMIT_MEMLOCK allows: 16 pages here. A refused
 * lock changes nothing. With "keep" the capability is kept; it does not count in a user namespace of one's own.
 */
#include "prog.h"

#include <linux/capability.h>
#include <sys/resource.h>

#define LIMIT_PAGES 16

static void drop_ipc_lock(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];

	if (syscall(SYS_capget, &header, caps))
		exit(1);
	caps[0].effective &= ~(1u << CAP_IPC_LOCK);
	caps[0].permitted &= ~(1u << CAP_IPC_LOCK);
	caps[0].inheritable &= ~(1u << CAP_IPC_LOCK);
	if (syscall(SYS_capset, &header, caps))
		exit(1);
}

static void try(char *start, int pages)
{
	int ret = t_mlock(start, pages * page());

	printf("mlock of %2d pages: %-6s  locked now: %2ld\n", pages, ret ? errno_name() : "ok", locked_pages());
}

int main(int argc, char **argv)
{
	struct rlimit limit = { LIMIT_PAGES * page(), LIMIT_PAGES * page() };
	char *start;

	(void)argv;
	if (argc == 1)
		drop_ipc_lock();
	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		return 1;
	start = t_mmap(NULL, 2 * LIMIT_PAGES * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		return 1;
	try(start, LIMIT_PAGES + 1);
	try(start, LIMIT_PAGES);
	try(start + LIMIT_PAGES * page(), 1);
	look("full");
	return 0;
}
