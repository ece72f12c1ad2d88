/*
 * One thread locks a page while another unlocks it. That the two calls overlap is certain: the mlock waits for the page,
 * which the first thread hands over (userfaultfd(2)) only when its munlock has returned.
 *
 * finds: warning prot-race 1
 */
#include "audit.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>

static void *lock(void *at)
{
	MUST(!mlock(at, page()));
	return NULL;
}

/* A page whose faults wait for us. */
static int watched(char **at)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0) {
		puts("skip: no right to userfaultfd");
		exit(0);
	}
	*at = pages(1);
	range.range.start = (unsigned long)*at;
	range.range.len = page();
	MUST(!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &range));
	return fd;
}

int main(void)
{
	char *at;
	int fd = watched(&at);
	struct uffdio_zeropage zero = { .range = { (unsigned long)at, page() } };
	struct uffd_msg fault;
	pthread_t other;

	MUST(!pthread_create(&other, NULL, lock, at));
	MUST(read(fd, &fault, sizeof(fault)) == sizeof(fault));
	MUST(!munlock(at, page()));
	MUST(!ioctl(fd, UFFDIO_ZEROPAGE, &zero));
	MUST(!pthread_join(other, NULL));
	printf("locked: %ld\n", locked_pages());
	return 0;
}
