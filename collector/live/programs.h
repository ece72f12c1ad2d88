/*
 * programs.h - how many calls which programs made, for the summary: what is kept of a process that has ended.
 */
#ifndef PAGETRAIL_LIVE_PROGRAMS_H
#define PAGETRAIL_LIVE_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

/* Programs told apart; processes of others are only counted. */
#define PROGRAMS_APART 256

/* The processes that ran one program, taken together. */
struct program {
	char name[32];		/* base name, cut */
	int32_t pid;		/* of the first that was added */
	uint64_t processes, calls;
};

/* Starts as { 0 }. */
struct programs {
	struct program program[PROGRAMS_APART];
	size_t count;
	uint64_t callers;	/* processes that called anything; the rest would only be noise */
};

/*
 * programs_add - a process of program @name, "" where it is not known, made so many calls
 */
void programs_add(struct programs *programs, const char *name, int32_t pid, uint64_t calls);

/*
 * programs_sort - the most active first
 */
void programs_sort(struct programs *programs);

#endif
