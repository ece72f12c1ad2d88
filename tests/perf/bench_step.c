/*
 * bench_step.c - what a walk costs: step_walk() beside libunwind's unw_backtrace() on the same stack, in the same run.
 *
 * The stack is a chain of functions that are all different, as in a program. Prints for each depth the frames
 * found and the best of several runs, in nanoseconds a walk.
 */
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "../../preload/step.h"
#include "../unit/preload/here.h"

enum { ROUNDS = 400, RUNS = 1000, REMEMBERED = 64, FRAMES = 256 };

static uintptr_t frames[FRAMES];

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* So many frames are wanted that the walk is not remembered. */
__attribute__((noinline)) static int stepped(void)
{
	struct step_start start;

	STEP_HERE(start);
	return step_walk(&start, frames, FRAMES).count;
}

__attribute__((noinline)) static int cold(void)
{
	const int count = (step_forget(), stepped());

	__asm__ volatile("");
	return count;
}

__attribute__((noinline)) static int checked(void)
{
	struct step_start start;

	STEP_HERE(start);
	return step_walk(&start, frames, REMEMBERED).count;
}

/* As the recorder does it: the addresses are not wanted when the stack has a name. */
__attribute__((noinline)) static int named(void)
{
	struct step_known known = { .key = 1 };
	struct step_start start;

	STEP_HERE(start);
	const struct step_result result = step_walk_known(&start, frames, REMEMBERED, &known);
	if (!known.name)
		step_name(&known, 1);
	return result.count;
}

__attribute__((noinline)) static int by_libunwind(void)
{
	return unw_backtrace((void **)frames, FRAMES);
}

static double best(int (*walk)(void), int rounds, int *count)
{
	double least = 1e18;

	for (int run = 0; run < RUNS; run++) {
		const double begin = now_ns();
		for (int i = 0; i < rounds; i++)
			*count = walk();
		const double each = (now_ns() - begin) / rounds;
		least = each < least ? each : least;
	}
	return least;
}

static void measure(const char *where)
{
	int ours, theirs, unused;
	const double table = best(stepped, ROUNDS, &ours);
	const double again = best(checked, ROUNDS, &unused);
	const double name = best(named, ROUNDS, &unused);
	const double first = best(cold, ROUNDS / 20, &unused);
	const double libunwind = best(by_libunwind, ROUNDS, &theirs);

	printf("%-16s %3d %3d %9.0f %9.0f %9.0f %9.0f %9.0f\n", where, ours, theirs, table, again, name, first,
	       libunwind);
}

/* level_N(depth) calls level_N+1 until depth is used up: 64 functions with frames of different size. */
#define LEVEL(n, next)										\
	__attribute__((noinline)) static void level_##n(int depth, const char *where)		\
	{											\
		volatile char room[16 * ((n) % 7) + 8];						\
		room[0] = (char)depth;								\
		if (depth > 0)									\
			level_##next(depth - 1, where);						\
		else										\
			measure(where);								\
		(void)room[0];									\
	}
#define LEVELS4(a, b, c, d, e) LEVEL(d, e) LEVEL(c, d) LEVEL(b, c) LEVEL(a, b)

static void level_64(int depth, const char *where)
{
	(void)depth, (void)where;
}
LEVELS4(60, 61, 62, 63, 64) LEVELS4(56, 57, 58, 59, 60) LEVELS4(52, 53, 54, 55, 56) LEVELS4(48, 49, 50, 51, 52)
LEVELS4(44, 45, 46, 47, 48) LEVELS4(40, 41, 42, 43, 44) LEVELS4(36, 37, 38, 39, 40) LEVELS4(32, 33, 34, 35, 36)
LEVELS4(28, 29, 30, 31, 32) LEVELS4(24, 25, 26, 27, 28) LEVELS4(20, 21, 22, 23, 24) LEVELS4(16, 17, 18, 19, 20)
LEVELS4(12, 13, 14, 15, 16) LEVELS4(8, 9, 10, 11, 12) LEVELS4(4, 5, 6, 7, 8) LEVELS4(0, 1, 2, 3, 4)

static void on_signal(int number)
{
	(void)number;
	measure("alternate stack");
}

static void on_alternate_stack(void)
{
	static char memory[1 << 16];
	const stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory) };
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

int main(void)
{
	if (!step_init())
		return 77;
	printf("%-16s %7s %9s %9s %9s %9s %9s\n", "", "frames", "stepped", "checked", "named", "cold", "libunwind");
	level_0(0, "depth 5");
	level_0(9, "depth 15");
	level_0(34, "depth 40");
	on_alternate_stack();
	return 0;
}
