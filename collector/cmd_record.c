/*
 * cmd_record.c - run a program under the tracer and write its log.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "live/launch.h"
#include "live/options.h"
#include "live/preflight.h"
#include "live/recorder.h"
#include "live/session.h"
#include "live/summary.h"

/* As env(1) and timeout(1): 126 and 127 speak of the program, 125 of us. */
#define EXIT_INTERNAL 125

/*
 * Between two passes. In the longest pause the ring fills at no less than a million calls a second; when nothing has
 * come for a while, and writers would wait rather than drop, it may be longer.
 */
#define PAUSE_MIN_NS 50000
#define PAUSE_MAX_NS 2000000
#define PAUSE_IDLE_NS 5000000

/* Passes without a pause after a comparison. */
#define EAGER_PASSES 50

/* Everything of one recording. */
struct recording {
	struct record_options options;
	struct preflight program;
	struct session session;
	struct launch launch;
	struct log_writer *writer;
	struct recorder *recorder;
	char *log;		/* its name */
	char *const *argv;	/* of the program */
};

static int fail(int status, const struct err *err)
{
	complain("%s", err->text);
	return status;
}

/* ---- before the program runs ---- */

/* A closed standard descriptor would be given to our own files, and messages would go into them. */
static void fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int find_shim(struct recording *recording, struct err *err)
{
	bool common;
	int rc = session_find_shim(recording->session.shim, &common, err);

	if (!rc && !common)
		complain("%s is not readable by all users: a program that changes its user is lost at its next exec",
			 recording->session.shim);
	if (!rc)
		rc = session_find_unwinder(recording->session.options.unwinder, recording->session.unwinder, err);
	return rc;
}

static char *choose_log(const struct recording *recording)
{
	const char *name = recording->argv[0], *slash = strrchr(name, '/');
	char *log;

	if (recording->options.log)
		return strdup(recording->options.log);
	if (asprintf(&log, "pagetrail.%s.%d.jsonl", slash ? slash + 1 : name, recording->launch.pid) < 0)
		return NULL;
	return log;
}

/* A text file without #!: execvp(3) has the shell read it. */
static char *const *program_argv(const struct recording *recording)
{
	size_t count = 0;
	char **argv;

	if (!recording->program.by_shell)
		return recording->argv;
	while (recording->argv[count])
		count++;
	argv = calloc(count + 2, sizeof(*argv));
	if (!argv)
		exit(EXIT_INTERNAL);
	argv[0] = strdup("sh");
	argv[1] = recording->program.path;
	memcpy(argv + 2, recording->argv + 1, count * sizeof(*argv));
	return argv;
}

static int fork_program(struct recording *recording, struct err *err)
{
	struct launch_program program = {
		.path = recording->program.by_shell ? "/bin/sh" : recording->program.path,
		.argv = program_argv(recording),
		.envp = session_environment(&recording->session),
	};

	return launch_fork(&recording->launch, &program, err);
}

/* The log must be there before the program runs, and its name may have the program's pid. */
static int open_log(struct recording *recording, struct err *err)
{
	int rc;

	recording->log = choose_log(recording);
	rc = recording->log ? log_create(recording->log, recording->options.force, &recording->writer, err) :
			      err_set(err, -ENOMEM, "out of memory");
	if (rc)
		launch_abandon(&recording->launch);
	return rc;
}

/* Return: 0 when the program runs, else our exit status; the message has been printed. */
static int start(struct recording *recording)
{
	struct err err;
	int rc = preflight(recording->argv[0], &recording->program, &err);

	if (rc)
		return fail(rc, &err);
	recording->session.options = recording->options.session;
	if (find_shim(recording, &err) || launch_prepare(&recording->launch, &err) ||
	    session_create(&recording->session, &err) || fork_program(recording, &err) || open_log(recording, &err))
		return fail(EXIT_INTERNAL, &err);
	recording->recorder = recorder_new(&recording->session, recording->writer, &recording->launch, recording->argv);
	rc = launch_go(&recording->launch, recording->argv[0], &err);
	if (!rc)
		return 0;
	if (strcmp(recording->log, "-"))
		unlink(recording->log);
	return fail(rc, &err);
}

/* ---- while it runs ---- */

static bool is_traced(void *arg, pid_t pid)
{
	return processes_find(arg, pid) != NULL;
}

