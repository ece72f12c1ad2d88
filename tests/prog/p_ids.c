/* Says who it is before each call: the first thread, more than the tracer has entries for, children and their threads. */
#include "prog.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define THREADS 260

static pthread_barrier_t all_here;
static char *pages;

/* One write(2) each, so that no line is cut by another. */
static void call_as_told(void)
{
	dprintf(STDOUT_FILENO, "%d %d\n", (int)getpid(), (int)syscall(SYS_gettid));
	if (madvise(pages, page(), MADV_SEQUENTIAL))
		_exit(1);
}

static void *thread(void *unused)
{
	(void)unused;
	call_as_told();
	pthread_barrier_wait(&all_here);
	call_as_told();
	return NULL;
}

static void threads(unsigned count)
{
	pthread_t id[THREADS];
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	pthread_barrier_init(&all_here, NULL, count);
	for (unsigned i = 0; i < count; i++)
		if (pthread_create(&id[i], &attr, thread, NULL))
			_exit(1);
	for (unsigned i = 0; i < count; i++)
		pthread_join(id[i], NULL);
}

static void family(int generations)
{
	pid_t child;
	int status;

	call_as_told();
	call_as_told();
	child = generations ? fork() : 0;
	if (child == 0 && generations) {
		family(generations - 1);
		threads(2);
		_exit(0);
	}
	if (child && (waitpid(child, &status, 0) != child || status))
		_exit(1);
	call_as_told();
}

int main(void)
{
	pages = mmap(NULL, page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return 1;
	family(2);
	threads(THREADS);
	threads(2);
	family(1);
	return 0;
}
