/*
 * Locks of pages that are not in memory: a reserve of MAP_LOCKED that is never opened, an mlock that fails and leaves its lock
 * behind, pages given back.  Then the same three done rightly.
 *
 * finds: warning lock-not-resident 1
 * finds: warning lock-not-resident 1
 * finds: note lock-not-resident 1
 */
#include <stdbool.h>
#include <stdint.h>

#include "audit.h"

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

static bool in_memory(char *at)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	MUST(fd >= 0 && pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)at / page() * sizeof(entry))) == sizeof(entry));
	close(fd);
	return entry >> 63;
}

static char *reserve(void)
{
	char *at = mmap(NULL, 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

	MUST(at != MAP_FAILED && !in_memory(at));
	return at;
}

static char *reserve_and_open(void)
{
	char *at = mmap(NULL, 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

	MUST(at != MAP_FAILED && !mprotect(at, 2 * page(), PROT_READ | PROT_WRITE) && in_memory(at));
	return at;
}

static void fail(char *at)
{
	MUST(mlock(at, 4 * page()) && errno == ENOMEM && locked_pages() == 4 && !in_memory(at));
	munmap(at, 4 * page());
}

static void fail_and_clean_up(char *at)
{
	MUST(mlock(at, 4 * page()) && errno == ENOMEM);
	MUST(!munlock(at, 2 * page()) && !munlock(at + 3 * page(), page()));
	munmap(at, 4 * page());
}

static char *with_hole(void)
{
	char *at = pages(4);

	MUST(!munmap(at + 2 * page(), page()));
	return at;
}

static void give_back(char *at)
{
	MUST(in_memory(at) && !madvise(at, page(), MADV_DONTNEED_LOCKED) && !in_memory(at) && locked_pages() == 4);
}

int main(void)
{
	char *open;

	reserve();
	open = reserve_and_open();
	give_back(open);
	munmap(open, 2 * page());
	fail(with_hole());
	fail_and_clean_up(with_hole());
	puts("done");
	return 0;
}
