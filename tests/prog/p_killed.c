/*
 * p_killed FILE [THREADS]: threads make calls as fast as they can until the process kills itself with SIGKILL. FILE, which
 * survives, counts for each thread the calls that had returned.
 */
#include "prog.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct count {
	_Atomic long tid, returned;
	char spare[48];
};

static struct count *counts;
static char *target;

static void *work(void *arg)
{
	struct count *mine = counts + (size_t)arg;

	mine->tid = gettid();
	for (;;) {
		madvise(target, page(), MADV_NORMAL);
		mine->returned++;
	}
	return NULL;
}

/* However long the machine lets a thread wait. */
static void wait_for_calls(int threads)
{
	for (int i = 0; i < threads; i++)
		while (counts[i].returned <= 1000)
			usleep(1000);
}

int main(int argc, char **argv)
{
	int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
	int threads = argc > 2 ? atoi(argv[2]) : 2;
	pthread_t thread;

	if (fd == -1 || ftruncate(fd, page()))
		return 1;
	counts = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	target = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED || target == MAP_FAILED)
		return 1;
	for (int i = 0; i < threads; i++)
		pthread_create(&thread, NULL, work, (void *)(size_t)i);
	puts("working");
	fflush(stdout);
	wait_for_calls(threads);
	kill(getpid(), SIGKILL);
	return 1;
}
