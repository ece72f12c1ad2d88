#include "attend.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../log/log.h"
#include "../util/alloc.h"
#include "recorder.h"
#include "watch.h"

#define SAME_NAME_MAX 1000	/* logs of one program and pid */
#define CMDLINE_MAX 65536
#define ARGS_MAX 1024

/* What /proc says of the program. It can change that as it likes: nothing rests on it but names. */
struct subject {
	char exe[PATH_MAX], cwd[PATH_MAX], shim[PATH_MAX];
	char cmdline[CMDLINE_MAX + 1];
	char *argv[ARGS_MAX + 1];
};

struct attending {
	struct subject subject;
	struct session session;
	struct launch launch;
	struct recorder *recorder;
	struct log_writer *writer;
	const struct attend_options *options;
	pid_t pid;
	char log[PATH_MAX];	/* the one at hand */
	char **part;		/* names of those that are there, oldest first */
	size_t parts;
	struct rotation rotation;
	int error;		/* of the log, > 0 */
};

/* ---- who it is ---- */

static void read_link(pid_t pid, const char *name, char out[PATH_MAX])
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	length = readlink(path, out, PATH_MAX - 1);
	out[length > 0 ? length : 0] = 0;
}

static void read_cmdline(pid_t pid, struct subject *subject)
{
	char path[64], *at = subject->cmdline;
	ssize_t length;
	size_t count = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? 0 : read(fd, subject->cmdline, CMDLINE_MAX);
	if (fd >= 0)
		close(fd);
	subject->cmdline[length > 0 ? length : 0] = 0;
	while (length > 0 && at < subject->cmdline + length && count < ARGS_MAX) {
		subject->argv[count++] = at;
		at += strlen(at) + 1;
	}
	subject->argv[count] = NULL;
}

/* The shim it was started with: its children must get the same, for two in one process would be one too many. */
static void find_its_shim(pid_t pid, char shim[PATH_MAX])
{
	char path[64], line[PATH_MAX + 128];
	FILE *maps;

	shim[0] = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	while (maps && !shim[0] && fgets(line, sizeof(line), maps)) {
		char *file = strchr(line, '/'), *slash = strrchr(line, '/');

		line[strcspn(line, "\n")] = 0;
		if (slash && !strcmp(slash, "/libpagetrail.so"))
			snprintf(shim, PATH_MAX, "%s", file);
	}
	if (maps)
		fclose(maps);
}

static int find_shim(struct attending *attending, struct err *err)
{
	const char *shim = attending->subject.shim;
	bool common;

	if (!shim[0] || strlen(shim) >= SESSION_PATH_MAX)
		return session_find_shim(attending->session.shim, &common, err);
	memcpy(attending->session.shim, shim, strlen(shim) + 1);
	return 0;
}

static void know(pid_t pid, struct subject *subject)
{
	read_link(pid, "exe", subject->exe);
	read_link(pid, "cwd", subject->cwd);
	read_cmdline(pid, subject);
	find_its_shim(pid, subject->shim);
}

/* ---- its log ---- */

/* Return: 0 and *writer, and the name in attending->log, which is left alone otherwise. */
static int create_log(struct attending *attending, uint32_t part, struct log_writer **writer, struct err *err)
{
	const struct attend_options *options = attending->options;
	const char *slash = strrchr(attending->subject.exe, '/'), *name = slash ? slash + 1 : "unknown";
	char of_part[24] = "", number[16] = "", log[PATH_MAX];
	int rc = -EEXIST, length;

	if (part > 1)
		snprintf(of_part, sizeof(of_part), ".part%" PRIu32, part);
	for (unsigned i = 1; rc == -EEXIST && i < SAME_NAME_MAX; i++) {
		if (i > 1)
			snprintf(number, sizeof(number), ".%u", i);
		length = snprintf(log, sizeof(log), "%s/pagetrail.%s.%d%s%s.jsonl%s", options->dir, name, attending->pid,
				  number, of_part, options->compress ? ".zst" : "");
		if (length >= (int)sizeof(log))
			return err_set(err, -ENAMETOOLONG, "%s: the log's name is too long", options->dir);
		rc = log_create(log, false, writer, err);
	}
	if (rc)
		return rc;
	memcpy(attending->log, log, (size_t)length + 1);
	attending->part = alloc_resize(attending->part, attending->parts + 1, sizeof(*attending->part));
	attending->part[attending->parts++] = alloc_copy(log, (size_t)length);
	return 0;
}

