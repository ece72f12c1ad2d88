/*
 * h_limits [syscall]: locks all its memory, present and future, by mlockall(3) or syscall(2), prints what the kernel counts as
 * locked and how much more can be locked and mapped under the limits it was given.
 *
 * h_limits size: prints the size of its address space in KiB.
 */
#include "../prog/prog.h"

#include <stdbool.h>
#include <sys/resource.h>

static long status_kib(const char *name)
{
	char text[4096], *at;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[got > 0 ? got : 0] = '\0';
	at = strstr(text, name);
	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

static int mappings_until_refused(void)
{
	int count = 0;

	while (count < 1000 && mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		count++;
	return count;
}

static bool by_syscall;

static const char *lock_all(int flags)
{
	errno = 0;
	if ((by_syscall ? syscall(SYS_mlockall, flags) : mlockall(flags)) == 0)
		return errno ? "ok, errno changed" : "ok";
	return errno_name();
}

int main(int argc, char **argv)
{
	by_syscall = argc > 1 && !strcmp(argv[1], "syscall");
	if (argc > 1 && !by_syscall) {
		printf("%ld\n", status_kib("VmSize:"));
		return 0;
	}
	printf("current: %s\n", lock_all(MCL_CURRENT));
	printf("locked: %ld\n", status_kib("VmLck:"));
	munlockall();
	printf("unlocked: %ld\n", status_kib("VmLck:"));
	printf("both: %s\n", lock_all(MCL_CURRENT | MCL_FUTURE));
	printf("locked: %ld\n", status_kib("VmLck:"));
	printf("current again: %s\n", lock_all(MCL_CURRENT));
	printf("locked: %ld\n", status_kib("VmLck:"));
	printf("on fault: %s\n", lock_all(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
	printf("locked: %ld\n", status_kib("VmLck:"));
	printf("mappings: %d\n", mappings_until_refused());
	return 0;
}
