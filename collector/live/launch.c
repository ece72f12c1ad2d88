#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proc.h"

/*
 * Not taken: stops (job control acts on us as on the program), faults and abort (they are our own), SIGPIPE and SIGXFSZ (ignored: what
 * cannot be written is an error to tell, and the kernel sends them as if we had done it, kill(2)).
 */
static void fill_relayed(sigset_t *set)
{
	static const int left[] = { SIGTSTP, SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS, SIGILL,
				    SIGFPE,  SIGTRAP, SIGSYS,  SIGABRT, SIGPIPE, SIGXFSZ };

	sigfillset(set);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		sigdelset(set, left[i]);
}

int launch_prepare(struct launch *launch, struct err *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, normal = { .sa_handler = SIG_DFL };
	sigset_t relayed;

	memset(launch, 0, sizeof(*launch));
	fill_relayed(&relayed);
	sigprocmask(SIG_BLOCK, &relayed, &launch->mask);
	sigaction(SIGPIPE, &ignore, &launch->pipe);
	sigaction(SIGXFSZ, &ignore, &launch->size);
	/* an inherited SIG_IGN would make the kernel reap the program before we learn how it ended: wait(2) NOTES */
	sigaction(SIGCHLD, &normal, &launch->child);
	launch->signals = signalfd(-1, &relayed, SFD_CLOEXEC | SFD_NONBLOCK);
	if (launch->signals < 0)
		return err_set(err, -errno, "signalfd: %s", strerror(errno));
	return 0;
}

/* ---- starting ---- */

static ssize_t read_through(int fd, void *out, size_t bytes)
{
	ssize_t count;

	do {
		count = read(fd, out, bytes);
	} while (count < 0 && errno == EINTR);
	return count;
}

/* Waits for the word to go, then becomes the program or reports why not. */
static _Noreturn void run_child(const struct launch *launch, int gate, int report, const struct launch_program *program)
{
	int error;

	if (read_through(gate, &error, sizeof(error)) <= 0)
		_exit(127);
	sigaction(SIGPIPE, &launch->pipe, NULL);
	sigaction(SIGXFSZ, &launch->size, NULL);
	sigaction(SIGCHLD, &launch->child, NULL);
	sigprocmask(SIG_SETMASK, &launch->mask, NULL);
	execve(program->path, program->argv, program->envp);
	error = errno;
	while (write(report, &error, sizeof(error)) < 0 && errno == EINTR)
		;
	_exit(127);
}

static int make_pipes(int gate[2], int report[2])
{
	if (pipe2(gate, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(report, O_CLOEXEC) == 0)
		return 0;
	close(gate[0]);
	close(gate[1]);
	return -errno;
}

int launch_fork(struct launch *launch, const struct launch_program *program, struct err *err)
{
	int gate[2], report[2], rc = make_pipes(gate, report);

	if (rc)
		return err_set(err, rc, "pipe: %s", strerror(-rc));
	launch->pid = fork();
	if (launch->pid == 0) {
		/* its own copy of the other end would keep the gate from ever closing */
		close(gate[1]);
		run_child(launch, gate[0], report[1], program);
	}
	rc = -errno;
	close(gate[0]);
	close(report[1]);
	launch->gate = gate[1];
	launch->report = report[0];
	return launch->pid < 0 ? err_set(err, rc, "fork: %s", strerror(-rc)) : 0;
}

void launch_go(struct launch *launch)
{
	const int word = 0;

	while (write(launch->gate, &word, sizeof(word)) < 0 && errno == EINTR)
		;
	close(launch->gate);
}

int launch_gone(struct launch *launch, const char *name, struct err *err)
{
	int error;

	/* the pipe closes when exec succeeds, and carries errno when it does not */
	if (read_through(launch->report, &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(launch->report);
	if (!error)
		return 0;
	waitpid(launch->pid, NULL, 0);
	err_set(err, -error, "cannot execute %s: %s", name, strerror(error));
	return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

void launch_abandon(struct launch *launch)
{
	close(launch->gate);
	close(launch->report);
	waitpid(launch->pid, NULL, 0);
}

/* ---- signals ---- */

static bool asks_to_end(uint32_t number)
{
	return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

static bool sent_by_process(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_USER || info->ssi_code == SI_QUEUE || info->ssi_code == SI_TKILL;
}

bool launch_relay(struct launch *launch, bool (*is_traced)(void *arg, pid_t pid), void *arg)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(launch->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		end |= asks_to_end(info.ssi_signo);
		if (info.ssi_signo == SIGCHLD || !launch->pid || launch->ended || !sent_by_process(&info) ||
		    is_traced(arg, (pid_t)info.ssi_pid))
			continue;
		kill(launch->pid, (int)info.ssi_signo);
	}
	return end;
}

/* ---- stops ---- */

/* In the foreground of a terminal whose shell, our parent, watches us: it can continue us, and only it would. */
static bool shell_watches(const struct launch *launch)
{
	pid_t parent = getppid(), group = getpgrp();
	bool foreground;
	int tty;

	if (getpgid(launch->pid) != group || getpgid(parent) == group || getsid(parent) != getsid(0))
		return false;
	tty = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		return false;
	foreground = tcgetpgrp(tty) == group;
	close(tty);
	return foreground;
}

static void follow_stop(const struct launch *launch)
{
	struct timespec moment = { 0, 20000000 };
	struct proc_stat stat;

	if (!shell_watches(launch))
		return;
	/* after "fg" the shell continues the group one by one: the program may be only just about to run again */
	nanosleep(&moment, NULL);
	if (proc_stat(launch->pid, &stat) < 0 || stat.state != 'T')
		return;
	kill(getpid(), SIGSTOP);
	kill(launch->pid, SIGCONT);
}

bool launch_poll(struct launch *launch)
{
	int status;

	while (!launch->ended && waitpid(launch->pid, &status, WNOHANG | WUNTRACED) == launch->pid) {
		if (WIFSTOPPED(status)) {
			follow_stop(launch);
			continue;
		}
		launch->ended = true;
		launch->status = status;
	}
	return launch->ended;
}

_Noreturn void launch_pass_on(const struct launch *launch)
{
	struct rlimit no_core = { 0, 0 };
	sigset_t one;
	int number;

	if (WIFEXITED(launch->status))
		_exit(WEXITSTATUS(launch->status));
	number = WTERMSIG(launch->status);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(number);
	_exit(128 + number);
}
