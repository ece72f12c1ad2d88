/*
 * A thread's arena under mlockall: malloc reserves 64 MiB for it, all of which is locked.
 *
 * finds: note lock-overshoot 1
 */
#include <pthread.h>

#include "audit.h"

static void *allocate(void *arg)
{
	void *volatile at = malloc(100);

	free(at);
	return arg;
}

static void lock_all(void)
{
	MUST(!mlockall(MCL_CURRENT | MCL_FUTURE));
}

static void lock_only_what_is_there(void)
{
	MUST(!mlockall(MCL_CURRENT));
}

static void start(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	MUST(!pthread_attr_init(&attributes) && !pthread_attr_setstacksize(&attributes, 1 << 18));
	MUST(!pthread_create(&thread, &attributes, allocate, NULL) && !pthread_join(thread, NULL));
}

int main(void)
{
	lock_only_what_is_there();
	MUST(!munlockall());
	lock_all();
	start();
	MUST(locked_pages() > 16000);
	MUST(!munlockall());
	puts("done");
	return 0;
}
