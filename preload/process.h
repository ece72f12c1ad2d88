/*
 * process.h - processes as they begin and end.
 */
#ifndef PAGETRAIL_PROCESS_H
#define PAGETRAIL_PROCESS_H

#include "record.h"

/*
 * process_is_fork - does this system call make a process with a copy of our memory?
 */
bool process_is_fork(long nr, const long args[6]);

/*
 * process_fork_call - such a call, from _Fork()'s rewritten site or from syscall(2), made and recorded; returns twice
 *
 * Return: the kernel's word. Context: async-signal-safe.
 */
long process_fork_call(long nr, const long args[6], const struct step_start *caller, enum record_via via);

/*
 * process_calling_pid - who is calling, by the kernel's word: a vfork child has its own pid but its parent's memory, our
 * identity page included.  Under a seccomp filter, where we do not ask, that page's.
 */
int32_t process_calling_pid(void);

#endif
