/*
 * h_cancel deferred|asynchronous: threads are cancelled while they do nothing but msync(2), which is a cancellation point, and
 * other calls: the unwinding that runs their cleanup passes through whatever the tracer put on the stack.
 */
#include "hazard.h"

#include <pthread.h>

static char *file_pages;
static _Atomic int cleaned, destroyed;

static void clean(void *arg)
{
	(void)arg;
	c_madvise(file_pages);
	cleaned++;
}

static void destroy(void *arg)
{
	(void)arg;
	c_madvise(file_pages);
	destroyed++;
}

static pthread_key_t key;

static void *sync_for_ever(void *asynchronous)
{
	int old;

	pthread_setspecific(key, file_pages);
	pthread_cleanup_push(clean, NULL);
	pthread_setcanceltype(asynchronous ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED, &old);
	for (;;) {
		msync(file_pages, MARKED_BYTES, MS_ASYNC);
		mprotect(file_pages, 4096, PROT_READ | PROT_WRITE);
	}
	pthread_cleanup_pop(0);
	return NULL;
}

int main(int argc, char **argv)
{
	bool asynchronous = argc > 1 && !strcmp(argv[1], "asynchronous");
	FILE *file = tmpfile();
	int wrong = 0;

	watchdog(20);
	counting_begin();
	if (!file || ftruncate(fileno(file), (off_t)MARKED_BYTES))
		return 1;
	file_pages = mmap(NULL, MARKED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	counted(COUNT_MMAP);
	pthread_key_create(&key, destroy);
	for (int i = 0; i < 60; i++) {
		pthread_t thread;
		void *result;

		if (pthread_create(&thread, NULL, sync_for_ever, asynchronous ? argv : NULL))
			return 1;
		usleep(200 + 37 * (i % 10));
		pthread_cancel(thread);
		pthread_join(thread, &result);
		wrong += result != PTHREAD_CANCELED;
	}
	counting_end();
	printf("%d cleaned, %d destroyed, %d not cancelled\n", cleaned, destroyed, wrong);
	return 0;
}
