/*
 * lockall.h - mlockall(2) as it would be without us.
 *
 * Without CAP_IPC_LOCK the kernel refuses mlockall(MCL_CURRENT) when all that is mapped, locked or not, exceeds
 * RLIMIT_MEMLOCK, and our memory is mapped too.  What it compares mlock(2) with is only what is locked.  So a refusal
 * that is our fault is mended by locking the program's mappings one by one.
 */
#ifndef PAGETRAIL_LOCKALL_H
#define PAGETRAIL_LOCKALL_H

#include <stdbool.h>

/*
 * lockall_without_us - mlockall(@flags) was refused with ENOMEM: do what it would have done if we were not there
 *
 * Not one step, as the kernel's is: what other threads map meanwhile may be in or not.
 * Return: false: it would have been refused just so, or that cannot be found out; nothing was changed.
 * Context: async-signal-safe; not inside (guard.h); many system calls.
 */
bool lockall_without_us(int flags);

#endif
