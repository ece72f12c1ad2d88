/*
 * choose.h - plans at random, weighted so that the calls meet: a small arena, a handful of objects.
 *
 * Nothing in a plan harms the program that plays it: what destroys pages keeps to the arena and to mappings the plan itself
 * has made, and nothing takes away what the kernel's own or the C library's pages hold.
 */
#ifndef TESTS_FUZZ_CHOOSE_H
#define TESTS_FUZZ_CHOOSE_H

#include "plan.h"

enum choose_what {
	CHOOSE_WHOLE = 1 << 0,	   /* calls about the whole address space: mlockall, brk, prctl, personality */
	CHOOSE_ELSEWHERE = 1 << 1, /* mappings where the kernel likes, and what they are called by */
	CHOOSE_LIMITS = 1 << 2,	   /* setrlimit, prlimit */
	CHOOSE_POINTED = 1 << 3,   /* calls whose arguments are in memory: process_madvise, mincore */
	CHOOSE_TOUCH = 1 << 4,	   /* page faults */
	CHOOSE_OTHERS = 1 << 5,	   /* threads and children */
	CHOOSE_LIBRARY = 1 << 6,   /* by functions as well as by syscall(2); posix_madvise, sbrk */
	CHOOSE_FORK = 1 << 7,	   /* STEP_GO_ON alone */
};

/*
 * choose_plan - the plan of a seed
 * @what: enum choose_what
 * @steps: at most PLAN_MAX
 *
 * The same plan for the same arguments, on every machine.
 */
void choose_plan(struct plan *plan, uint64_t seed, unsigned what, unsigned steps);

/* Levels of a limit: the second word of setrlimit. */
enum { LEVEL_NONE, LEVEL_ODD, LEVEL_LITTLE, LEVEL_SOME, LEVEL_MUCH, LEVEL_MOST, LEVELS };

#endif
