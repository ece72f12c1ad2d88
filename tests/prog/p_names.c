/*
 * Names of every kind that a log can have: p_names FILE WORD maps the file, labels a mapping, names a memory file, sets a mark,
 * each by that word, and spawns itself with an argument.
 */
#include "prog.h"

#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

extern char **environ;

static void lock_twice(char *key)
{
	t_mlock(key, 64);
	t_mlock(key + 64, 64);
	t_munlock(key, 64);
}

static int spawn_again(char **argv)
{
	char *child_argv[] = { argv[0], argv[1], argv[2], argv[2], NULL };
	pid_t child;
	int status;

	if (posix_spawn(&child, argv[0], NULL, NULL, child_argv, environ))
		return 1;
	return waitpid(child, &status, 0) != child || status;
}

int main(int argc, char **argv)
{
	char *anon = t_mmap(NULL, 4 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int file = argc > 2 ? open(argv[1], O_RDONLY) : -1, memory;

	if (file < 0 || anon == MAP_FAILED)
		return 1;
	memory = memfd_create(argv[2], 0);
	if (memory < 0 || ftruncate(memory, (off_t)page()))
		return 1;
	t_mmap(NULL, page(), PROT_READ, MAP_PRIVATE, file, 0);
	t_mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, anon, 4 * page(), argv[2]); /* Linux 5.17; unnamed without */
	lock_twice(anon);
	mark(argv[2]);
	return argc == 3 ? spawn_again(argv) : 0;
}
