/* A library to be loaded and unloaded: its constructor and destructor allocate and make calls while the loader is at work. */
#include <stdlib.h>
#include <sys/mman.h>

static void *block;

__attribute__((constructor)) static void begin(void)
{
	block = malloc(50000);
	madvise((void *)((unsigned long)&block & ~4095ul), 4096, MADV_NORMAL);
}

__attribute__((destructor)) static void end(void)
{
	madvise((void *)((unsigned long)&block & ~4095ul), 4096, MADV_NORMAL);
	free(block);
}

int plugin_answer(void);

int plugin_answer(void)
{
	return 42;
}
