/*
 * call_cost CALL DEPTH CALLS ROUNDS PAUSE - what one call costs under DEPTH frames.
 *
 * CALL is madvise: MADV_NORMAL, the cheapest there is; mprotect: without PROT_WRITE and with it by turns; or lock: mlock
 * and munlock by turns. DEPTH counts all frames a backtrace of the call finds, main() and what called it included. There
 * are ROUNDS rounds of CALLS calls, with PAUSE microseconds before each, in which whoever takes part in the call's
 * recording can catch up. Prints the median round's nanoseconds per call: CPU time of the calling thread, and wall time.
 * Every call is of LEN bytes, which nothing else in a program asks for, so that a trace can be searched for them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define OUTER_FRAMES 5	/* _start, two of the C library, main, run_rounds */
#define ROUNDS_MAX 1000
#define LEN 4095	/* one page */

struct cost {
	double cpu_ns, wall_ns;
};

static char *target;
static enum { MADVISE, MPROTECT, LOCK } kind;
static struct cost costs[ROUNDS_MAX];
static int calls, rounds, pause_us;

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* By turns, so that mprotect and the lock have something to change. */
static inline __attribute__((always_inline)) int one_call(int turn)
{
	if (kind == MADVISE)
		return madvise(target, LEN, MADV_NORMAL);
	if (kind == MPROTECT)
		return mprotect(target, LEN, turn & 1 ? PROT_READ | PROT_WRITE : PROT_READ);
	return turn & 1 ? munlock(target, LEN) : mlock(target, LEN);
}

static inline __attribute__((always_inline)) struct cost one_round(void)
{
	double cpu, wall;

	if (pause_us)
		usleep(pause_us);
	cpu = now(CLOCK_THREAD_CPUTIME_ID);
	wall = now(CLOCK_MONOTONIC);
	for (int i = 0; i < calls; i++)
		if (one_call(i))
			abort();
	return (struct cost){ (now(CLOCK_THREAD_CPUTIME_ID) - cpu) / calls, (now(CLOCK_MONOTONIC) - wall) / calls };
}

/*
 * One round before the first is not counted: it fills the caches, and the tables of tracers. Returns something to forbid a
 * tail call.
 */
__attribute__((noinline)) static int run_rounds(void)
{
	one_round();
	for (int i = 0; i < rounds; i++)
		costs[i] = one_round();
	return rounds;
}

__attribute__((noinline)) static int descend(int frames)
{
	if (frames <= 0)
		return run_rounds();
	return descend(frames - 1) + 1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof(*values), by_value);
	return values[count / 2];
}

/* A touched page between two without access: it never joins a neighbour, whatever its protection. */
static void make_target(void)
{
	target = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (target == MAP_FAILED || mprotect(target += 4096, 4096, PROT_READ | PROT_WRITE))
		abort();
	*target = 1;
}

static int kind_of(const char *name)
{
	static const char *const names[] = { "madvise", "mprotect", "lock" };
	int at = 0;

	while (at < 3 && strcmp(names[at], name) != 0)
		at++;
	return at;
}

int main(int argc, char **argv)
{
	static double cpu[ROUNDS_MAX], wall[ROUNDS_MAX];
	int depth;

	if (argc != 6 || kind_of(argv[1]) > LOCK)
		return 2;
	kind = kind_of(argv[1]);
	depth = atoi(argv[2]);
	calls = atoi(argv[3]);
	rounds = atoi(argv[4]);
	pause_us = atoi(argv[5]);
	if (rounds < 1 || rounds > ROUNDS_MAX || calls < 1)
		return 2;
	make_target();
	if (depth <= OUTER_FRAMES)
		run_rounds();
	else
		descend(depth - OUTER_FRAMES - 1);
	for (int i = 0; i < rounds; i++) {
		cpu[i] = costs[i].cpu_ns;
		wall[i] = costs[i].wall_ns;
	}
	printf("%.1f %.1f\n", median(cpu, rounds), median(wall, rounds));
	return 0;
}
