/*
 * residency.h - what mincore(2) wrote into the program's vector, which the program may change as soon as it goes on.
 */
#ifndef PAGETRAIL_RESIDENCY_H
#define PAGETRAIL_RESIDENCY_H

#include <stdint.h>

#include "line.h"

/* Runs told in one record, and pages looked at (4 GiB of memory): of more the rest is not told. */
#define RESIDENCY_RUNS	100
#define RESIDENCY_PAGES (1u << 20)

/*
 * residency_write - "resident":3 and "resident_runs":[1,2,4,1]: pages by turns absent and resident, from the first on
 * @words: address, length, vector of a mincore() that has worked
 *
 * With "resident_cut" where the runs do not tell all pages; without "resident" where not all were looked at; nothing where
 * the vector cannot be read.
 * Context: async-signal-safe.
 */
void residency_write(struct line *line, const uint64_t *words);

#endif
