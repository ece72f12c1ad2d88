/*
 * hazard.h - what the programs that try to break the tracer share.
 *
 * Their calls are counted where they return, in memory shared with their children, and told to the test at the end, in the
 * file "counts" of the working directory: lines "madvise 241664 1234".  59 pages (241664 bytes) mark the calls that are
 * meant; libc's own calls have other lengths.  A program that hangs is killed by its own watchdog.
 */
#ifndef HAZARD_H
#define HAZARD_H

#include "../prog/prog.h"

#include <stdatomic.h>
#include <stdbool.h>

#define MARKED_BYTES ((size_t)59 * 4096)

enum counted { COUNT_MMAP, COUNT_MUNMAP, COUNT_MPROTECT, COUNT_MADVISE, COUNT_KINDS };

static _Atomic long *counts;

/* Kills the process when it is still there after so long; alarm(2) is not inherited over fork. */
static UNUSED void watchdog(unsigned int seconds)
{
	alarm(seconds);
}

/* The pages of the count are shared with all children. */
static UNUSED void counting_begin(void)
{
	counts = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		abort();
}

static inline void counted(enum counted kind)
{
	atomic_fetch_add_explicit(&counts[kind], 1, memory_order_relaxed);
}

static int counts_file;

/* For programs that cannot open it any more at their end. */
static UNUSED void counting_file(int fd)
{
	counts_file = fd;
}

static UNUSED void counting_write(void)
{
	static const char *const name[COUNT_KINDS] = { "mmap", "munmap", "mprotect", "madvise" };
	char text[512];
	int used = 0;

	for (int i = 0; i < COUNT_KINDS; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s %zu %ld\n", name[i], MARKED_BYTES, counts[i]);
	if (write(counts_file, text, (size_t)used) != used)
		abort();
}

static UNUSED void counting_end(void)
{
	counting_file(open("counts", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	counting_write();
	close(counts_file);
}

static UNUSED char *c_mmap(void)
{
	char *p = mmap(NULL, MARKED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	counted(COUNT_MMAP);
	return p;
}

static UNUSED void c_munmap(char *p)
{
	if (munmap(p, MARKED_BYTES))
		abort();
	counted(COUNT_MUNMAP);
}

static UNUSED void c_mprotect(char *p, int prot)
{
	if (mprotect(p, MARKED_BYTES, prot))
		abort();
	counted(COUNT_MPROTECT);
}

static UNUSED void c_madvise(char *p)
{
	if (madvise(p, MARKED_BYTES, MADV_NORMAL))
		abort();
	counted(COUNT_MADVISE);
}

/* One of each. */
static UNUSED void c_round(void)
{
	char *p = c_mmap();

	c_mprotect(p, PROT_READ);
	c_madvise(p);
	c_munmap(p);
}

#endif
