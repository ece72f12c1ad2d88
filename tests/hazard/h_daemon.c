/*
 * h_daemon: forks twice, becomes leader of a session, closes every descriptor there is, and goes on making calls; reuses the
 * numbers for a file of its own, which must hold afterwards what was written to it and nothing else.
 */
#include "hazard.h"

#include <sys/wait.h>

static void write_pattern(int fd)
{
	char line[] = "line 0000\n";

	for (int i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "line %04d\n", i);
		if (write(fd, line, sizeof(line) - 1) != sizeof(line) - 1)
			abort();
		c_round();
	}
}

static void be_a_daemon(void)
{
	char *mapped;

	watchdog(20);
	if (close_range(0, ~0u, 0))
		abort();
	/* the lowest numbers, those a tracer might have had */
	for (int fd = 0; fd < 8; fd++)
		if (open("daemon-file", O_RDWR | O_CREAT | O_APPEND, 0600) != fd)
			abort();
	write_pattern(7);
	mapped = mmap(NULL, 2000, PROT_READ, MAP_SHARED, 3, 0);
	if (mapped == MAP_FAILED || memcmp(mapped + 1990, "line 0199\n", 10))
		abort();
	counting_end();
	if (rename("counts", "daemon-counts"))
		abort();
	_exit(0);
}

int main(void)
{
	pid_t pid;
	int status;

	watchdog(20);
	counting_begin();
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() == 0)
			be_a_daemon();
		_exit(3);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 1;
	printf("the one between ended with %d\n", WEXITSTATUS(status));
	return 0;
}
