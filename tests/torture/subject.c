/*
 * subject.c - the program that is killed: threads and children make calls of a known order, and a file that survives them
 * counts those that had returned.
 *
 *   subject PLAN [PROCESS [last]]
 *
 * PLAN is the shared file, filled in by torture.py (struct plan here, PLAN there).  The Nth call of worker W (a thread of
 * some process) has the length W pages + 1 + N % 4095 bytes, which no allocator asks for and by which the log's call is known.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PROCESSES = 8, WORKERS = 62, THREADS = 4 };

enum end { END_NONE, END_KILL, END_EXIT, END_ABORT, END_SEGV, END_EXEC, END_RETURN };

struct worker {
	_Atomic int64_t pid, tid, process;
	_Atomic int64_t returned;	/* calls */
	_Atomic int64_t done;		/* it made all it meant to make */
	int64_t spare[3];
};

struct plan {
	/* what is to happen */
	int64_t threads;		/* of each process */
	int64_t calls;			/* of each worker */
	int64_t hold;			/* nobody ends before stop is set */
	int64_t children, execs;	/* of the first process; bit N: process N executes the program anew */
	int64_t amid;			/* it forks while its threads make calls, not before */
	int64_t end, victim, end_after;	/* enum end; of which process; at which of its calls */
	int64_t pause_every;		/* calls; 0: never */
	int64_t status;
	/* what did */
	_Atomic int64_t stop, total, workers;
	_Atomic int64_t pid[PROCESSES], made[PROCESSES];
	_Alignas(PAGE) struct worker worker[WORKERS];
};

static struct plan *plan;
static char **arguments;
static int process;

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(98);
}

static void run_anew(int number, bool last)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	execl("/proc/self/exe", arguments[0], arguments[1], text, last ? "last" : NULL, NULL);
	_exit(97);
}

static void end_now(void)
{
	switch ((enum end)plan->end) {
	case END_KILL:
		kill(getpid(), SIGKILL);
		break;
	case END_EXIT:
		_exit((int)plan->status);
	case END_RETURN:
		exit((int)plan->status);
	case END_ABORT:
		abort();
	case END_SEGV:
		raise(SIGSEGV);
		break;
	case END_EXEC:
		run_anew(process, true);
	case END_NONE:
		break;
	}
}

/* ---- work ---- */

static void call(char *arena, int64_t n, size_t length)
{
	static __thread void *mapped;

	switch (n % 6) {
	case 0:
		madvise(arena, length, MADV_NORMAL);
		break;
	case 1:
		mapped = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		break;
	case 2:
		mlock(arena, length);
		break;
	case 3:
		mprotect(arena, length, PROT_READ | PROT_WRITE);
		break;
	case 4:
		munlock(arena, length);
		break;
	case 5:
		munmap(mapped, length);
		break;
	}
}

static void *work(void *calls_wanted)
{
	int64_t number = atomic_fetch_add(&plan->workers, 1), calls = *(int64_t *)calls_wanted;
	struct worker *me = &plan->worker[number % WORKERS];
	char *arena = mmap(NULL, (size_t)WORKERS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (number >= WORKERS || arena == MAP_FAILED)
		_exit(96);
	me->pid = getpid();
	me->tid = gettid();
	me->process = process;
	for (int64_t n = 0; n < calls && !plan->stop; n++) {
		call(arena, n, (size_t)(number * PAGE + 1 + n % (PAGE - 1)));
		me->returned = n + 1;
		plan->total++;
		if (++plan->made[process] == plan->end_after && process == plan->victim)
			end_now();
		if (plan->pause_every && n % plan->pause_every == 0)
			usleep(200);
	}
	me->done = 1;
	while (plan->hold && !plan->stop)
		usleep(500);
	return NULL;
}

static void run_child(int number)
{
	alarm(100);
	process = number;
	plan->pid[process] = getpid();
	if (plan->execs >> process & 1)
		run_anew(process, false);
	work(&plan->calls);
	_exit(0);
}

static void start_children(void)
{
	for (int child = 1; process == 0 && child <= plan->children; child++)
		if (fork() == 0)
			run_child(child);
}

static void work_in_threads(int64_t threads)
{
	pthread_t thread[THREADS];

	if (!plan->amid)
		start_children();
	for (int64_t i = 1; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, &plan->calls))
			_exit(95);
	if (plan->amid)
		start_children();
	work(&plan->calls);
	for (int64_t i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
}

int main(int argc, char **argv)
{
	int64_t few = 60;
	int fd = argc > 1 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;

	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (plan == MAP_FAILED || plan->threads > THREADS || plan->children >= PROCESSES)
		return 99;
	close(fd);
	alarm(100);
	arguments = argv;
	process = argc > 2 ? atoi(argv[2]) : 0;
	plan->pid[process] = getpid();
	if (process == 0)
		say(argc > 3 ? "last\n" : "begun\n");
	if (argc > 3)
		work(&few);
	else
		work_in_threads(plan->threads);
	while (waitpid(-1, NULL, 0) > 0)
		;
	if (process == 0)
		say("ended\n");
	return process == 0 ? (int)plan->status : 0;
}
