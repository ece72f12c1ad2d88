/*
 * h_unwind: a program that walks its own stack with libunwind (its own linked copy) and backtrace(3), in handlers of a timer
 * and between calls, as profilers do.
 */
#define UNW_LOCAL_ONLY
#include "hazard.h"

#include <execinfo.h>
#include <libunwind.h>
#include <signal.h>
#include <time.h>

static volatile sig_atomic_t handled, shallow;
static timer_t timer;

static void arm(void)
{
	const struct itimerspec once = { { 0, 0 }, { 0, 50000 } };

	timer_settime(timer, 0, &once, NULL);
}

static void walk(int number)
{
	int saved = errno;
	void *frame[64];

	(void)number;
	/* main is always below */
	if (unw_backtrace(frame, 64) < 3)
		shallow++;
	handled++;
	if (handled < 1000)
		arm();
	errno = saved;
}

static __attribute__((noinline)) int deep(int depth)
{
	void *frame[64];

	if (depth > 0)
		return deep(depth - 1) + 1;
	c_round();
	return unw_backtrace(frame, 64) < 12 || backtrace(frame, 64) < 12;
}

int main(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct sigaction action = { .sa_handler = walk, .sa_flags = SA_RESTART };
	int wrong = 0;
	void *frame[4];

	watchdog(20);
	counting_begin();
	/* both load what they need at their first use, which is not for a handler */
	backtrace(frame, 4);
	unw_backtrace(frame, 4);
	if (sigaction(SIGUSR1, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer))
		return 1;
	arm();
	while (handled < 1000)
		wrong += deep(10) != 10;
	counting_end();
	printf("%d and %d wrong walks\n", wrong, (int)shallow);
	return 0;
}
