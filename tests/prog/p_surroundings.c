/* Prints what a program can see of its surroundings: descriptors, signals, limits, environment, and what its stdin says. */
#include "prog.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

extern char **environ;

static void show_descriptors(void)
{
	printf("descriptors:");
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			printf(" %d:%d", fd, fcntl(fd, F_GETFD));
	putchar('\n');
}

static void show_signals(void)
{
	struct sigaction action;
	sigset_t blocked;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	printf("signals:");
	for (int sig = 1; sig < 65; sig++)
		if (sigaction(sig, NULL, &action) == 0)
			printf(" %d%d", sigismember(&blocked, sig), action.sa_handler == SIG_DFL ? 0 :
			       action.sa_handler == SIG_IGN ? 1 : 2);
	putchar('\n');
}

static void show_limits(void)
{
	struct rlimit limit;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit(i, &limit) == 0)
			printf("limit %d: %lu %lu\n", i, (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
}

int main(int argc, char **argv)
{
	char line[256];

	for (int i = 1; i < argc; i++)
		printf("argument %s\n", argv[i]);
	show_descriptors();
	show_signals();
	show_limits();
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "PAGETRAIL_", 10) && strncmp(*e, "LD_PRELOAD=", 11))
			puts(*e);
	while (fgets(line, sizeof(line), stdin))
		printf("stdin: %s", line);
	fputs("to stderr\n", stderr);
	return 0;
}
