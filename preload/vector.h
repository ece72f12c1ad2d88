/*
 * vector.h - the ranges behind process_madvise's pointer, which nobody can read later, and the process they are of.
 */
#ifndef PAGETRAIL_VECTOR_H
#define PAGETRAIL_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "line.h"

/* Ranges told in one record; of a longer vector the rest is not. */
#define VECTOR_TOLD 100

/*
 * vector_write - "target" (a process's pid, absent for pidfds that stand for the caller) and "iov":[["0x7f10aaf06000",4096]],
 * with "iov_cut" if it has more ranges than are told; no "iov" where it cannot be read
 * @words: pidfd, pointer, count
 *
 * Context: async-signal-safe.
 */
void vector_write(struct line *line, const uint64_t *words);

/* What a vector covers. */
struct vector_sum {
	uint64_t from, to;	/* the smallest range around all of its ranges; to 0: none */
	uint64_t bytes;		/* what process_madvise returns if all goes well */
};

/*
 * vector_sum - add it up
 *
 * Return: false if it cannot be read.
 */
bool vector_sum(const uint64_t *words, struct vector_sum *sum);

#endif
