/*
 * h_fork_churn CHILDREN: three threads make calls from ever new threads while the main thread forks; each child makes calls of
 * its own at once.  A lock that some thread holds at the fork is held in the child for ever.  The children's pids go to the
 * file "pids"; each child checks that nothing hangs by a watchdog of its own.
 */
#include "hazard.h"

#include <pthread.h>
#include <sys/wait.h>

static _Atomic bool stop;

static void *once(void *arg)
{
	void *volatile block = malloc(200000);

	(void)arg;
	c_round();
	free(block);
	return NULL;
}

static void *churn(void *arg)
{
	pthread_t thread;

	(void)arg;
	while (!stop) {
		if (pthread_create(&thread, NULL, once, NULL))
			abort();
		pthread_join(thread, NULL);
	}
	return NULL;
}

static __attribute__((noinline)) void be_a_child(void)
{
	void *volatile block;

	watchdog(10);
	c_round();
	block = malloc(300000);
	free(block);
	_exit(7);
}

int main(int argc, char **argv)
{
	int children = argc > 1 ? atoi(argv[1]) : 100, bad = 0, status;
	FILE *pids = fopen("pids", "w");
	pthread_t thread[3];

	watchdog(50);
	counting_begin();
	for (int i = 0; i < 3; i++)
		if (pthread_create(&thread[i], NULL, churn, NULL))
			return 1;
	for (int i = 0; i < children; i++) {
		pid_t pid = fork();

		if (pid == 0)
			be_a_child();
		fprintf(pids, "%d\n", pid);
		fflush(pids);
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
			bad++;
	}
	stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	counting_end();
	printf("%d children, %d of them ended badly\n", children, bad);
	return bad != 0;
}
