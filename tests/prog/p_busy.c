/*
 * p_busy.c - threads that map, protect, lock and unmap pages of their own all the time, while the first sets marks.
 */
#include "prog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define THREADS 2
#define MARKS	10

static atomic_bool stop;

/* Its own addresses: which thread gets pages that another one gives back at this moment is not to be seen from outside.
 */
static void *work(void *arg)
{
	char *at = arg;

	while (!atomic_load(&stop)) {
		mprotect(at + page(), page(), PROT_READ);
		mlock(at + 3 * page(), page());
		munmap(at + 5 * page(), page());
		mmap(at, 8 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		void *at = mmap(NULL, 8 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		pthread_create(&threads[i], NULL, work, at);
	}
	for (int i = 0; i < MARKS; i++) {
		usleep(1000);
		mark("busy");
	}
	atomic_store(&stop, true);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	puts("ten marks");
	return 0;
}
