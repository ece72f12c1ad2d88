/* p_flood THREADS CALLS: each thread makes CALLS madvise() calls without a pause. Prints how many worked in all. */
#include "prog.h"

#include <pthread.h>

static char *target;
static long calls = 10000;

static void *work(void *arg)
{
	long *worked = arg;

	for (long i = 0; i < calls; i++)
		*worked += madvise(target, page(), MADV_NORMAL) == 0;
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	long worked[64] = { 0 }, sum = 0;
	pthread_t thread[64];

	if (argc > 2)
		calls = atol(argv[2]);
	target = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (target == MAP_FAILED || threads < 1 || threads > 64)
		return 1;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, &worked[i]))
			return 1;
	for (int i = 0; i < threads; i++) {
		pthread_join(thread[i], NULL);
		sum += worked[i];
	}
	printf("%ld\n", sum);
	return 0;
}
