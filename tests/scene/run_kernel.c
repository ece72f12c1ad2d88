/*
 * run_kernel.c - play scenes to the kernel: a process makes the calls, and its pages are read from outside.
 *
 *   run_kernel [--seen FILE] FILE...     exit 1 if anything differs from what the scenes say
 *
 * Traced by pagetrail the same program plays the scenes to the tool: after each step that has an expectation the
 * process sets a mark, "scene N step N", and FILE receives what was seen of it then, for run_log to compare with the
 * log.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"
#include "needs.h"
#include "watch.h"

extern void pagetrail_mark(const char *label) __attribute__((weak));

enum { SECONDS_MAX = 200 }; /* for a scene; it is a watchdog, not a measure */

/* What the process says after a step, or at the end. */
struct report {
	size_t step;
	bool last;
	pid_t pid;
	struct result result;
	struct values values;
};

struct stage {
	struct script script; /* the file at hand */
	size_t number;	      /* of its scene, counted over all files */
	unsigned passed, failed, skipped;
	struct actor actor;
	int to, from; /* pipes between the two processes */
	struct watch watch;
	FILE *seen; /* NULL: nobody wants to know */
};

/* ---- the process that acts ---- */

static void transfer(ssize_t (*move)(int, void *, size_t), int fd, void *data, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t some = move(fd, (char *)data + done, bytes - done);

		if (some <= 0)
			_exit(1);
		done += (size_t)some;
	}
}

static ssize_t move_out(int fd, void *data, size_t bytes)
{
	return write(fd, data, bytes);
}

static void tell(const struct stage *stage, struct report *report)
{
	char go;

	report->pid = getpid();
	report->values = stage->actor.values;
	transfer(move_out, stage->to, report, sizeof *report);
	transfer(read, stage->from, &go, 1);
}

static void mark(const struct stage *stage, size_t step)
{
	char label[64];

	if (!pagetrail_mark)
		return;
	snprintf(label, sizeof label, "scene %zu step %zu", stage->number, step);
	pagetrail_mark(label);
}

/* The new program reads the file again and goes on behind this step. */
static void become_another(const struct stage *stage, size_t step)
{
	char number[4][48];

	snprintf(number[0], sizeof number[0], "%d", stage->to);
	snprintf(number[1], sizeof number[1], "%d", stage->from);
	snprintf(number[2], sizeof number[2], "%zu", stage->number);
	snprintf(number[3], sizeof number[3], "%zu.%zu", step, stage->script.index);
	execl("/proc/self/exe", "run_kernel", "--resume", number[0], number[1], number[2], number[3],
	      stage->actor.directory, stage->script.path, NULL);
}

static void act_scene(struct stage *stage, size_t from)
{
	static struct report report;
	const struct scene *scene = stage->actor.scene;

	act_begin(&stage->actor);
	for (size_t i = from; i < scene->steps; i++) {
		const struct step *step = &scene->step[i];
		bool resumed = i == from && step->verb == STEP_EXEC;

		report.step = i;
		if (step->verb == STEP_EXEC && !resumed)
			become_another(stage, i);
		act(&stage->actor, step, &report.result);
		if (step->expect)
			mark(stage, i);
		tell(stage, &report);
	}
	report.last = true;
	tell(stage, &report);
	_exit(0);
}

/* ---- the process that watches ---- */

static void write_seen(const struct stage *stage, const struct report *report)
{
	const struct subject *subject = &stage->watch.subject;
	const struct expectation *expect = stage->actor.scene->step[report->step].expect;

	fprintf(stage->seen, "mark %zu %zu %d %" PRIu64 " %d\n", stage->number, report->step, report->pid,
		subject->vmlck_bytes, expect->everywhere);
	for (size_t i = 0; i < subject->ranges; i++) {
		const struct snapshot_range *range = &subject->range[i];

		fprintf(stage->seen, "%" PRIx64 "-%" PRIx64 " %s %s\n", range->start, range->end, range->perms,
			range->vmflags ? range->vmflags : "");
	}
}

static void write_guards(struct stage *stage, const struct report *report)
{
	const struct expectation *expect = stage->actor.scene->step[report->step].expect;
	struct view view = watch_view(&stage->watch, false);

	for (size_t i = 0; i < expect->runs; i++) {
		const struct run *run = &expect->run[i];
		uint64_t at = expr_value(&run->at, &report->values);
		uint64_t end = at + expr_value(&run->bytes, &report->values);

		for (; run->guard >= 0 && at < end; at += PAGE_BYTES)
			fprintf(stage->seen, "guard %" PRIx64 " %d\n", at, view.guard(view.data, at));
	}
}

static void look(struct stage *stage, struct blame *blamed, const struct report *report)
{
	struct view view;

	if (watch_read(&stage->watch, report->pid)) {
		blame(blamed, "cannot be looked at");
		return;
	}
	view = watch_view(&stage->watch, !pagetrail_mark);
	check_pages(blamed, &view, &report->values);
	if (stage->seen) {
		write_seen(stage, report);
		write_guards(stage, report);
	}
	watch_end(&stage->watch);
}

