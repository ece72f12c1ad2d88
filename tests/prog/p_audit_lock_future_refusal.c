/*
 * Under MCL_FUTURE and a limit a thread gets no stack, malloc no large block and the program no memory; afterwards all do.
 *
 * finds: warning lock-future-refusal 1
 * finds: warning lock-future-refusal 1
 * finds: warning lock-future-refusal 1
 * finds: warning lock-future-refusal 1
 */
#include <pthread.h>

#include "audit.h"

static void *idle(void *arg)
{
	return arg;
}

static int start_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, idle, NULL);

	return error ? error : pthread_join(thread, NULL);
}

/* More than malloc takes from the heap: M_MMAP_THRESHOLD, mallopt(3). */
static void allocate(void)
{
	MUST(!malloc(4 << 20));
}

static void map(void)
{
	MUST(mmap(NULL, 4 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EAGAIN);
}

static void grow(char *at)
{
	MUST(mremap(at, page(), 4 << 20, MREMAP_MAYMOVE) == MAP_FAILED && errno == EAGAIN);
}

int main(void)
{
	char *at;

	lock_at_most(1 << 20);
	MUST(!mlockall(MCL_FUTURE));
	at = pages(1);
	MUST(start_thread() == EAGAIN);
	allocate();
	map();
	grow(at);
	MUST(!munlockall());
	MUST(!start_thread());
	puts("done");
	return 0;
}
