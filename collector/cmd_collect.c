/* cmd_collect.c - a standing collector: records programs that others start, hundreds at a time, a log each. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "live/attend.h"
#include "live/door.h"
#include "live/launch.h"
#include "live/options.h"
#include "options.h"
#include "util/alloc.h"

#define PROGRAMS_DEFAULT 1024	/* at once; each has 1.1 MB of shared memory and a process of ours */
#define PROGRAMS_MAX 100000
#define OF_ONE_PID_MAX 4	/* at once: a program that becomes another one may ask again */
#define TOLD_MAX 20		/* messages of one kind, then only the sums at the end */

static const struct verb_help help = {
	"collect --socket PATH -o DIR [OPTION...]",
	"Waits for programs that are started elsewhere with\n"
	"    LD_PRELOAD=/path/to/libpagetrail.so PAGETRAIL_SOCKET=PATH\n"
	"and records each, and its children, into a log of its own:\n"
	"DIR/pagetrail.PROGRAM.PID.jsonl. Ends at SIGTERM or SIGINT, with every log\n"
	"finished. A program that finds no collector runs as ever, unrecorded.\n"
	"With --rotate a log that is longer than SIZE is finished and the program goes on in\n"
	"DIR/pagetrail.PROGRAM.PID.part2.jsonl and so on. Each part is a log by itself: it\n"
	"begins with all that was mapped, locked and advised by then. Which call had set that\n"
	"is told by the part before only: in this one its first snapshot has set it.\n"
	"Exit status: 0, 2 for a wrong command line, 125 where it cannot begin.\n",
};

#define EXIT_INTERNAL 125

struct collect_words {
	const char *socket, *dir, *most, *on_full, *depth, *rotate, *keep;
	struct option_list users;
	bool compress, no_sites, quiet;
};

static const struct option_row own[] = {
	{ "socket", "PATH", "where to listen; its directory is made if missing", offsetof(struct collect_words, socket) },
	{ "o,output", "DIR", "where logs go; made if missing", offsetof(struct collect_words, dir) },
	{ "compress", NULL, "write .jsonl.zst", offsetof(struct collect_words, compress) },
	{ "rotate", "SIZE", "go on in another log when one is longer: bytes, or with K, M or G", offsetof(struct collect_words, rotate) },
	{ "keep", "N", "with --rotate: only the newest N logs of a program stay (default all)", offsetof(struct collect_words, keep) },
	{ "user", "NAME...", "programs of this user too, not only ours and root's", offsetof(struct collect_words, users) },
	{ "most", "N", "programs recorded at once (default 1024); others run unrecorded", offsetof(struct collect_words, most) },
	{ "depth", "N", "most frames of a stack, up to 128 (default 64)", offsetof(struct collect_words, depth) },
	{ "on-full", "WHAT", "when records come too fast: wait (default), or drop and count", offsetof(struct collect_words, on_full) },
	{ "no-sites", NULL, "do not rewrite libc's own system calls", offsetof(struct collect_words, no_sites) },
	{ "quiet", NULL, "no messages but errors", offsetof(struct collect_words, quiet) },
	{ 0 },
};

/* A process of ours that records one program. */
struct worker {
	pid_t pid, program;
};

struct collect {
	struct collect_words words;
	struct attend_options options;
	uid_t guest[OPTION_LIST_MAX];
	uint64_t most;
	struct launch signals;		/* only for its signals: it starts nothing */
	struct door *door;
	struct worker *worker;
	size_t workers;
	uint64_t complete, incomplete, failed, refused, told;
};

/* ---- options ---- */

static int read_number(const char *name, const char *text, uint64_t most, uint64_t *out, struct err *err)
{
	if (text && (!option_number(text, most, out) || !*out))
		return err_set(err, -EINVAL, "--%s wants a number from 1 to %llu, not '%s'", name, (unsigned long long)most, text);
	return 0;
}

#define ROTATE_LEAST 4096

/* "64K", "100M" */
static int read_size(const char *text, uint64_t *bytes, struct err *err)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	unsigned shift = 0;

	errno = 0;
	*bytes = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit)
		shift = 10 * (unsigned)(unit - units + 1);
	if (*text < '0' || *text > '9' || errno || (unit ? end[1] : *end) || *bytes > UINT64_MAX >> shift >> 1 ||
	    *bytes << shift < ROTATE_LEAST)
		return err_set(err, -EINVAL, "--rotate wants a size from 4K, like 500K, 100M or 2G, not '%s'", text);
	*bytes <<= shift;
	return 0;
}

