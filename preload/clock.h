/*
 * clock.h - CLOCK_MONOTONIC without libc: the vDSO's own function, found by reading the vDSO's symbol table.
 *
 * libc's clock_gettime is interposable (time-faking preloads do), so the record path must not call it.
 */
#ifndef PAGETRAIL_CLOCK_H
#define PAGETRAIL_CLOCK_H

#include <stdint.h>

/*
 * clock_init - find the vDSO's clock; without one, clock reads become system calls
 * @vdso: AT_SYSINFO_EHDR, may be 0
 * @start_ns: CLOCK_MONOTONIC of the session's beginning
 *
 * Context: constructor only.
 */
void clock_init(uintptr_t vdso, uint64_t start_ns);

/*
 * clock_spare - the program is about to change pages of [start, start + bytes): if the vDSO or its data are among them,
 * the clock is read by system call from now on
 *
 * Context: async-signal-safe.
 */
void clock_spare(uint64_t start, uint64_t bytes);

/*
 * clock_session_ns - ns since the session began
 *
 * Context: async-signal-safe.
 */
uint64_t clock_session_ns(void);

#endif
