/*
 * Children by every road: fork, vfork and exec, fork and exec, posix_spawn, system(), popen(). Each child that runs the program
 * anew maps as many pages as its role's number says, so that its address space can be told from the others'.
 */
#include "prog.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ;
static char self[4096];

static int child(const char *role, int pages)
{
	if (t_mmap(NULL, pages * page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return 1;
	printf("%s: mapped %d pages\n", role, pages);
	return 10 + pages;
}

static void reap(pid_t pid)
{
	int status;

	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		exit(1);
	printf("status %d\n", WEXITSTATUS(status));
	fflush(stdout);
}

static void by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		exit(child("fork", 1));
	reap(pid);
}

static void by_fork_exec(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(self, self, "fork-exec", "2", (char *)NULL);
		_exit(127);
	}
	reap(pid);
}

static void by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl(self, self, "vfork", "3", (char *)NULL);
		_exit(127);
	}
	reap(pid);
}

static void by_spawn(void)
{
	char *args[] = { self, (char[]){ "spawn" }, (char[]){ "4" }, NULL };
	pid_t pid;

	if (posix_spawn(&pid, self, NULL, NULL, args, environ))
		exit(1);
	reap(pid);
}

static void by_shell(void)
{
	char command[8192], line[128];
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' system 5", self);
	printf("system says %d\n", WEXITSTATUS(system(command)));
	fflush(stdout);
	snprintf(command, sizeof(command), "'%s' popen 6", self);
	pipe = popen(command, "r");
	while (pipe && fgets(line, sizeof(line), pipe))
		printf("from the pipe: %s", line);
	printf("pclose says %d\n", WEXITSTATUS(pclose(pipe)));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return child(argv[1], atoi(argv[2]));
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	by_fork();
	by_fork_exec();
	by_vfork();
	by_spawn();
	by_shell();
	return 0;
}
