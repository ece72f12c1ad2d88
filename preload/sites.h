/*
 * sites.h - the system calls libc and the loader make themselves: their instructions are rewritten, at start, into jumps to
 * the shim.
 *
 * In glibc each sits in seven contiguous bytes, "mov $NR,%eax; syscall".  The first five become a jump; the syscall
 * instruction stays, so that whoever replays the first instruction (a debugger's breakpoint) still makes the real call.
 */
#ifndef PAGETRAIL_SITES_H
#define PAGETRAIL_SITES_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/ring.h"

/* What became of one object's sites, for the log's coverage statement. */
struct site_report {
	const char *object;
	int found, rewritten;
	int error;	/* the last reason a site could not be rewritten, as errno; 0: none */
};

/*
 * sites_install - rewrite the sites of libc and ld.so
 * @known: what earlier programs of the session found; filled in by the first
 * @report: receives a report for each of the two
 *
 * Only while the process has a single thread: nobody may be executing the bytes that change.
 * Context: constructor only.
 */
void sites_install(struct site_table known[2], struct site_report report[2]);

/*
 * sites_active - were any sites rewritten?
 */
bool sites_active(void);

/*
 * sites_loaded - the loader has mapped the code of an object: if it is another copy of libc (dlmopen), rewrite its sites too
 * @start: where its ELF header lies
 *
 * Nobody executes the code yet, so threads do not matter.
 * Context: the loader's lock is held by the calling thread.
 */
void sites_loaded(uintptr_t start, struct site_table known[2]);

/*
 * sites_unloaded - [start, end) was unmapped by the loader: its sites are gone
 *
 * Context: as sites_loaded().
 */
void sites_unloaded(uintptr_t start, uintptr_t end);

#endif
