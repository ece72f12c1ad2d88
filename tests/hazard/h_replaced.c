/*
 * h_replaced FIRST SECOND [TIMES]: opens a library, makes calls in it, closes it, opens the other, which the loader puts in its
 * place, and so on, 25 times; writes down how often the place was the same.
 */
#include "../prog/prog.h"

#include <dlfcn.h>

static void *visit(const char *library)
{
	void *handle = dlopen(library, RTLD_NOW);
	int (*round)(void) = NULL;
	Dl_info info;

	if (!handle)
		abort();
	*(void **)&round = dlsym(handle, "deep_round");
	if (round() || !dladdr((void *)round, &info))
		abort();
	dlclose(handle);
	return info.dli_fbase;
}

int main(int argc, char **argv)
{
	FILE *same = fopen("same", "w");
	int count = 0, times = argc > 3 ? atoi(argv[3]) : 25;

	if (argc < 3 || !same)
		return 2;
	alarm(20);
	for (int i = 0; i < times; i++)
		count += visit(argv[1]) == visit(argv[2]);
	fprintf(same, "%d\n", count);
	fclose(same);
	puts("visited");
	return 0;
}
