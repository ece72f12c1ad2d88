/*
 * p_odd_memory - memory with ways of its own: private pages of /dev/zero, which lose their offset when they move, secret memory
 * in a child, pages that READ_IMPLIES_EXEC makes executable; and processes with odd threads: one without its first, one that
 * becomes a new program by another.
 */
#include <pthread.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "prog.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

#define RW (PROT_READ | PROT_WRITE)

static char *program;

static char *fresh(int pages)
{
	return t_mmap(NULL, pages * page(), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Runs it in a child, so that what it does ends with it. */
static void apart(void (*what)(void))
{
	pid_t child = fork();

	if (child == 0) {
		what();
		_exit(0);
	}
	if (waitpid(child, NULL, 0) != child)
		abort();
}

static void zero(void)
{
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
	char *at = t_mmap(NULL, 8 * page(), RW, MAP_PRIVATE, fd, 16 * page()), *to = fresh(16);

	t_mremap(at + 2 * page(), 2 * page(), 2 * page(), MREMAP_MAYMOVE | MREMAP_FIXED, to);
	look("zero-moved");
	/* refused in a way that makes the tracer look */
	t_madvise(to, 4 * page(), MADV_WIPEONFORK);
	t_mprotect(to, 2 * page(), PROT_READ);
	look("zero-looked-at");
}

static void secret(void)
{
	int fd = (int)syscall(SYS_memfd_secret, 0);
	char *at;

	if (fd < 0 || ftruncate(fd, 4 * (off_t)page()))
		return;
	at = t_mmap(NULL, 4 * page(), RW, MAP_SHARED, fd, 0);
	look("secret");
	t_mlock(at, page());
	t_munlockall();
	t_madvise(at, page(), MADV_DODUMP);
	t_mprotect(at, page(), PROT_READ | PROT_EXEC);
	look("secret-and-dumped");
	if (fork() == 0) {
		look("secret-in-a-child");
		t_mlock(at + page(), page());
		look("secret-not-locked");
		_exit(0);
	}
	wait(NULL);
}

static void executable(void)
{
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC), id = shmget(IPC_PRIVATE, 2 * page(), 0600);

	personality(READ_IMPLIES_EXEC);
	t_mprotect(fresh(4), page(), PROT_READ);
	t_mmap(NULL, page(), PROT_READ, MAP_PRIVATE, fd, 0);
	if (shmat(id, NULL, 0) == MAP_FAILED || shmctl(id, IPC_RMID, NULL) || sbrk(10 * page()) == MAP_FAILED)
		abort();
	look("read-implies-exec");
	execl(program, program, "as-ever-after-exec", (char *)NULL);
}

/* prlimit takes the id of any thread. */
static void *lower_limit(void *unused)
{
	const struct rlimit limit = { 16 * page(), 16 * page() };

	(void)unused;
	return (void *)(long)prlimit(gettid(), RLIMIT_MEMLOCK, &limit, NULL);
}

/* The process's own entries in /proc are empty then. */
static void *go_on_alone(void *first)
{
	char *at = fresh(4);

	pthread_join(*(pthread_t *)first, NULL);
	t_mlock(at, 2 * page());
	t_mmap(at, page(), PROT_READ, MAP_SHARED | MAP_FIXED, socket(AF_UNIX, SOCK_STREAM, 0), 0);
	look("without-first-thread");
	_exit(0);
}

static void leaderless(void)
{
	static pthread_t first;
	pthread_t thread;

	first = pthread_self();
	pthread_create(&thread, NULL, lower_limit, NULL);
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, go_on_alone, &first);
	pthread_exit(NULL);
}

static void *become(void *unused)
{
	fresh(3);
	execl(program, program, "executed-by-a-thread", (char *)NULL);
	return unused;
}

static void replaced(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, become, NULL);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	program = argv[0];
	if (argc > 1) {
		t_mprotect(fresh(2), page(), PROT_READ);
		look(argv[1]);
		return 0;
	}
	apart(zero);
	apart(secret);
	apart(executable);
	apart(leaderless);
	apart(replaced);
	puts("done");
	return 0;
}
