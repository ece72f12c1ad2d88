/*
 * player.c - the program under the tracer: plays plans, each in a process of its own.
 *
 *   player SEED COUNT          the plans of COUNT seeds; "seed N: ..." for each that ended badly
 *   player --threads SEED COUNT    the same, four at a time in threads of one process, each with an arena of its own
 *   player --list SEED         the plan of a seed, as text
 *   player --play FILE         a plan as text; prints what its calls returned, and what is in the arena in the end
 *   player --continue NEXT UNTIL   what STEP_EXEC becomes: the plan is in the file of descriptor PLAN_FD
 *
 * Exit status: 0, or 1 if anything ended badly.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../collector/vm/range.h"
#include "choose.h"
#include "play.h"

enum { PLAN_FD = 99, STEPS = 48, SECONDS = 30, THREADS = 4, THREAD_STEPS = 60, ROUND_STEPS = 6 };

#define EVERYTHING                                                                                                     \
	(CHOOSE_WHOLE | CHOOSE_ELSEWHERE | CHOOSE_LIMITS | CHOOSE_POINTED | CHOOSE_TOUCH | CHOOSE_OTHERS | CHOOSE_LIBRARY)

/* There while the tracer is. */
extern void pagetrail_mark(const char *label) __attribute__((weak));

/* What a new program needs to go on. */
static struct {
	struct plan plan;
	int segment[SEGMENTS];
} state;

static struct played *played;
static char self[4096];

static void mark(const char *what, uint64_t number)
{
	char label[64];

	snprintf(label, sizeof label, "%s %" PRIu64, what, number);
	if (pagetrail_mark)
		pagetrail_mark(label);
}

static void keep_state(void)
{
	if (pwrite(PLAN_FD, &state, sizeof state, 0) != sizeof state)
		_exit(PLAY_BAD);
}

static void load_state(void)
{
	if (pread(PLAN_FD, &state, sizeof state, 0) != sizeof state)
		_exit(PLAY_BAD);
}

static int prepare(void)
{
	struct object objects[OBJECTS];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	int fd = memfd_create("plan", 0);

	played = mmap(NULL, (UINT8_MAX + 1) * sizeof *played, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (length < 0 || fd < 0 || dup2(fd, PLAN_FD) < 0 || played == MAP_FAILED || objects_open(objects))
		return -1;
	self[length] = '\0';
	return fd == PLAN_FD ? 0 : close(fd);
}

/* ---- what came of it ---- */

/* Sample: 200000000000-200000002000 rw-p ...   VmFlags: rd wr mr mw me lo */
static void show_arena(void)
{
	FILE *smaps = fopen("/proc/self/smaps", "re"), *status = fopen("/proc/self/status", "re");
	uint64_t start = 0, end = 0, first, last;
	char line[4096], perms[5], four[5];

	while (smaps && fgets(line, sizeof line, smaps)) {
		/* "Anonymous:" begins with a number too */
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &first, &last, four) == 3) {
			start = first;
			end = last;
			memcpy(perms, four, sizeof perms);
			continue;
		}
		if (!strncmp(line, "VmFlags: ", 9) && start >= ARENA && start < ARENA_PAGE(4096))
			printf("arena %" PRIu64 " %" PRIu64 " %s %s", (start - ARENA) / PAGE_BYTES,
			       (end - ARENA) / PAGE_BYTES, perms, line + 9);
	}
	while (status && fgets(line, sizeof line, status))
		if (!strncmp(line, "VmLck:", 6))
			fputs(line, stdout);
	fflush(stdout);
}

static void show_results(void)
{
	for (unsigned i = 0; i < state.plan.steps; i++) {
		unsigned label = state.plan.step[i].label;

		if (played[label].done)
			printf("result %u %" PRId64 " %s %" PRId64 "\n", label, played[label].ret,
			       played[label].err ? strerrorname_np(played[label].err) : "-",
			       played[label].locked_pages);
	}
}

static bool ended_well(pid_t pid, uint64_t seed)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		printf("seed %" PRIu64 ": %s\n", seed, strerror(errno));
		return false;
	}
	if (!status)
		return true;
	if (WIFSIGNALED(status))
		printf("seed %" PRIu64 ": killed by SIG%s\n", seed, sigabbrev_np(WTERMSIG(status)));
	else
		printf("seed %" PRIu64 ": exit status %d\n", seed, WEXITSTATUS(status));
	return false;
}

/* ---- one plan ---- */

static void begin(struct player *player)
{
	*player = (struct player){ .plan = &state.plan, .played = played, .self = self };
	player_begin(player, state.segment);
}

