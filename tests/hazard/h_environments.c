/*
 * h_environments: becomes and starts programs with an environment that was emptied, replaced or cleaned, in every way libc has.
 * Each program started is this one again with a number; it maps 100 pages and that many more, so that the log can tell whether
 * it was followed.
 *
 * h_environments chain N: goes through N programs by exec alone.
 */
#include "../prog/prog.h"

#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>

static char self[4096], number[16];
static char *const args[] = { self, number, NULL };
static char *const nothing[] = { NULL };

static int be_a_child(int which)
{
	mmap(NULL, (100 + (size_t)which) * page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	printf("child %d\n", which);
	return 0;
}

static void by_execve(void)
{
	execve(self, args, nothing);
}

static void by_execve_without(void)
{
	execve(self, args, NULL);
}

static void by_execvpe(void)
{
	execvpe(self, args, nothing);
}

static void by_execle(void)
{
	execle(self, self, number, (char *)NULL, nothing);
}

static void by_fexecve(void)
{
	fexecve(open(self, O_RDONLY | O_CLOEXEC), args, nothing);
}

static void by_execveat(void)
{
	execveat(open(self, O_RDONLY | O_CLOEXEC), "", args, nothing, AT_EMPTY_PATH);
}

static void by_syscall(void)
{
	syscall(SYS_execve, self, args, nothing);
}

static void by_clearenv(void)
{
	clearenv();
	execv(self, args);
}

static void by_unsetenv(void)
{
	unsetenv("LD_PRELOAD");
	unsetenv("PAGETRAIL_SESSION");
	execl(self, self, number, (char *)NULL);
}

static void by_another_preload(void)
{
	setenv("LD_PRELOAD", "libm.so.6", 1);
	execvp(self, args);
}

static void by_env(void)
{
	execlp("env", "env", "-i", self, number, (char *)NULL);
}

static void by_system(void)
{
	char text[8192];

	snprintf(text, sizeof(text), "env -i '%s' %s", self, number);
	_exit(system(text));
}

static void by_popen(void)
{
	char text[8192];
	FILE *pipe;

	snprintf(text, sizeof(text), "exec env -i '%s' %s", self, number);
	pipe = popen(text, "r");
	while (fgets(text, sizeof(text), pipe))
		fputs(text, stdout);
	fflush(stdout);
	_exit(pclose(pipe));
}

static void by_spawn(void)
{
	pid_t pid;
	int status;

	if (posix_spawn(&pid, self, NULL, NULL, args, nothing) || waitpid(pid, &status, 0) != pid)
		_exit(1);
	_exit(status);
}

static void by_spawnp(void)
{
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, self, NULL, NULL, args, nothing) || waitpid(pid, &status, 0) != pid)
		_exit(1);
	_exit(status);
}

static void by_vfork(void)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execve(self, args, nothing);
		_exit(127);
	}
	_exit(waitpid(pid, &status, 0) != pid || status);
}

static void (*const road[])(void) = { by_execve, by_execve_without, by_execvpe, by_execle, by_fexecve, by_execveat, by_syscall,
				      by_clearenv, by_unsetenv, by_another_preload, by_env, by_system, by_popen, by_spawn,
				      by_spawnp, by_vfork };

static void take(size_t which)
{
	pid_t pid;
	int status;

	fflush(stdout);
	snprintf(number, sizeof(number), "%zu", which);
	pid = fork();
	if (pid == 0) {
		road[which]();
		_exit(126);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		printf("child %zu ended with %x\n", which, status);
}

static int go_on_with_the_chain(int left)
{
	char *const next[] = { self, (char[]){ "chain" }, number, NULL };

	be_a_child(left);
	fflush(stdout);
	if (left == 0)
		return 0;
	snprintf(number, sizeof(number), "%d", left - 1);
	execve(self, next, nothing);
	return 126;
}

int main(int argc, char **argv)
{
	alarm(20);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	if (argc > 2)
		return go_on_with_the_chain(atoi(argv[2]));
	if (argc > 1)
		return be_a_child(atoi(argv[1]));
	for (size_t i = 0; i < sizeof(road) / sizeof(road[0]); i++)
		take(i);
	return 0;
}
