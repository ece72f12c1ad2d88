/*
 * p_advise_ranges - process_madvise on oneself and on a child: all ranges done, one refused among them, one too long, and a
 * vector that cannot be read.
 */
#include <signal.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "prog.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

static void advise(const char *label, int pidfd, const struct iovec *vector, size_t count, int advice)
{
	long ret = syscall(SYS_process_madvise, pidfd, vector, count, advice, 0);

	printf("%s: %ld %s\n", label, ret, ret < 0 ? errno_name() : "");
	look(label);
}

int main(void)
{
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0), other;
	char *p = t_mmap(NULL, 64 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec vector[200] = { { p, page() }, { p + 3 * page(), 0 }, { p + 2 * page(), 2 * page() } };
	pid_t child;

	t_mmap(p + 8 * page(), 2 * page(), PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	t_munmap(p + 12 * page(), page());
	advise("all", self, vector, 3, MADV_DONTDUMP);
	vector[1] = (struct iovec){ p + 6 * page(), 4 * page() };
	advise("second refused", self, vector, 3, MADV_WIPEONFORK);
	advise("first refused", self, vector + 1, 2, MADV_WIPEONFORK);
	vector[1] = (struct iovec){ p + 11 * page(), 4 * page() };
	advise("second has a hole", self, vector, 3, MADV_DONTFORK);
	vector[1] = (struct iovec){ p + 4 * page() + 1, page() };
	advise("second misaligned", self, vector, 3, MADV_RANDOM);
	for (int i = 0; i < 200; i++)
		vector[i] = (struct iovec){ p + (20 + i % 40) * page(), page() };
	advise("two hundred", self, vector, 200, MADV_DONTDUMP);
	vector[0] = (struct iovec){ p, 1ul << 40 };
	advise("long", self, vector, 1, MADV_DODUMP);
	advise("unreadable", self, (struct iovec *)8, 1, MADV_DONTDUMP);

	child = fork();
	if (child == 0)
		for (;;)
			pause();
	other = (int)syscall(SYS_pidfd_open, child, 0);
	vector[0] = (struct iovec){ p, page() };
	advise("other", other, vector, 1, MADV_DONTDUMP);
	advise("other cold", other, vector, 1, 20);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