/* ---- one log after the other ---- */

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int begin_part(void *arg, uint32_t part, struct log_writer **writer, const char **name, const char **before)
{
	struct attending *attending = arg;
	struct err err;
	int rc = create_log(attending, part, writer, &err);

	if (rc)
		return rc;
	attending->writer = *writer;
	*name = file_name(attending->part[attending->parts - 1]);
	*before = file_name(attending->part[attending->parts - 2]);
	return 0;
}

static void drop_oldest(struct attending *attending)
{
	while (attending->options->keep && attending->parts > attending->options->keep) {
		unlink(attending->part[0]);
		free(attending->part[0]);
		memmove(attending->part, attending->part + 1, --attending->parts * sizeof(*attending->part));
	}
}

static int finish_part(void *arg, struct log_writer *before)
{
	struct err err;
	int rc = log_finish(before, &err);

	drop_oldest(arg);
	return rc;
}

static void rotate(struct attending *attending)
{
	attending->rotation = (struct rotation){
		.bytes = attending->options->rotate_bytes, .begin = begin_part, .finish = finish_part, .arg = attending,
	};
	if (attending->rotation.bytes)
		recorder_rotate(attending->recorder, &attending->rotation, attending->writer);
}

/* ---- the recording ---- */

static void log_failed(void *arg, int error)
{
	struct attending *attending = arg;

	attending->error = error;
}

static int begin(struct attending *attending, const struct visitor *visitor, const struct attend_options *options,
		 struct err *err)
{
	struct subject *subject = &attending->subject;
	struct recorder_program program = { visitor->pid, subject->argv, subject->cwd[0] ? subject->cwd : NULL };
	int rc;

	attending->options = options;
	attending->pid = visitor->pid;
	know(visitor->pid, subject);
	attending->session.options = options->session;
	memcpy(attending->session.unwinder, options->unwinder, sizeof(options->unwinder));
	rc = find_shim(attending, err);
	if (!rc)
		rc = launch_prepare(&attending->launch, err);
	if (!rc)
		rc = session_create(&attending->session, err);
	if (!rc)
		rc = create_log(attending, 1, &attending->writer, err);
	if (!rc)
		attending->recorder = recorder_new(&attending->session, attending->writer, &attending->launch, &program);
	if (!rc)
		rotate(attending);
	return rc;
}

static enum attend_result end(struct attending *attending, struct err *err)
{
	struct recorder_totals totals = recorder_end(attending->recorder);
	int rc;

	session_remove(&attending->session);
	rc = log_finish(attending->writer, err);
	recorder_free(attending->recorder);
	if (attending->error)
		err_set(err, -attending->error, "cannot write %s: %s", attending->log, strerror(attending->error));
	if (rc || attending->error)
		return ATTEND_FAILED;
	return totals.complete ? ATTEND_COMPLETE : ATTEND_INCOMPLETE;
}

static void record(struct attending *attending)
{
	const struct watch watch = {
		.session = &attending->session, .launch = &attending->launch, .recorder = attending->recorder,
		.linger_ns = LINGER_ALL, .patient = true, .failed = log_failed, .arg = attending,
	};

	watch_run(&watch);
}

static void forget(struct attending *attending)
{
	for (size_t i = 0; i < attending->parts; i++)
		free(attending->part[i]);
	free(attending->part);
	free(attending);
}

enum attend_result attend(struct visitor *visitor, const struct attend_options *options, struct err *err)
{
	struct attending *attending = alloc_zero(1, sizeof(*attending));
	enum attend_result result = ATTEND_FAILED;

	if (visitor->pid <= 0) {
		err_set(err, -ESRCH, "a program of another pid namespace cannot be recorded from here");
	} else if (!begin(attending, visitor, options, err)) {
		door_answer(visitor, GREET_WELCOME, attending->session.path);
		record(attending);
		result = end(attending, err);
		forget(attending);
		return result;
	}
	door_answer(visitor, GREET_FAILED, "");
	session_remove(&attending->session);
	forget(attending);
	return result;
}