static bool hear(int fd, struct report *report)
{
	for (size_t done = 0; done < sizeof *report;) {
		ssize_t some = read(fd, (char *)report + done, sizeof *report - done);

		if (some <= 0)
			return false;
		done += (size_t)some;
	}
	return true;
}

/* What outlives the process: its segments. */
static void clean_up(const struct scene *scene, const struct report *report)
{
	for (size_t i = 0; i < scene->steps && i <= report->step; i++)
		if (scene->step[i].verb == STEP_SEGMENT && scene->step[i].name)
			shmctl((int)report->values.of[scene->step[i].name], IPC_RMID, NULL);
}

static void watch_scene(struct stage *stage, struct blame *blamed)
{
	static struct report report;

	memset(&report, 0, sizeof report);
	while (hear(stage->from, &report) && !report.last) {
		blamed->step = &blamed->scene->step[report.step];
		check_result(blamed, &report.result, &report.values);
		if (blamed->step->expect)
			look(stage, blamed, &report);
		if (write(stage->to, "", 1) != 1)
			break;
	}
	if (!report.last)
		blame(blamed, "the process has died");
	else if (write(stage->to, "", 1) != 1)
		blame(blamed, "the process ended early");
	clean_up(blamed->scene, &report);
}

static void start_actor(struct stage *stage, const int there[2], const int back[2])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	alarm(SECONDS_MAX);
	close(there[0]);
	close(back[1]);
	stage->to = there[1];
	stage->from = back[0];
	act_scene(stage, 0);
}

/* Return: how many differences. */
static unsigned play(struct stage *stage, const struct scene *scene)
{
	struct blame blamed = {.scene = scene, .side = pagetrail_mark ? "traced" : "kernel"};
	int there[2], back[2];
	pid_t pid;

	stage->actor.scene = scene;
	memset(&stage->actor.values, 0, sizeof stage->actor.values);
	if (pipe(there) || pipe(back))
		return 1;
	fflush(NULL);
	pid = fork();
	if (!pid)
		start_actor(stage, there, back);
	close(there[1]);
	close(back[0]);
	stage->from = there[0];
	stage->to = back[1];
	watch_scene(stage, &blamed);
	close(there[0]);
	close(back[1]);
	waitpid(pid, NULL, 0);
	return blamed.count;
}

/* Four pages that nobody has ever read or written. */
static int make_sparse(char *path)
{
	int fd = mkstemp(path), rc = fd < 0 || ftruncate(fd, 4 * PAGE_BYTES) || fchmod(fd, 0644);

	if (fd >= 0)
		close(fd);
	return rc;
}

static void play_or_skip(struct stage *stage)
{
	const struct scene *scene = &stage->script.scene;
	const char *unmet = needs_unmet(scene, stage->actor.directory);
	unsigned differences;

	if (unmet) {
		printf("skip %s: %s\n", scene->title, unmet);
		stage->skipped++;
		return;
	}
	differences = play(stage, scene);
	stage->passed += !differences;
	stage->failed += differences > 0;
	if (stage->seen)
		fprintf(stage->seen, "scene %zu %s %s\n", stage->number, differences ? "differs" : "agrees",
			scene->title);
}

static int play_file(struct stage *stage, const char *path)
{
	int rc;

	if (script_open(&stage->script, path))
		return -1;
	for (; (rc = script_next(&stage->script)) > 0; stage->number++)
		play_or_skip(stage);
	script_close(&stage->script);
	return rc;
}

/* --resume TO FROM SCENE STEP.INDEX DIRECTORY FILE: the program that STEP_EXEC becomes */
static int resume(struct stage *stage, char **argv)
{
	char *rest;
	size_t step = strtoul(argv[5], &rest, 10);

	stage->to = atoi(argv[2]);
	stage->from = atoi(argv[3]);
	stage->number = strtoul(argv[4], NULL, 10);
	stage->actor.directory = argv[6];
	stage->actor.scene = &stage->script.scene;
	if (script_open(&stage->script, argv[7]))
		return 2;
	for (size_t left = strtoul(rest + 1, NULL, 10) + 1; left; left--)
		if (script_next(&stage->script) <= 0)
			return 2;
	act_scene(stage, step);
	return 0;
}

int main(int argc, char **argv)
{
	static struct stage stage;
	static char sparse[] = "/tmp/scene.sparse.XXXXXX";
	int first = 1, rc = 0;

	if (argc == 8 && !strcmp(argv[1], "--resume"))
		return resume(&stage, argv);
	if (argc > 2 && !strcmp(argv[1], "--seen")) {
		stage.seen = fopen(argv[2], "we");
		first = 3;
	}
	stage.actor.directory = "/tmp";
	stage.actor.sparse = sparse;
	if ((first == 3 && !stage.seen) || make_sparse(sparse)) {
		perror("run_kernel");
		return 2;
	}
	for (int i = first; i < argc && !rc; i++)
		rc = play_file(&stage, argv[i]);
	printf("kernel: %u passed, %u failed, %u skipped\n", stage.passed, stage.failed, stage.skipped);
	unlink(sparse);
	if (stage.seen && fclose(stage.seen))
		rc = -1;
	return rc ? 2 : stage.failed > 0;
}