static int read_rotation(const struct collect_words *words, struct attend_options *options, struct err *err)
{
	if (words->keep && !words->rotate)
		return err_set(err, -EINVAL, "--keep counts the logs that --rotate makes: that is missing");
	if (words->rotate && read_size(words->rotate, &options->rotate_bytes, err))
		return -EINVAL;
	return read_number("keep", words->keep, UINT32_MAX, &options->keep, err);
}

static int read_users(struct collect *collect, struct err *err)
{
	for (size_t i = 0; i < collect->words.users.count; i++) {
		const struct passwd *user = getpwnam(collect->words.users.value[i]);

		if (!user)
			return err_set(err, -EINVAL, "--user: there is no user '%s'", collect->words.users.value[i]);
		collect->guest[i] = user->pw_uid;
	}
	return 0;
}

static int read_full(const char *text, enum ring_full *full, struct err *err)
{
	if (text && !option_full(text, full))
		return err_set(err, -EINVAL, "--on-full wants wait or drop, not '%s'", text);
	return 0;
}

static int read_words(struct collect *collect, struct err *err)
{
	const struct collect_words *words = &collect->words;
	struct session_options *session = &collect->options.session;
	uint64_t depth;
	int rc;

	*session = session_defaults();
	depth = session->depth;
	collect->most = PROGRAMS_DEFAULT;
	collect->options.dir = words->dir;
	collect->options.compress = words->compress;
	session->sites = !words->no_sites;
	if (!words->socket || !words->dir)
		return err_set(err, -EINVAL, "%s", words->socket ? "-o DIR is missing: where to put the logs" :
								   "--socket PATH is missing: where to listen");
	rc = read_number("most", words->most, PROGRAMS_MAX, &collect->most, err);
	if (!rc)
		rc = read_number("depth", words->depth, DEPTH_MAX, &depth, err);
	session->depth = (uint32_t)depth;
	if (!rc)
		rc = read_full(words->on_full, &session->on_full, err);
	if (!rc)
		rc = read_rotation(words, &collect->options, err);
	return rc ? rc : read_users(collect, err);
}

/* ---- the beginning ---- */

static int make_directory(const char *dir, struct err *err)
{
	struct stat st;

	if (mkdir(dir, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return err_set(err, -errno, "cannot make %s for the logs: %s", dir, strerror(errno));
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "%s is not a directory", dir);
	return access(dir, W_OK | X_OK) ? err_set(err, -errno, "cannot write into %s: %s", dir, strerror(errno)) : 0;
}

static int begin(struct collect *collect, struct err *err)
{
	char shim[SESSION_PATH_MAX];
	bool common;
	int rc = session_find_shim(shim, &common, err);

	if (!rc)
		rc = session_find_unwinder(UNWINDER_CFI, collect->options.unwinder, err);
	if (!rc)
		rc = make_directory(collect->words.dir, err);
	if (!rc)
		rc = launch_prepare(&collect->signals, err);
	if (!rc)
		rc = door_open(&collect->door, collect->words.socket, collect->guest, collect->words.users.count, err);
	if (!rc)
		session_clean();
	if (rc || collect->words.quiet)
		return rc;
	complain("collect: start programs with LD_PRELOAD=%s PAGETRAIL_SOCKET=%s; logs go to %s", shim,
		 collect->words.socket, collect->words.dir);
	return 0;
}

/* ---- one program, one process ---- */

static _Noreturn void work(struct collect *collect, struct visitor *visitor)
{
	enum attend_result result;
	struct err err;

	door_close(collect->door, false);
	result = attend(visitor, &collect->options, &err);
	if (result == ATTEND_FAILED)
		complain("collect: process %d: %s", visitor->pid, err.text);
	_exit((int)result);
}

static size_t recorded_of(const struct collect *collect, pid_t program)
{
	size_t count = 0;

	for (size_t i = 0; i < collect->workers; i++)
		count += collect->worker[i].program == program;
	return count;
}

static void tell_refusal(struct collect *collect, pid_t program, const char *why)
{
	collect->refused++;
	if (!collect->words.quiet && collect->told++ < TOLD_MAX)
		complain("collect: process %d is not recorded: %s%s", program, why,
			 collect->told == TOLD_MAX ? "; further ones are only counted" : "");
}

static void serve(struct collect *collect, struct visitor *visitor)
{
	struct worker worker = { .program = visitor->pid };

	if (collect->workers >= collect->most || recorded_of(collect, visitor->pid) >= OF_ONE_PID_MAX) {
		tell_refusal(collect, visitor->pid, "as many are recorded as --most and the bound for one process allow");
		door_answer(visitor, GREET_FULL, "");
		return;
	}
	worker.pid = fork();
	if (worker.pid == 0)
		work(collect, visitor);
	if (worker.pid < 0) {
		tell_refusal(collect, visitor->pid, strerror(errno));
		door_answer(visitor, GREET_FAILED, "");
		return;
	}
	close(visitor->fd);
	collect->worker = alloc_resize(collect->worker, collect->workers + 1, sizeof(*collect->worker));
	collect->worker[collect->workers++] = worker;
}

/* ---- and its end ---- */

static void take_leave(struct collect *collect, const struct worker *worker, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == ATTEND_COMPLETE) {
		collect->complete++;
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == ATTEND_INCOMPLETE) {
		collect->incomplete++;
	} else {
		collect->failed++;
		if (WIFSIGNALED(status))
			complain("collect: process %d: its recorder died of signal %d; its log ends there", worker->program,
				 WTERMSIG(status));
	}
}

