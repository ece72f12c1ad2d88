/*
 * guard.h - who is inside the tracer: a thread that may hold pointers into the ring or the identity page is between
 * guard_enter() and guard_leave().  Whoever moves them (own.c) stops all others at the entrance and waits until nobody is inside.
 *
 * Inside is short, but for the ring being full (SEND_PATIENCE_NS).  A call that is under way is not inside: its record knows its
 * slot by number (line_home()).  To enter and to leave are plain stores to an entry of the thread's own; the barrier between "I am
 * inside" and "is anybody moving?" is made by the mover, for all (membarrier(2)).
 *
 * A thread that leaves by siglongjmp out of a handler that struck inside is counted as inside for ever: a mover then waits
 * GUARD_PATIENCE_NS before it goes on.  What a mover's own thread was doing inside when the handler struck that moves, nobody can
 * wait for: a handler that maps over memory it knows nothing of may make its thread fault.
 *
 * Context of all: async-signal-safe, may be nested; nobody waits but while the ring is being moved, and not longer than that.
 */
#ifndef PAGETRAIL_GUARD_H
#define PAGETRAIL_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "line.h"
#include "shim.h"

/* Longer than a writer waits for room. */
#define GUARD_PATIENCE_NS 2500000000ull

#define GUARDS_MAX 256

/*
 * A thread's entry; the last one is shared by all that found no other free.  Each has a cache line of its own, since its
 * thread writes to it four times a call.
 */
struct guard {
	_Alignas(64) _Atomic int32_t tid; /* whose it is, 0: nobody's */
	_Atomic uint32_t inside; /* how many times: handlers nest */
	uint64_t named;		/* whose ids stand in names: pid << 32 | tid; 0: nobody's (record.c) */
	struct line_key names;
};
_Static_assert(sizeof(struct guard) == 64, "one line of the cache");

extern struct guard guards[GUARDS_MAX + 1] __attribute__((visibility("hidden")));
extern _Atomic uint32_t guard_moving __attribute__((visibility("hidden")));

/*
 * guard_register - an entry for the calling thread, at its first entrance
 */
struct guard *guard_register(void);

/*
 * guard_wait - the slow way in, taken when somebody is moving
 */
void guard_wait(struct guard *guard);

static inline bool guard_is_shared(const struct guard *guard)
{
	return guard == &guards[GUARDS_MAX];
}

static inline void guard_add(struct guard *guard, int32_t change)
{
	uint32_t inside = atomic_load_explicit(&guard->inside, memory_order_relaxed);

	if (__builtin_expect(guard_is_shared(guard), 0))
		atomic_fetch_add(&guard->inside, (uint32_t)change);
	else
		atomic_store_explicit(&guard->inside, inside + (uint32_t)change, memory_order_release);
}

static inline void guard_enter(void)
{
	struct guard *guard = shim_thread.guard;

	if (__builtin_expect(!guard, 0))
		guard = guard_register();
	guard_add(guard, 1);
	atomic_signal_fence(memory_order_seq_cst);
	if (__builtin_expect(atomic_load_explicit(&guard_moving, memory_order_acquire) != 0, 0))
		guard_wait(guard);
}

static inline void guard_leave(void)
{
	guard_add(shim_thread.guard, -1);
}

/*
 * guard_stop - become the only one: no other thread enters from now on, and those inside have left
 * guard_go - let them in again
 *
 * The caller must not be inside.  A second mover waits for the first.
 */
void guard_stop(void);
void guard_go(void);

/*
 * guard_after_fork - in the child: the parent's other threads are not there, and nobody moves anything
 */
void guard_after_fork(void);

#endif
