/*
 * The loader and libc at work: objects opened and closed, a second libc in a namespace of its own, threads that come and go.
 * All of it maps memory, none of it through a symbol that could be interposed.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROUNDS 100

static void *allocate(void *arg)
{
	free(malloc(1 << 20));
	return arg;
}

static void open_and_close(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		void *library = dlopen("libm.so.6", RTLD_NOW);

		if (!library)
			exit(1);
		dlclose(library);
	}
}

static void create_and_join(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, allocate, NULL) || pthread_join(thread, NULL))
			exit(1);
	}
}

/* dlmopen(3): nothing of the second libc is shared with the first. */
static void second_libc(void)
{
	void *libc = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
	void *(*map)(void *, size_t, int, int, int, off_t);
	int (*unmap)(void *, size_t);

	if (!libc)
		exit(1);
	map = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(libc, "mmap");
	unmap = (int (*)(void *, size_t))dlsym(libc, "munmap");
	for (int i = 0; i < ROUNDS; i++)
		unmap(map(NULL, 12288, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 12288);
	dlclose(libc);
}

int main(void)
{
	open_and_close();
	create_and_join();
	second_libc();
	puts("done");
	return 0;
}
