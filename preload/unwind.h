/*
 * unwind.h - the second unwinder: libunwind, loaded only when it is chosen or when the stepper cannot work.
 *
 * Same shape as step_walk(), other virtues: it needs no _dl_find_object() (glibc before 2.35) and knows tables
 * that the stepper does not, but it is not made for our place.  A frame it has seen costs 6 ns, a new one or one that
 * its cache cannot hold about 1 us (eight system calls for its mutex and the loader's), a thread's first walk
 * 175 us and 256 KiB.  What is known of libunwind 1.6.2 there, and what is done about it:
 *
 *   It takes the loader's lock (dl_iterate_phdr), so a call made inside malloc can deadlock against a thread that
 *   mallocs in a dl_iterate_phdr callback.  Calls made by libc and ld.so themselves get no stack.  An allocator
 *   of the program's own that maps memory under its lock keeps this risk.
 *   Opened by dlopen, its quick unw_backtrace() gets its thread-local storage from malloc on a thread's first use:
 *   a deadlock at once under the allocator's lock.  So it is preloaded and has it from the thread's start.
 *   Its mutex may be held by another thread at fork, and the child would wait for ever: see unwind_after_fork().
 *   It calls mmap, mincore, msync, pipe2 and sigprocmask, and those come back into our wrappers: a walk inside a
 *   walk is empty, and so is one in a signal handler that interrupted a walk.
 *   What it keeps for a thread it frees under a lock when the thread ends; ThreadSanitizer, which stands in front of both
 *   calls, has forgotten the thread by then and dies.  In such a program it is not used.
 *   It keeps the two descriptors of a pipe.  A program that closes all descriptors and reuses the numbers can
 *   have its own files closed or read by it.  Nothing is done about that.
 */
#ifndef PAGETRAIL_UNWIND_H
#define PAGETRAIL_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

#include "step.h"

/*
 * unwind_init - find libunwind, which was preloaded beside us, and let it make its first walk
 *
 * Return: false if it is not there or does not work, or is not used in this program.
 * Context: constructor only.
 */
bool unwind_init(void);

#define UNWIND_OWN_MAX 32	/* frames between libunwind and where the program called us */

/*
 * unwind_walk - the return addresses of the callers of @start, innermost first
 * @start: a frame that this function was called from, directly or not
 * @out, @max: room for @max addresses and UNWIND_OWN_MAX more, which it writes its own frames to
 *
 * libunwind does not say where it guessed, and where it gives up looks to it like the outermost frame, so
 * guessed is never set and truncated only for the depth, or when there is no walk at all.
 * Context: not async-signal-safe: takes the loader's lock and a mutex, makes system calls; keeps errno.
 */
struct step_result unwind_walk(const struct step_start *start, uintptr_t *out, int max);

/*
 * unwind_after_fork - in the child, stop walking if another thread was walking at the fork
 *
 * That thread is not there any more, and what it locked stays locked.
 * Context: async-signal-safe.
 */
void unwind_after_fork(void);

#endif
