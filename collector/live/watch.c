#include "watch.h"

#include <poll.h>
#include <sched.h>

/*
 * Between two passes. In the longest pause the ring fills at no less than a million calls a second; when nothing has
 * come for a while, and writers would wait rather than drop, it may be longer.
 */
#define PAUSE_MIN_NS 50000
#define PAUSE_MAX_NS 2000000
#define PAUSE_IDLE_NS 5000000
#define PAUSE_PATIENT_NS 20000000

/* Passes without a pause after a comparison. */
#define EAGER_PASSES 50

static bool is_traced(void *arg, pid_t pid)
{
	return processes_find(arg, pid) != NULL;
}

static uint64_t longest_pause(const struct watch *watch, size_t taken)
{
	const struct session_options *options = &watch->session->options;

	if (taken || options->on_full == FULL_DROP)
		return PAUSE_MAX_NS;
	return watch->patient && !options->verify ? PAUSE_PATIENT_NS : PAUSE_IDLE_NS;
}

/* The pause that lets an eighth of the ring fill at the present rate; it grows slowly beyond what a burst allows. */
static uint64_t adapt_pause(uint64_t pause_ns, size_t taken, uint64_t most_ns)
{
	if (taken > RING_SLOTS / 4)
		pause_ns /= 4;
	else if (taken > RING_SLOTS / 8)
		pause_ns /= 2;
	else if (taken < RING_SLOTS / 16)
		pause_ns += pause_ns < PAUSE_MAX_NS ? pause_ns : pause_ns / 16;
	if (pause_ns > most_ns)
		return most_ns;
	return pause_ns < PAUSE_MIN_NS ? PAUSE_MIN_NS : pause_ns;
}

/* A process that is compared after each call does nothing between the calls but wait for us. */
static bool awaited(const struct watch *watch, uint64_t *checks, unsigned *eager)
{
	uint64_t now = recorder_checks(watch->recorder);

	if (!watch->session->options.verify_every)
		return false;
	if (now != *checks)
		*eager = EAGER_PASSES;
	*checks = now;
	return *eager && --*eager;
}

static void wait_for_more(const struct watch *watch, uint64_t pause_ns)
{
	struct timespec timeout = { 0, (long)pause_ns };
	struct pollfd fds[] = {
		{ .fd = watch->launch->signals, .events = POLLIN },
		{ .fd = processes_wait_fd(recorder_processes(watch->recorder)), .events = POLLIN },
	};

	ppoll(fds, 2, &timeout, NULL);
}

static void tell_error(const struct watch *watch, bool *told)
{
	int error = recorder_error(watch->recorder);

	if (!error || *told)
		return;
	*told = true;
	watch->failed(watch->arg, -error);
}

/* When to stop although traced children still run; 0: not yet decided. */
static bool lingers(const struct watch *watch, uint64_t *until_ns)
{
	uint64_t now_ns = session_now(watch->session);

	if (!processes_alive(recorder_processes(watch->recorder)))
		return false;
	if (watch->linger_ns == LINGER_ALL)
		return true;
	if (!*until_ns)
		*until_ns = now_ns + watch->linger_ns;
	return now_ns < *until_ns;
}

void watch_run(const struct watch *watch)
{
	struct processes *processes = recorder_processes(watch->recorder);
	uint64_t pause_ns = PAUSE_MIN_NS, until_ns = 0, checks = 0;
	bool ended = !watch->launch->pid, told = false;
	unsigned eager = 0;

	for (;;) {
		size_t taken = recorder_pass(watch->recorder);
		bool asked = launch_relay(watch->launch, is_traced, processes);

		tell_error(watch, &told);
		/* asked to end: before its end that is the program's business, after it ours */
		if (ended && (asked || !lingers(watch, &until_ns)))
			return;
		if (!ended && launch_poll(watch->launch)) {
			ended = true;
			continue;
		}
		pause_ns = adapt_pause(pause_ns, taken, longest_pause(watch, taken));
		if (awaited(watch, &checks, &eager))
			sched_yield();
		else if (taken < RING_SLOTS / 2)
			wait_for_more(watch, pause_ns);
	}
}
