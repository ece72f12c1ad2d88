/*
 * scan_code.h - which objects make system calls of their own that change memory: sanitizer runtimes, liburing, Go
 * programs.
 *
 * Looked for in the executable segments of every file that a traced process maps: "mov $NR,%eax; syscall" or
 * "mov $NR,%rax; syscall" in adjoining bytes, NR being such a call's number.  libc and the loader, whose calls the shim
 * rewrites, and the shim itself are left out.  Each file is looked at once, a piece at a time, while there is nothing
 * else to do.
 */
#ifndef PAGETRAIL_LIVE_SCAN_CODE_H
#define PAGETRAIL_LIVE_SCAN_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/record.h"

struct scan_code;

/* A file with such calls. */
struct scan_found {
	int32_t pid;	  /* the process that mapped it first */
	const char *path; /* valid until the next call */
	uint64_t calls;	  /* one bit for each enum call_id */
};

struct scan_code *scan_code_new(void);
void scan_code_free(struct scan_code *scan);

/*
 * scan_code_see - note the files that a record says are mapped executable
 */
void scan_code_see(struct scan_code *scan, const struct record *record);

/*
 * scan_code_step - look through at most @bytes more
 *
 * Return: true when a file with such calls is through, then *found; false: nothing was found so far.
 */
bool scan_code_step(struct scan_code *scan, size_t bytes, struct scan_found *found);

/*
 * scan_code_idle - nothing is left to look at
 */
bool scan_code_idle(const struct scan_code *scan);

/*
 * scan_code_bytes - the calls in a piece of code, one bit for each enum call_id
 */
uint64_t scan_code_bytes(const uint8_t *code, size_t bytes);

#endif
