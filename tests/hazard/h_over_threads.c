/*
 * h_over_threads ROUNDS: while three threads make calls all the time and a fourth sits in one that takes long, maps over the
 * tracer's memory again and again, the ring and the page that says who we are by turns; a timer's handlers interrupt it with calls
 * of their own.  At the end every byte of what it mapped must be as it left it.
 */
#include "over.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define TAKEN_MAX 64

static _Atomic bool over;
static long clones;
static struct range taken[TAKEN_MAX];

static void *busy(void *arg)
{
	char *p = c_mmap();

	while (!over) {
		c_madvise(p);
		c_mprotect(p, PROT_READ);
		c_mprotect(p, PROT_READ | PROT_WRITE);
		c_round();
	}
	c_munmap(p);
	return arg;
}

static int child(void *arg)
{
	usleep(30000);
	syscall(SYS_exit, 0);
	return arg != NULL;
}

/* CLONE_VFORK: the call returns when the child has ended. */
static void *slow(void *arg)
{
	static _Alignas(16) char stack[65536];
	int status;

	while (!over) {
		pid_t pid = clone(child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

		clones++;
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			abort();
	}
	return arg;
}

static void handler(int number)
{
	int saved = errno;

	(void)number;
	c_round();
	errno = saved;
}

/* To the main thread alone. */
static void interrupt(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1, ._sigev_un._tid = gettid() };
	const struct itimerspec often = { { 0, 50000 }, { 0, 50000 } };
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	timer_t timer;

	if (sigaction(SIGUSR1, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &often, NULL))
		abort();
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 0, found = 0;
	pthread_t thread[4];
	long foreign = 0;

	watchdog(40);
	counting_begin();
	for (int i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, i ? busy : slow, NULL))
			return 1;
	interrupt();
	for (int i = 0; i < rounds && i < TAKEN_MAX; i++) {
		struct range at = i % 2 ? find_page() : find_ring();

		usleep(10000);
		if (at.start)
			taken[found++] = map_over(at);
	}
	signal(SIGUSR1, SIG_IGN);
	over = true;
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < found; i++)
		foreign += foreign_bytes(taken[i]);
	counting_end();
	fprintf(fopen("found", "w"), "%d %ld\n", found, clones);
	printf("%ld foreign bytes\n", foreign);
	return 0;
}
