/*
 * h_loader_lock LIBRARY ROUNDS: threads that hold the loader's locks and allocate (dlopen, dlclose, dl_iterate_phdr) against
 * threads that hold malloc's arena lock and enter the kernel (brk and mmap under it).  An unwinder that asks the loader from
 * inside malloc, or allocates from inside the loader, waits here for ever.  Each thread of the second kind is new, so that
 * whatever an unwinder keeps per thread is not there yet.
 */
#include "hazard.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>

static const char *library;
static int rounds;
static _Atomic int loading = 2;

static int allocate(struct dl_phdr_info *info, size_t size, void *arg)
{
	char *volatile block = malloc(60000 + size + strlen(info->dlpi_name));

	(void)arg;
	block[0] = 1;
	free(block);
	return 0;
}

static void *open_and_close(void *arg)
{
	(void)arg;
	for (int i = 0; i < rounds; i++) {
		void *handle = dlopen(library, RTLD_NOW);

		if (!handle)
			abort();
		c_round();
		dlclose(handle);
	}
	loading--;
	return NULL;
}

static void *walk_objects(void *arg)
{
	(void)arg;
	for (int i = 0; i < rounds * 8; i++)
		dl_iterate_phdr(allocate, NULL);
	loading--;
	return NULL;
}

static void *grow_and_shrink(void *arg)
{
	char *volatile block[16];

	(void)arg;
	for (int i = 0; i < 16; i++)
		block[i] = malloc(i % 4 ? 100000 : 400000);
	for (int i = 15; i >= 0; i--)
		free(block[i]);
	c_round();
	return NULL;
}

static void *allocators(void *arg)
{
	pthread_t thread;

	(void)arg;
	while (loading) {
		if (pthread_create(&thread, NULL, grow_and_shrink, NULL))
			abort();
		pthread_join(thread, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	void *(*const role[])(void *) = { open_and_close, walk_objects, allocators, allocators };
	pthread_t thread[4];

	if (argc < 3)
		return 2;
	watchdog(30);
	library = argv[1];
	rounds = atoi(argv[2]);
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, 300000);
	mallopt(M_TOP_PAD, 0);
	mallopt(M_TRIM_THRESHOLD, 1);
	counting_begin();
	for (int i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, role[i], NULL))
			return 1;
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	counting_end();
	puts("nobody waited for ever");
	return 0;
}
