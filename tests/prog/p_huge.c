/* p_huge - huge pages, of all kinds: never locked, whatever is said of them. */
#include <sys/shm.h>
#include <sys/wait.h>

#include "prog.h"

#define HUGE (2ul << 20)
#define RW (PROT_READ | PROT_WRITE)

int main(void)
{
	char *at = t_mmap(NULL, 2 * HUGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	int id = shmget(IPC_PRIVATE, HUGE / 2, 0600 | SHM_HUGETLB), fd = memfd_create("huge", MFD_HUGETLB);

	if (at == MAP_FAILED || id < 0 || fd < 0 || ftruncate(fd, (off_t)HUGE))
		return 77;
	t_mlock(at, 2 * HUGE);
	look("asked-for");
	t_mprotect(at, page(), PROT_READ);
	t_mprotect(at, HUGE, PROT_READ);
	t_madvise(at + HUGE, HUGE, MADV_DONTDUMP);
	look("protected");
	t_munmap(at + HUGE, page());
	t_mlockall(MCL_CURRENT | MCL_FUTURE);
	t_mmap(NULL, HUGE, RW, MAP_SHARED, fd, 0);
	if (shmat(id, NULL, 0) == MAP_FAILED || shmctl(id, IPC_RMID, NULL))
		return 1;
	look("everything-else-is-locked");
	t_munlockall();
	if (fork() == 0) {
		look("child");
		_exit(0);
	}
	wait(NULL);
	puts("done");
	return 0;
}
