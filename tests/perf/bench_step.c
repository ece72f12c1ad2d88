/*
 * bench_step.c - what a walk costs: step_walk() beside libunwind's unw_backtrace() on the same stack, in the same run.
 *
 * Prints, for each depth, the frames found and the best of several runs in nanoseconds per walk.
 */
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "../../preload/step.h"
#include "../unit/preload/here.h"

enum { ROUNDS = 200000, RUNS = 7, FRAMES = 256 };

static uintptr_t frames[FRAMES];

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

__attribute__((noinline)) static int by_table(void)
{
	struct step_start start;

	STEP_HERE(start);
	return step_walk(&start, frames, FRAMES).count;
}

__attribute__((noinline)) static int by_libunwind(void)
{
	return unw_backtrace((void **)frames, FRAMES);
}

static double best(int (*walk)(void), int *count)
{
	double least = 1e18;

	for (int run = 0; run < RUNS; run++) {
		const double begin = now_ns();
		for (int i = 0; i < ROUNDS; i++)
			*count = walk();
		const double each = (now_ns() - begin) / ROUNDS;
		least = each < least ? each : least;
	}
	return least;
}

/* One frame for each level: the compiler must not make a loop of it. */
__attribute__((noinline)) static int descend(int depth)
{
	if (depth > 0) {
		const int below = descend(depth - 1);
		__asm__ volatile("");
		return below;
	}
	int ours, theirs;
	const double table = best(by_table, &ours), libunwind = best(by_libunwind, &theirs);
	printf("%6d %6d %10.1f %10.1f\n", ours, theirs, table, libunwind);
	return 0;
}

int main(void)
{
	if (!step_init())
		return 77;
	printf("frames of step and libunwind, ns of step and libunwind\n");
	descend(0);
	descend(10);
	descend(35);
	return 0;
}
