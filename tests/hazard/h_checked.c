/*
 * h_checked ROUNDS: everything that may go on in a process that stops to be compared (--verify=N) and must not stop it for good:
 * threads that hold a lock across their calls, begin and end; a signal handler that makes calls, and one that jumps away from
 * them; a thread blocked in a call; children forked and killed meanwhile.  Each thread has pages of its own.
 */
#include "hazard.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#define WORKERS 3
#define PAGES 8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* A child has the pages as they are at one moment of fork(2), and no result says at which: calls that change any keep away. */
static pthread_rwlock_t forking = PTHREAD_RWLOCK_INITIALIZER;
static atomic_bool stop;
static int rounds;

static char *pages(int count)
{
	return mmap(NULL, count * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void one_round(char *at)
{
	mprotect(at + page(), page(), PROT_READ);
	mlock(at + 3 * page(), page());
	munmap(at + 5 * page(), page());
	madvise(at, PAGES * page(), MADV_DONTDUMP);
	mmap(at, PAGES * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/* Every other round with a lock held that the others want. */
static void *work(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		pthread_rwlock_rdlock(&forking);
		if (i % 2)
			pthread_mutex_lock(&lock);
		one_round(arg);
		if (i % 2)
			pthread_mutex_unlock(&lock);
		pthread_rwlock_unlock(&forking);
	}
	return NULL;
}

/* ---- signals ---- */

/* One for each thread that may be interrupted: the handler's own. */
static __thread char *handlers_page;

static void make_calls(int number)
{
	int saved = errno;

	(void)number;
	if (handlers_page) {
		mlock(handlers_page, page());
		munlock(handlers_page, page());
	}
	errno = saved;
}

static __thread sigjmp_buf back;
static __thread volatile sig_atomic_t may_jump;

static void jump(int number)
{
	(void)number;
	if (may_jump)
		siglongjmp(back, 1);
}

/* What it is jumped away from changes nothing: nobody could tell whether it was done. */
static void *be_interrupted(void *arg)
{
	if (sigsetjmp(back, 1) == 0)
		may_jump = 1;
	while (!atomic_load(&stop))
		madvise(arg, page(), MADV_NORMAL);
	may_jump = 0;
	return NULL;
}

/* ---- a call that takes its time ---- */

/* mlock(2) faults pages in; a page of a userfaultfd(2) waits for whoever holds the descriptor. */
static void *block(void *arg)
{
	mlock(arg, page());
	return NULL;
}

static void block_a_thread(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	char *at = pages(1);
	struct uffdio_register range = { .range = { (unsigned long)at, page() }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_zeropage zero = { .range = { (unsigned long)at, page() } };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	pthread_t thread;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		return;
	pthread_create(&thread, NULL, block, at);
	usleep(100000);
	mprotect(at, page(), PROT_READ | PROT_WRITE);
	ioctl(fd, UFFDIO_ZEROPAGE, &zero);
	pthread_join(thread, NULL);
	close(fd);
}

/* ---- children ---- */

static void *for_ever(void *arg)
{
	for (;;)
		one_round(arg);
	return NULL;
}

/* One makes its calls and ends, the next is killed in the midst of them. */
static void fork_one(char *at, bool kill_it)
{
	pthread_t thread;
	pid_t pid;
	int status;

	pthread_rwlock_wrlock(&forking);
	pid = fork();
	if (pid == 0) {
		one_round(at);
		if (!kill_it)
			_exit(0);
		pthread_create(&thread, NULL, for_ever, pages(PAGES));
		for_ever(at);
	}
	pthread_rwlock_unlock(&forking);
	usleep(3000);
	if (kill_it)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* SIGUSR2 to any thread, five hundred times a second. */
static void signal_often(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	const struct itimerspec often = { { 0, 2000000 }, { 0, 2000000 } };
	timer_t timer;

	signal(SIGUSR2, make_calls);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &often, NULL))
		abort();
}

static void *be_brief(void *arg)
{
	madvise(arg, page(), MADV_NORMAL);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t worker[WORKERS], interrupted, brief;
	char *mine = pages(PAGES);

	rounds = argc > 1 ? atoi(argv[1]) : 20;
	watchdog(50);
	handlers_page = pages(1);
	signal(SIGUSR1, jump);
	for (int i = 0; i < WORKERS; i++)
		pthread_create(&worker[i], NULL, work, pages(PAGES));
	pthread_create(&interrupted, NULL, be_interrupted, pages(1));
	signal_often();
	for (int i = 0; i < rounds; i++) {
		one_round(mine);
		pthread_kill(interrupted, SIGUSR1);
		if (i % 10 == 0)
			fork_one(mine, i % 20);
		pthread_create(&brief, NULL, be_brief, mine);
		pthread_join(brief, NULL);
	}
	block_a_thread();
	for (int i = 0; i < WORKERS; i++)
		pthread_join(worker[i], NULL);
	atomic_store(&stop, true);
	pthread_join(interrupted, NULL);
	puts("done");
	return 0;
}
