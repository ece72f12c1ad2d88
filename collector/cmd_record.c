/*
 * cmd_record.c - run a program under the tracer and write its log.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "cmd.h"
#include "live/launch.h"
#include "live/options.h"
#include "live/preflight.h"
#include "live/recorder.h"
#include "live/session.h"
#include "live/summary.h"
#include "live/watch.h"
#include "util/alloc.h"

/* As env(1) and timeout(1): 126 and 127 speak of the program, 125 of us. */
#define EXIT_INTERNAL 125

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
	char **environment;	/* the same */
	struct check check;	/* --check */
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

/* Whoever may not change its user loses nothing; whoever asked for quiet finds what was lost in the log. */
static int find_shim(struct recording *recording, struct err *err)
{
	bool common;
	int rc = session_find_shim(recording->session.shim, &common, err);

	if (!rc && !common && !geteuid() && !recording->options.quiet)
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
static char **shell_argv(const struct recording *recording)
{
	static char shell[] = "sh";
	size_t count = 0;
	char **argv;

	while (recording->argv[count])
		count++;
	argv = alloc_zero(count + 2, sizeof(*argv));
	argv[0] = shell;
	argv[1] = recording->program.path;
	memcpy(argv + 2, recording->argv + 1, count * sizeof(*argv));
	return argv;
}

static int fork_program(struct recording *recording, struct err *err)
{
	char **by_shell = recording->program.by_shell ? shell_argv(recording) : NULL;
	struct launch_program program = {
		.path = by_shell ? "/bin/sh" : recording->program.path,
		.argv = by_shell ? by_shell : recording->argv,
	};
	int rc;

	program.envp = recording->environment = session_environment(&recording->session);
	rc = launch_fork(&recording->launch, &program, err);
	free(by_shell);
	return rc;
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
	struct err err, unused;
	int rc = preflight(recording->argv[0], &recording->program, &err);

	if (rc)
		return fail(rc, &err);
	recording->session.options = recording->options.session;
	session_clean();
	if (find_shim(recording, &err) || launch_prepare(&recording->launch, &err) ||
	    session_create(&recording->session, &err) || fork_program(recording, &err) || open_log(recording, &err))
		return fail(EXIT_INTERNAL, &err);
	/* the ring is there: while the program is made, so are we */
	launch_go(&recording->launch);
	recording->recorder = recorder_new(&recording->session, recording->writer, &recording->launch,
					   &(struct recorder_program){ recording->launch.pid, recording->argv, NULL });
	rc = launch_gone(&recording->launch, recording->argv[0], &err);
	if (!rc)
		return 0;
	if (strcmp(recording->log, "-"))
		unlink(recording->log);
	log_finish(recording->writer, &unused);
	return fail(rc, &err);
}

/* ---- while it runs ---- */

static void report_error(void *arg, int error)
{
	const struct recording *recording = arg;

	complain("cannot write %s: %s; recording has ended, the program goes on", recording->log, strerror(error));
}

static void watch_program(struct recording *recording)
{
	const struct watch watch = {
		.session = &recording->session,
		.launch = &recording->launch,
		.recorder = recording->recorder,
		.linger_ns = recording->options.linger_ns,
		.failed = report_error,
		.arg = recording,
	};

	watch_run(&watch);
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

/* ---- --check ---- */

/* Before the program runs: a policy that cannot be read is no reason to have run it. */
static int prepare_check(struct recording *recording, struct err *err)
{
	if (!recording->options.check)
		return 0;
	recording->check.words.policy = recording->options.policy;
	recording->check.words.baseline = recording->options.baseline;
	return check_prepare(&recording->check, err);
}

/* The report goes to stderr: stdout is the program's. Return: the verdict's status. */
static int judge(struct recording *recording)
{
	struct reader reader = { 0 };
	struct err err;
	int status = EXIT_UNUSABLE;

	if (view_init(&reader.view, stderr, NULL, &err) || filter_parse(&reader.words.filter, &reader.filter, &err) ||
	    lookup_search(&reader.words.lookup, &reader.search, &err))
		complain("%s", err.text);
	else
		status = check_run(&recording->check, &reader, recording->log);
	fflush(stderr);
	return status;
}

/* Return: our status, 0 to end as the program did. Its own failure comes first. */
static int check(struct recording *recording)
{
	static const char *const words[] = { "clean", "FAIL", NULL, "none, the log is not complete" };
	const int program = recording->launch.status;
	int status = judge(recording);

	if (status == EXIT_UNUSABLE)
		return EXIT_INTERNAL;
	if (WIFSIGNALED(program))
		complain("the program was killed by signal %d, and so ends this; the verdict: %s", WTERMSIG(program),
			 words[status]);
	else if (WEXITSTATUS(program))
		complain("exit status %d is the program's; the verdict: %s", WEXITSTATUS(program), words[status]);
	if (program)
		return 0;
	status = status == EXIT_FINDINGS ? recording->options.error_status : status;
	if (status)
		complain("exit status %d is the verdict's; the program's was 0", status);
	return status;
}

/* Return: our status, 0 to end as the program did. */
static int record(struct recording *recording)
{
	struct err err;
	int rc;

	if (prepare_check(recording, &err))
		return fail(EXIT_INTERNAL, &err);
	rc = start(recording);
	if (rc) {
		session_remove(&recording->session);
		return rc;
	}
	watch_program(recording);
	if (finish(recording))
		return EXIT_INTERNAL;
	return recording->options.check ? check(recording) : 0;
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
	rc = record(&recording);
	fflush(stdout);
	if (!rc)
		launch_pass_on(&recording.launch);
	recorder_free(recording.recorder);
	session_environment_free(recording.environment);
	check_free(&recording.check);
	free(recording.program.path);
	free(recording.log);
	return rc;
}
