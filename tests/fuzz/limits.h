/*
 * limits.h - resource limits a little above what this process had when it began, so that its next calls meet them.
 */
#ifndef TESTS_FUZZ_LIMITS_H
#define TESTS_FUZZ_LIMITS_H

#include <stdint.h>
#include <sys/resource.h>

/*
 * limits_begin - read what the others are relative to
 */
void limits_begin(void);

/*
 * limits_level - a limit for the process
 * @level: LEVEL_NONE ... LEVEL_MOST (choose.h); LEVEL_MOST: as it was at the start
 */
struct rlimit limits_level(uint64_t resource, uint64_t level);

/*
 * limits_lift - all as they were at the start: under small limits a program is killed before it has begun
 */
void limits_lift(void);

#endif
