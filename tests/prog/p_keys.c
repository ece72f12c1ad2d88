/*
 * p_keys.c - a program that keeps keys, for policies: rightly, or with the fault that its first argument names.
 *
 * late       a key is locked only after "ready"          early      ... unlocked before it is given up
 * protect    an mprotect after "steady"                  status     ends with 3
 */
#include "prog.h"

#include <signal.h>

static const char *fault = "";

static int has(const char *name)
{
	return !strcmp(fault, name);
}

static void *key_alloc(void)
{
	void *key = t_mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	t_madvise(key, page(), MADV_DONTDUMP);
	if (!has("late"))
		t_mlock(key, page());
	return key;
}

static void key_free(void *key)
{
	t_munlock(key, page());
	t_munmap(key, page());
}

static void forget_key(void *key)
{
	t_munlock(key, page());
}

int main(int argc, char **argv)
{
	void *key, *table;

	fault = argc > 1 ? argv[1] : "";
	key = key_alloc();
	table = t_mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mark("ready");
	if (has("late"))
		t_mlock(key, page());
	t_mprotect(table, page(), PROT_READ);
	mark("steady");
	if (has("protect"))
		t_mprotect(table, page(), PROT_READ | PROT_WRITE);
	if (has("early"))
		forget_key(key);
	if (has("killed"))
		raise(SIGTERM);
	key_free(key);
	puts("done");
	return has("status") ? 3 : 0;
}