/* In a process of its own; @show: tell what is in the arena then. */
static bool play_one(uint64_t seed, bool show)
{
	static struct player player;
	bool good;
	pid_t pid;

	memset(played, 0, (UINT8_MAX + 1) * sizeof *played);
	if (segments_make(state.segment))
		return false;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(SECONDS);
		keep_state();
		mark("seed", seed);
		begin(&player);
		player.tells_vmlck = show;
		play(&player, UINT8_MAX);
		if (show)
			show_arena();
		_exit(0);
	}
	good = ended_well(pid, seed);
	segments_remove(state.segment);
	return good;
}

static int go_on(unsigned next, unsigned until)
{
	static struct played own[UINT8_MAX + 1];
	static struct player player;

	load_state();
	played = own;
	self[readlink("/proc/self/exe", self, sizeof self - 1)] = '\0';
	begin(&player);
	player.next = next;
	alarm(SECONDS);
	play(&player, until);
	_exit(0);
}

static bool play_seeds(uint64_t seed, uint64_t count)
{
	uint64_t bad = 0;

	for (uint64_t i = 0; i < count; i++) {
		choose_plan(&state.plan, seed + i, EVERYTHING, STEPS);
		bad += !play_one(seed + i, false);
	}
	printf("%" PRIu64 " plans, %" PRIu64 " ended badly\n", count, bad);
	return !bad;
}

/* ---- threads ---- */

static pthread_barrier_t barrier;

struct part {
	struct plan plan;
	struct played played[UINT8_MAX + 1];
	struct player player;
	bool first;
};

/* Now and then all are quiet, and one marks the moment. */
static void *play_part(void *data)
{
	struct part *part = data;

	for (unsigned until = ROUND_STEPS; until < THREAD_STEPS + ROUND_STEPS; until += ROUND_STEPS) {
		pthread_barrier_wait(&barrier);
		play(&part->player, until);
		pthread_barrier_wait(&barrier);
		if (part->first)
			mark("quiet", until);
	}
	return NULL;
}

static void play_parts(uint64_t seed)
{
	static struct part part[THREADS];
	pthread_t thread[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		choose_plan(&part[i].plan, seed * THREADS + i, CHOOSE_LIBRARY, THREAD_STEPS);
		part[i].player = (struct player){ .plan = &part[i].plan, .played = part[i].played, .borrowed = true };
		part[i].first = i == 0;
		player_begin(&part[i].player, state.segment);
		part[i].player.values.place[PLACE_ARENA] = ARENA_PAGE(i * 4096);
	}
	for (unsigned i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, play_part, &part[i]))
			_exit(PLAY_BAD);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

static bool play_threads(uint64_t seed, uint64_t count)
{
	uint64_t bad = 0;

	for (uint64_t i = 0; i < count; i++) {
		pid_t pid;

		if (segments_make(state.segment))
			return false;
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			alarm(SECONDS);
			mark("seed", seed + i);
			play_parts(seed + i);
			_exit(0);
		}
		bad += !ended_well(pid, seed + i);
		segments_remove(state.segment);
	}
	printf("%" PRIu64 " plans, %" PRIu64 " ended badly\n", count * THREADS, bad);
	return !bad;
}

/* ---- the command line ---- */

static int list(uint64_t seed)
{
	choose_plan(&state.plan, seed, EVERYTHING, STEPS);
	for (unsigned i = 0; i < state.plan.steps; i++) {
		step_print(stdout, &state.plan.step[i]);
		putchar('\n');
	}
	return 0;
}

static int play_file(const char *path)
{
	FILE *in = fopen(path, "re");
	bool good;

	if (!in || plan_read(&state.plan, in)) {
		perror(path);
		return 2;
	}
	fclose(in);
	good = play_one(0, true);
	show_results();
	return !good;
}

int main(int argc, char **argv)
{
	const char *option = argc > 1 ? argv[1] : "";
	uint64_t first = argc > 2 ? strtoull(argv[argc - 2], NULL, 0) : 0, last = strtoull(argv[argc - 1], NULL, 0);

	if (argc == 4 && !strcmp(option, "--continue"))
		return go_on((unsigned)first, (unsigned)last);
	if (argc == 3 && !strcmp(option, "--list"))
		return list(last);
	if (prepare()) {
		perror("player");
		return 2;
	}
	if (argc == 3 && !strcmp(option, "--play"))
		return play_file(argv[2]);
	if (argc == 4 && !strcmp(option, "--threads"))
		return !play_threads(first, last);
	if (argc == 3 && option[0] != '-')
		return !play_seeds(first, last);
	fputs("usage: player SEED COUNT | --threads SEED COUNT | --list SEED | --play FILE\n", stderr);
	return 2;
}