/* The pause that lets an eighth of the ring fill at the present rate; it grows slowly beyond what a burst allows. */
static uint64_t adapt_pause(uint64_t pause_ns, size_t taken, enum ring_full on_full)
{
	uint64_t most_ns = taken || on_full == FULL_DROP ? PAUSE_MAX_NS : PAUSE_IDLE_NS;

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
static bool awaited(const struct recording *recording, uint64_t *checks, unsigned *eager)
{
	uint64_t now = recorder_checks(recording->recorder);

	if (!recording->session.options.verify_every)
		return false;
	if (now != *checks)
		*eager = EAGER_PASSES;
	*checks = now;
	return *eager && --*eager;
}

static void wait_for_more(struct recording *recording, uint64_t pause_ns)
{
	struct timespec timeout = { 0, (long)pause_ns };
	struct pollfd fds[] = {
		{ .fd = recording->launch.signals, .events = POLLIN },
		{ .fd = processes_wait_fd(recorder_processes(recording->recorder)), .events = POLLIN },
	};

	ppoll(fds, 2, &timeout, NULL);
}

static void report_error(const struct recording *recording, bool *reported)
{
	int error = recorder_error(recording->recorder);

	if (!error || *reported)
		return;
	*reported = true;
	complain("cannot write %s: %s; recording has ended, the program goes on", recording->log, strerror(-error));
}

/* When to stop although traced children still run; 0: not yet decided. */
static bool lingers(const struct recording *recording, uint64_t *until_ns)
{
	uint64_t linger_ns = recording->options.linger_ns, now_ns = session_now(&recording->session);

	if (!processes_alive(recorder_processes(recording->recorder)))
		return false;
	if (linger_ns == LINGER_ALL)
		return true;
	if (!*until_ns)
		*until_ns = now_ns + linger_ns;
	return now_ns < *until_ns;
}

static void watch_program(struct recording *recording)
{
	struct processes *processes = recorder_processes(recording->recorder);
	uint64_t pause_ns = PAUSE_MIN_NS, until_ns = 0;
	uint64_t checks = 0;
	unsigned eager = 0;
	bool ended = false, reported = false;

	for (;;) {
		size_t taken = recorder_pass(recording->recorder);
		bool asked = launch_relay(&recording->launch, is_traced, processes);

		report_error(recording, &reported);
		/* asked to end: before its end that is the program's business, after it ours */
		if (ended && (asked || !lingers(recording, &until_ns)))
			return;
		if (!ended && launch_poll(&recording->launch)) {
			ended = true;
			continue;
		}
		pause_ns = adapt_pause(pause_ns, taken, recording->options.session.on_full);
		if (awaited(recording, &checks, &eager))
			sched_yield();
		else if (taken < RING_SLOTS / 2)
			wait_for_more(recording, pause_ns);
	}
}

/* ---- after it ---- */

static void tell_left(const struct recording *recording)
{
	const struct processes *processes = recorder_processes(recording->recorder);
	size_t count = processes_alive(processes), used = 0;
	const struct traced *traced;
	char pids[128] = "";

	if (!count)
		return;
	for (size_t i = 0; (traced = processes_open(processes, i)) && used < sizeof(pids) - 32; i++)
		if (!traced->foreign)
			used += (size_t)snprintf(pids + used, sizeof(pids) - used, "%s%d", used ? ", " : "",
						 traced->pid);
	complain("%zu traced process%s still running (%s%s), later calls are not in the log; --linger=all waits",
		 count, count == 1 ? " is" : "es are", pids, traced ? ", ..." : "");
}

/* Return: whether --verify found pages that differ. */
static bool finish(struct recording *recording)
{
	struct recorder_totals totals = recorder_end(recording->recorder);
	bool had_error = recorder_error(recording->recorder);
	struct err err;

	session_remove(&recording->session);
	if (log_finish(recording->writer, &err) && !had_error) {
		complain("%s", err.text);
		totals.complete = false;
	}
	if (!recording->options.quiet)
		tell_left(recording);
	if (!recording->options.quiet)
		summary_print(stderr, &totals, recorder_processes(recording->recorder), recording->log);
	if (totals.verify.differing)
		complain("--verify: the log does not tell all: %llu pages differed from what it says",
			 (unsigned long long)totals.verify.differing);
	fflush(stderr);
	return totals.verify.differing > 0;
}

int cmd_record(int argc, char **argv)
{
	struct recording recording = { .log = NULL };
	struct err err;
	int rc = record_options_read(argc, argv, &recording.options, &err);

	if (rc < 0)
		return fail(EXIT_INTERNAL, &err);
	if (recording.options.help) {
		fputs(record_usage, stdout);
		return 0;
	}
	fill_standard_descriptors();
	recording.argv = argv + recording.options.program;
	rc = start(&recording);
	if (rc) {
		session_remove(&recording.session);
		return rc;
	}
	watch_program(&recording);
	if (finish(&recording))
		return EXIT_INTERNAL;
	fflush(stdout);
	launch_pass_on(&recording.launch);
}
