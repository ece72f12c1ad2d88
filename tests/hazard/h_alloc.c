/*
 * h_alloc [CHILDREN]: threads that allocate and free blocks of all sizes, hand them to each other and make calls, while the
 * program forks children that do so too.
 */
#include "hazard.h"

#include <pthread.h>
#include <sys/wait.h>

#define SHELF 64
#define ROUNDS 300

static char *_Atomic shelf[SHELF];

static void *work(void *arg)
{
	unsigned seed = 1 + (unsigned)(size_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		size_t bytes = (size_t)16 << rand_r(&seed) % 16;
		char *block = malloc(bytes);

		block[0] = block[bytes - 1] = 1;
		block = realloc(block, bytes * 2);
		free(atomic_exchange(&shelf[rand_r(&seed) % SHELF], block));
		if (i % 10 == 0)
			c_round();
	}
	return NULL;
}

static void be_a_child(void)
{
	watchdog(10);
	work((void *)99);
	_exit(0);
}

int main(int argc, char **argv)
{
	pthread_t thread[4];
	int children = argc > 1 ? atoi(argv[1]) : 5, status, bad = 0;

	watchdog(30);
	counting_begin();
	for (size_t i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, work, (void *)i))
			return 1;
	for (int i = 0; i < children; i++) {
		pid_t pid = fork();

		if (pid == 0)
			be_a_child();
		bad += waitpid(pid, &status, 0) != pid || status;
	}
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < SHELF; i++)
		free(shelf[i]);
	counting_end();
	printf("%d children ended badly\n", bad);
	return bad != 0;
}
