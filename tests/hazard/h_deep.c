/*
 * h_deep deepbind|namespace|again LIBRARY: calls of a library that binds past every preloaded symbol; of one with a libc of
 * its own, by dlmopen(3); and of one such after another was closed.
 */
#include "../prog/prog.h"

#include <dlfcn.h>

#define ROUNDS 20

static int use(void *handle)
{
	int (*round)(void) = NULL, (*allocate)(void) = NULL;
	int bad = 0;

	if (!handle) {
		puts(dlerror());
		return 1;
	}
	*(void **)&round = dlsym(handle, "deep_round");
	*(void **)&allocate = dlsym(handle, "deep_malloc");
	for (int i = 0; i < ROUNDS; i++)
		bad += round() + allocate();
	return bad;
}

int main(int argc, char **argv)
{
	void *handle;
	int bad = 0;

	if (argc < 3)
		return 2;
	alarm(20);
	for (int i = 0; i < (strcmp(argv[1], "again") ? 1 : 4); i++) {
		handle = strcmp(argv[1], "deepbind") ? dlmopen(LM_ID_NEWLM, argv[2], RTLD_NOW) :
						       dlopen(argv[2], RTLD_NOW | RTLD_DEEPBIND);
		bad += use(handle);
		if (handle && dlclose(handle))
			bad++;
	}
	printf("%d bad calls\n", bad);
	return bad != 0;
}
