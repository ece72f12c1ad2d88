/* The same calls made through syscall(2), as libraries do that know more of the kernel than their libc. */
#include "prog.h"

static long raw(const char *args, long ret)
{
	if (ret != -1 && (unsigned long)ret > 4095)
		said_addr((void *)ret, args);
	else
		said_code(ret, args);
	return ret;
}

int main(void)
{
	size_t len = 4 * page();
	char *p;
	long a;

	p = (char *)syscall(SYS_mmap, NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0l);
	a = (long)HEX(p);
	raw(ARGS("\"call\":\"mmap\",\"addr\":\"0x0\",\"len\":%zu,\"prot\":3,\"flags\":34,\"fd\":-1,\"off\":0", len), a);
	raw(ARGS("\"call\":\"mlock2\",\"addr\":\"0x%lx\",\"len\":%zu,\"flags\":1", a, page()),
	    syscall(SYS_mlock2, p, page(), MLOCK_ONFAULT));
	look("onfault");
	raw(ARGS("\"call\":\"mprotect\",\"addr\":\"0x%lx\",\"len\":%zu,\"prot\":1", a + page(), page()),
	    syscall(SYS_mprotect, p + page(), page(), PROT_READ));
	raw(ARGS("\"call\":\"madvise\",\"addr\":\"0x%lx\",\"len\":%zu,\"advice\":16", a, page()),
	    syscall(SYS_madvise, p, page(), MADV_DONTDUMP));
	look("dontdump");
	raw(ARGS("\"call\":\"mlock2\",\"addr\":\"0x%lx\",\"len\":%zu,\"flags\":64", a, page()),
	    syscall(SYS_mlock2, p, page(), 64));
	printf("unknown flag: %s\n", errno_name());
	printf("%ld locked\n", locked_pages());
	raw(ARGS("\"call\":\"munlock\",\"addr\":\"0x%lx\",\"len\":%zu", a, len), syscall(SYS_munlock, p, len));
	raw(ARGS("\"call\":\"munmap\",\"addr\":\"0x%lx\",\"len\":%zu", a, len), syscall(SYS_munmap, p, len));
	printf("%ld locked; a call of another kind says %d\n", locked_pages(), syscall(SYS_getpid) == getpid());
	return 0;
}
