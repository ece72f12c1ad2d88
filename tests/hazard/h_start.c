/* h_start PROGRAM...: starts each program in every way there is, prints what became of it. */
#include "../prog/prog.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static void exec_it(char *program, int way)
{
	char *const args[] = { program, NULL };

	switch (way) {
	case 0:
		execv(program, args);
		break;
	case 1:
		execlp(program, program, (char *)NULL);
		break;
	case 2:
		fexecve(open(program, O_RDONLY | O_CLOEXEC), args, environ);
		break;
	case 3:
		execveat(AT_FDCWD, program, args, environ, 0);
		break;
	case 4:
		syscall(SYS_execve, program, args, environ);
		break;
	default:
		_exit(WEXITSTATUS(system(program)));
	}
	_exit(126);
}

static pid_t spawn(char *program)
{
	char *const args[] = { program, NULL };
	pid_t pid;

	return posix_spawn(&pid, program, NULL, NULL, args, environ) ? -1 : pid;
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	alarm(20);
	for (int i = 1; i < argc; i++) {
		for (int way = 0; way < 7; way++) {
			pid = way == 6 ? spawn(argv[i]) : fork();
			if (pid == 0)
				exec_it(argv[i], way);
			status = -1;
			waitpid(pid, &status, 0);
			printf("%d: %x\n", way, status);
			fflush(stdout);
		}
	}
	return 0;
}
