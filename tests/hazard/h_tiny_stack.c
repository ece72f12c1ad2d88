/*
 * h_tiny_stack: threads with the smallest stack there can be make each kind of call, a thread per kind; each first paints the
 * stack below itself and afterwards says in the file "used" how much of it was written to.
 */
#include "hazard.h"

#include <limits.h>
#include <pthread.h>

#define PAINT 0x5a

static int file;
static size_t most;
static char *lowest;

static __attribute__((noinline)) void map_a_file(void)
{
	char *p = mmap(NULL, MARKED_BYTES, PROT_READ, MAP_PRIVATE, file, 0);

	if (p == MAP_FAILED)
		abort();
	counted(COUNT_MMAP);
	c_munmap(p);
}

/* Refused: the recorder looks for the reasons. */
static __attribute__((noinline)) void lock_a_hole(void)
{
	char *p = c_mmap();

	c_munmap(p);
	if (mlock(p, MARKED_BYTES) == 0 || errno != ENOMEM)
		abort();
}

static __attribute__((noinline)) void each_of_the_rest(void)
{
	char *p = c_mmap(), *q;
	unsigned char there[59];

	c_mprotect(p, PROT_READ | PROT_WRITE);
	c_madvise(p);
	mlock(p, 4096);
	munlock(p, 4096);
	mincore(p, MARKED_BYTES, there);
	msync(p, 4096, MS_ASYNC);
	q = mremap(p, MARKED_BYTES, 2 * MARKED_BYTES, MREMAP_MAYMOVE);
	munmap(q, 2 * MARKED_BYTES);
	syscall(SYS_madvise, q, 4096L, MADV_NORMAL);
	close(memfd_create("tiny", MFD_CLOEXEC));
	mark("tiny");
}

static __attribute__((noinline)) void use_libc(void)
{
	void *volatile block = malloc(500000);

	free(block);
}

static void (*const role[])(void) = { map_a_file, lock_a_hole, each_of_the_rest, use_libc };

static void *run(void *arg)
{
	char *const here = __builtin_frame_address(0), *at;
	/* what the painting loop itself needs stays above */
	char *const top = here - 256;

	for (at = lowest; at < top; at++)
		*(volatile char *)at = PAINT;
	role[(size_t)arg]();
	for (at = lowest; at < top && *(volatile char *)at == PAINT; at++)
		;
	if ((size_t)(here - at) > most)
		most = (size_t)(here - at);
	return NULL;
}

static void run_in_thread(size_t number)
{
	size_t bytes = (size_t)sysconf(_SC_THREAD_STACK_MIN);
	char *stack = mmap(NULL, bytes + page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	lowest = stack + page();
	if (mprotect(lowest, bytes, PROT_READ | PROT_WRITE))
		abort();
	pthread_attr_init(&attributes);
	if (pthread_attr_setstack(&attributes, lowest, bytes) || pthread_create(&thread, &attributes, run, (void *)number))
		abort();
	pthread_join(thread, NULL);
	munmap(stack, bytes + page());
}

int main(void)
{
	FILE *used;

	watchdog(20);
	counting_begin();
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(role) / sizeof(role[0]); i++)
		run_in_thread(i);
	counting_end();
	used = fopen("used", "w");
	fprintf(used, "%zu\n", most);
	fclose(used);
	puts("survived on the smallest stacks");
	return 0;
}
