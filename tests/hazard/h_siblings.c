/*
 * h_siblings KILLS: eight children make calls without end and are killed by SIGKILL at random moments, each replaced by
 * another, while the parent makes calls of its own in the same ring.
 */
#include "hazard.h"

#include <signal.h>
#include <sys/wait.h>

#define SIBLINGS 8

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		watchdog(20);
		for (;;)
			c_round();
	}
	return pid;
}

int main(int argc, char **argv)
{
	int kills = argc > 1 ? atoi(argv[1]) : 50, status, wrong = 0;
	pid_t sibling[SIBLINGS];
	unsigned seed = 7;
	char *p;

	watchdog(30);
	counting_begin();
	for (int i = 0; i < SIBLINGS; i++)
		sibling[i] = start();
	p = mmap(NULL, 67 * page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < kills; i++) {
		int which = rand_r(&seed) % SIBLINGS;

		for (int j = 0; j < 50; j++)
			madvise(p, 67 * page(), MADV_NORMAL);
		usleep(500 + rand_r(&seed) % 1000);
		kill(sibling[which], SIGKILL);
		wrong += waitpid(sibling[which], &status, 0) < 0 || status != SIGKILL;
		sibling[which] = start();
	}
	for (int i = 0; i < SIBLINGS; i++) {
		kill(sibling[i], SIGKILL);
		waitpid(sibling[i], &status, 0);
	}
	counting_end();
	printf("%d kills, %d wrong\n", kills, wrong);
	return 0;
}
