/*
 * launch.h - start the program and stand in for it towards whoever started us: signals, stops, exit status.
 *
 * The program gets our descriptors, signal mask and dispositions exactly as we found them.
 */
#ifndef PAGETRAIL_LIVE_LAUNCH_H
#define PAGETRAIL_LIVE_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../util/err.h"

struct launch_program {
	const char *path;
	char *const *argv, *const *envp;
};

struct launch {
	pid_t pid;		/* 0: not started */
	int gate, report;	/* pipes to the child before it becomes the program */
	int signals;		/* signalfd: SIGCHLD, and all that is to be passed on */
	bool ended;
	int status;		/* of the program, as wait(2) gives it, once it ended */
	sigset_t mask;		/* as found */
	struct sigaction pipe, size, child;
};

/*
 * launch_prepare - from now on signals wait in launch->signals instead of ending us
 */
int launch_prepare(struct launch *launch, struct err *err);

/*
 * launch_fork - make the process that is to become the program; it waits, so that its pid can be known before it runs
 *
 * Return: 0 or -errno with a message; then launch_go() and launch_gone(), or launch_abandon().
 */
int launch_fork(struct launch *launch, const struct launch_program *program, struct err *err);

/*
 * launch_go - let it become the program
 */
void launch_go(struct launch *launch);

/*
 * launch_gone - wait until it has
 * @name: for the message
 *
 * Return: 0; else the exit status for "could not be executed" (126) or "not there" (127) with a message.
 */
int launch_gone(struct launch *launch, const char *name, struct err *err);

/*
 * launch_abandon - it shall not run after all
 */
void launch_abandon(struct launch *launch);

/*
 * launch_relay - pass on the signals that arrived
 * @is_traced: whether a pid belongs to the traced processes, whose own signals to us are not sent back at them
 *
 * What a terminal sends goes to the whole process group, so the program has it already; what another process sent was
 * meant for the program.
 * Return: true when one of them asks us to end (INT, TERM, HUP, QUIT), whoever sent it.
 */
bool launch_relay(struct launch *launch, bool (*is_traced)(void *arg, pid_t pid), void *arg);

/*
 * launch_poll - has the program ended or stopped?
 *
 * A job the shell controls is stopped as a whole: when the program stopped itself, so do we, until the shell continues
 * us.
 * Return: true when it has ended; launch->status is set.
 */
bool launch_poll(struct launch *launch);

/*
 * launch_pass_on - end as the program did: its exit status, or the same signal without a second core dump
 */
_Noreturn void launch_pass_on(const struct launch *launch);

#endif