static void reap(struct collect *collect)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < collect->workers; i++) {
			if (collect->worker[i].pid != pid)
				continue;
			take_leave(collect, &collect->worker[i], status);
			collect->worker[i] = collect->worker[--collect->workers];
			break;
		}
	}
}

/* ---- the time between ---- */

/* No process but our own may stop us by way of being recorded: nobody's signals are passed on. */
static bool is_traced(void *arg, pid_t pid)
{
	(void)arg;
	(void)pid;
	return false;
}

static void wait_for_somebody(const struct collect *collect, bool listening)
{
	struct pollfd fds[] = {
		{ .fd = collect->signals.signals, .events = POLLIN },
		{ .fd = listening ? door_wait_fd(collect->door) : -1, .events = POLLIN },
	};

	poll(fds, 2, 500);
}

static void run(struct collect *collect)
{
	struct visitor visitor;

	for (;;) {
		if (launch_relay(&collect->signals, is_traced, NULL))
			return;
		reap(collect);
		while (door_next(collect->door, clock_ns(CLOCK_MONOTONIC), &visitor))
			serve(collect, &visitor);
		wait_for_somebody(collect, true);
	}
}

static void finish(struct collect *collect)
{
	const struct door_counts counts = *door_counts(collect->door);

	door_close(collect->door, true);
	for (size_t i = 0; i < collect->workers; i++)
		kill(collect->worker[i].pid, SIGTERM);
	while (collect->workers) {
		launch_relay(&collect->signals, is_traced, NULL);
		reap(collect);
		if (collect->workers)
			wait_for_somebody(collect, false);
	}
	if (!collect->words.quiet)
		complain("collect: %llu programs recorded, %llu of them not completely, %llu failed; not recorded: %llu over "
			 "the bound, %llu of other users, %llu with another version, %llu connections that said nothing",
			 (unsigned long long)(collect->complete + collect->incomplete),
			 (unsigned long long)collect->incomplete, (unsigned long long)collect->failed,
			 (unsigned long long)collect->refused, (unsigned long long)counts.strangers,
			 (unsigned long long)counts.versions, (unsigned long long)counts.silent);
}

int cmd_collect(int argc, char **argv)
{
	struct collect collect = { 0 };
	const struct option_group groups[] = { { "Options", own, &collect.words }, { 0 } };
	struct err err;
	int first, code = options_parse(argc, argv, groups, &first, &err);

	if (code == OPTIONS_HELP) {
		options_help(stdout, &help, groups);
		return EXIT_CLEAN;
	}
	if (!code && first < argc)
		code = err_set(&err, -EINVAL, "'%s' is one argument too many; usage: pagetrail %s", argv[first], help.usage);
	if (!code)
		code = read_words(&collect, &err);
	if (code) {
		complain("collect: %s (see `pagetrail help collect`)", err.text);
		return EXIT_UNUSABLE;
	}
	if (begin(&collect, &err)) {
		complain("collect: %s", err.text);
		return EXIT_INTERNAL;
	}
	run(&collect);
	finish(&collect);
	free(collect.worker);
	return EXIT_CLEAN;
}
