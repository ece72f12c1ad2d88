/*
 * h_chroot DIRECTORY PROGRAM: a child goes into DIRECTORY by chroot(2) and makes calls there, from where the tracer's files
 * cannot be seen; its own child becomes PROGRAM, a path in there, by execve and by posix_spawn.
 */
#include "hazard.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static int ended(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void be_inside(const char *directory, char *program)
{
	char *const args[] = { program, NULL };
	pid_t pid;

	if (chroot(directory) || chdir("/"))
		_exit(99);
	c_round();
	pid = fork();
	if (pid == 0) {
		c_round();
		execv(program, args);
		_exit(98);
	}
	printf("by execve: %d\n", ended(pid));
	if (posix_spawn(&pid, program, NULL, NULL, args, environ))
		_exit(97);
	printf("by posix_spawn: %d\n", ended(pid));
	c_round();
	exit(5);
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc < 3)
		return 2;
	watchdog(20);
	setlinebuf(stdout);
	counting_begin();
	pid = fork();
	if (pid == 0)
		be_inside(argv[1], argv[2]);
	printf("inside: %d\n", ended(pid));
	counting_end();
	return 0;
}
