/* A library that makes calls by its own symbols: opened with RTLD_DEEPBIND, or in a namespace of its own. */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

#define BYTES ((size_t)61 * 4096)

/* Maps, protects, advises and unmaps 61 pages; returns 0. */
int deep_round(void);

int deep_round(void)
{
	char *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED || mprotect(p, BYTES, PROT_READ) || madvise(p, BYTES, MADV_NORMAL) || munmap(p, BYTES);
}

/* What its libc does by itself: a block above the size up to which malloc may stop mapping them (32 MiB). */
int deep_malloc(void);

int deep_malloc(void)
{
	char *volatile block = malloc((size_t)61 * 4096 * 200);

	if (!block)
		return 1;
	block[0] = 1;
	free(block);
	return 0;
}
