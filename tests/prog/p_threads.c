/* p_threads [THREADS [ROUNDS]]: each thread maps, protects, locks, unlocks and unmaps in a loop, undisturbed by the others. */
#include "prog.h"

#include <pthread.h>

static int rounds = 50;

static void *work(void *arg)
{
	size_t pages = 1 + (size_t)arg;

	for (int i = 0; i < rounds; i++) {
		char *p = t_mmap(NULL, pages * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || t_mlock(p, page()) || t_mprotect(p, pages * page(), PROT_READ) ||
		    t_munlock(p, page()) || t_munmap(p, pages * page()))
			return (void *)1;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 4;
	pthread_t thread[64];
	void *failed;

	if (argc > 2)
		rounds = atoi(argv[2]);
	for (int i = 0; i < count; i++)
		if (pthread_create(&thread[i], NULL, work, (void *)(size_t)i))
			return 1;
	for (int i = 0; i < count; i++) {
		pthread_join(thread[i], &failed);
		printf("thread %d: %s\n", i, failed ? "failed" : "ok");
	}
	return 0;
}
