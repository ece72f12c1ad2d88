/*
 * process.h - processes as they begin and end.
 */
#ifndef PAGETRAIL_PROCESS_H
#define PAGETRAIL_PROCESS_H

#include "record.h"

/*
 * process_fork_site - _Fork()'s clone(2) at its rewritten site, made and recorded; returns twice
 *
 * Return: the kernel's word. Context: async-signal-safe.
 */
long process_fork_site(const long args[6], const struct step_start *caller);

/*
 * process_calling_pid - who is calling, by the kernel's word: a vfork child has its own pid but its parent's memory, our
 * identity page included.  Under a seccomp filter, where we do not ask, that page's.
 */
int32_t process_calling_pid(void);

#endif
