/*
 * subject.c - the process under test: a loop of "read a request, make the call, write the result".
 */
#include "subject.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct request {
	long number;		/* -1: fork */
	uint64_t args[6];
};

struct answer {
	int64_t ret;
	pid_t pid;
};

static bool transfer(ssize_t (*move)(int, void *, size_t), int fd, void *data, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t some = move(fd, (char *)data + done, bytes - done);

		if (some <= 0)
			return false;
		done += (size_t)some;
	}
	return true;
}

static ssize_t move_out(int fd, void *data, size_t bytes)
{
	return write(fd, data, bytes);
}

/* ---- inside the subject ---- */

static int64_t make_call(const struct request *request)
{
	const uint64_t *a = request->args;
	long ret = syscall(request->number, a[0], a[1], a[2], a[3], a[4], a[5]);

	return ret == -1 ? -errno : ret;
}

/* The child goes on; its parent only waits for it. */
static pid_t change_over(void)
{
	pid_t child = fork();

	if (child > 0) {
		waitpid(child, NULL, 0);
		_exit(0);
	}
	if (!child)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return child;
}

static void serve(int in, int out)
{
	struct request request;

	while (transfer(read, in, &request, sizeof request)) {
		struct answer answer = { 0 };

		if (request.number == -1)
			answer.ret = change_over();
		else
			answer.ret = make_call(&request);
		answer.pid = getpid();
		if (!transfer(move_out, out, &answer, sizeof answer))
			break;
	}
	_exit(0);
}

static void drop_privileges(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		_exit(1);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* ---- outside ---- */

int subject_start(struct subject *subject, bool unprivileged)
{
	int there[2], back[2];
	int64_t answer;

	*subject = (struct subject){ 0 };
	if (pipe(there))
		return -errno;
	if (pipe(back))
		return -errno;
	subject->pid = subject->first = fork();
	if (subject->pid < 0)
		return -errno;
	if (!subject->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		close(there[1]);
		close(back[0]);
		if (unprivileged)
			drop_privileges();
		serve(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	subject->to = there[1];
	subject->from = back[0];
	/* Its answer says that it has dropped its privileges; until then its pages may not be readable. */
	return subject_call(subject, SYS_getpid, (const uint64_t[6]){ 0 }, &answer);
}

static void forget_ranges(struct subject *subject)
{
	for (size_t i = 0; i < subject->ranges; i++) {
		free((void *)(uintptr_t)subject->range[i].path);
		free((void *)(uintptr_t)subject->range[i].vmflags);
	}
	subject->ranges = 0;
}

void subject_end(struct subject *subject)
{
	close(subject->to);
	close(subject->from);
	waitpid(subject->first, NULL, 0);
	forget_ranges(subject);
	free(subject->range);
}

static int ask(struct subject *subject, struct request *request, struct answer *answer)
{
	if (!transfer(move_out, subject->to, request, sizeof *request))
		return -EPIPE;
	return transfer(read, subject->from, answer, sizeof *answer) ? 0 : -EPIPE;
}

int subject_call(struct subject *subject, long number, const uint64_t args[6], int64_t *ret)
{
	struct request request = { .number = number };
	struct answer answer;
	int failed;

	memcpy(request.args, args, sizeof request.args);
	failed = ask(subject, &request, &answer);
	if (!failed)
		*ret = answer.ret;
	return failed;
}

int subject_fork(struct subject *subject)
{
	struct request request = { .number = -1 };
	struct answer answer;
	int failed = ask(subject, &request, &answer);

	if (failed || answer.ret < 0)
		return failed ? failed : (int)answer.ret;
	return subject->pid = answer.pid;
}

/* Sample: 7f10aaf06000-7f10aaf16000 rw-p 00000000 00:01 7   /memfd:x (deleted) */
static bool parse_head(struct subject *subject, char *line)
{
	struct snapshot_range range = { 0 };
	unsigned major, minor;
	int used = 0;

	if (sscanf(line, "%lx-%lx %4s %lx %x:%x %lu %n", &range.start, &range.end, range.perms, &range.offset, &major,
		   &minor, &range.ino, &used) < 7)
		return false;
	range.dev = (uint64_t)major << 20 | minor;
	line[strcspn(line, "\n")] = '\0';
	if (line[used])
		range.path = strdup(line + used);
	if (subject->ranges == subject->room) {
		subject->room = subject->room ? 2 * subject->room : 64;
		subject->range = realloc(subject->range, subject->room * sizeof *subject->range);
	}
	subject->range[subject->ranges++] = range;
	return true;
}

static FILE *open_proc(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	return fopen(path, "re");
}

int subject_list(struct subject *subject)
{
	FILE *smaps = open_proc(subject->pid, "smaps"), *status = open_proc(subject->pid, "status");
	char line[4096];

	forget_ranges(subject);
	while (smaps && fgets(line, sizeof line, smaps)) {
		if (!strncmp(line, "VmFlags: ", 9) && subject->ranges) {
			line[strcspn(line, "\n")] = '\0';
			subject->range[subject->ranges - 1].vmflags = strdup(line + 9);
		} else if (!isupper((unsigned char)line[0])) { /* the others are figures: "Size:", "Rss:" */
			parse_head(subject, line);
		}
	}
	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "VmLck: %lu", &subject->vmlck_bytes) == 1)
			subject->vmlck_bytes *= 1024;
	if (smaps)
		fclose(smaps);
	if (status)
		fclose(status);
	return smaps && status && subject->ranges ? 0 : -ESRCH;
}
