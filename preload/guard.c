#include "guard.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stddef.h>

#include "clock.h"
#include "raw.h"
#include "send.h"
#include "thread.h"

struct guard guards[GUARDS_MAX + 1];
_Atomic uint32_t guard_moving;

#define GLANCE_NS 100000	/* between two looks */

/*
 * Who moves.  Named before guard_moving is 1 and until it is 0 again: a handler that strikes the mover would else wait for what it
 * interrupted itself, and in the end take down the flag that keeps the others out.
 */
static _Atomic(struct guard *) mover;

/* ---- entries ---- */

static bool take(struct guard *guard, int32_t of, int32_t tid)
{
	if (!atomic_compare_exchange_strong(&guard->tid, &of, tid))
		return false;
	atomic_store(&guard->inside, 0);
	return true;
}

/* A thread's end is not seen; when all entries are taken the kernel is asked who is still there. */
static bool is_gone(int32_t tid)
{
	return raw_syscall3(SYS_tkill, tid, 0, 0) == -ESRCH;
}

static struct guard *find_entry(int32_t tid)
{
	/* first one it had in an earlier life under the same number */
	for (int i = 0; i < GUARDS_MAX; i++)
		if (atomic_load_explicit(&guards[i].tid, memory_order_relaxed) == tid && take(&guards[i], tid, tid))
			return &guards[i];
	for (int i = 0; i < GUARDS_MAX; i++)
		if (take(&guards[i], 0, tid))
			return &guards[i];
	for (int i = 0; i < GUARDS_MAX && !shim.restricted; i++) {
		int32_t of = atomic_load_explicit(&guards[i].tid, memory_order_relaxed);

		if (is_gone(of) && take(&guards[i], of, tid))
			return &guards[i];
	}
	return &guards[GUARDS_MAX];
}

struct guard *guard_register(void)
{
	int32_t tid = thread_id();

	shim_thread.guard = tid ? find_entry(tid) : &guards[GUARDS_MAX];
	return shim_thread.guard;
}

/* ---- waiting ---- */

/* One that stays is a fork child's, copied while another thread of its parent was moving; or has jumped away. */
static void wait_for_mover(void)
{
	uint64_t deadline = clock_session_ns() + 2 * GUARD_PATIENCE_NS;

	while (atomic_load(&mover) && clock_session_ns() < deadline)
		send_pause(&guard_moving, atomic_load(&guard_moving), GLANCE_NS);
	if (clock_session_ns() < deadline)
		return;
	atomic_store(&guard_moving, 0);
	atomic_store(&mover, NULL);
}

void guard_wait(struct guard *guard)
{
	/*
	 * A handler that struck inside: the mover waits for what it interrupted.  One that struck the mover itself: nobody else
	 * will let it go on, and at each instruction the old place or the new one is whole.  Of the shared entry neither can be known.
	 */
	if (!guard_is_shared(guard) && (atomic_load(&guard->inside) > 1 || atomic_load(&mover) == guard))
		return;
	do {
		guard_add(guard, -1);
		wait_for_mover();
		guard_add(guard, 1);
		atomic_thread_fence(memory_order_seq_cst);
	} while (atomic_load(&guard_moving));
}

/* ---- moving ---- */

static bool anybody_inside(void)
{
	for (int i = 0; i <= GUARDS_MAX; i++)
		if (&guards[i] != shim_thread.guard && atomic_load(&guards[i].inside))
			return true;
	return false;
}

/*
 * Whoever entered before the flag went up has its store seen afterwards, whoever comes later sees the flag: membarrier(2)
 * makes every running thread go through a barrier.  Where it may not be called, store buffers have drained long before a glance
 * is over.
 */
static void barrier_for_all(void)
{
	if (shim.restricted || raw_failed(raw_syscall3(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0)))
		send_pause(&guard_moving, 1, GLANCE_NS);
}

void guard_stop(void)
{
	uint64_t deadline = clock_session_ns() + GUARD_PATIENCE_NS;
	struct guard *nobody = NULL;

	if (!shim_thread.guard)
		guard_register();
	while (!atomic_compare_exchange_strong(&mover, &nobody, shim_thread.guard)) {
		wait_for_mover();
		nobody = NULL;
	}
	atomic_store(&guard_moving, 1);
	barrier_for_all();
	while (anybody_inside() && clock_session_ns() < deadline)
		send_pause(&guard_moving, 1, GLANCE_NS);
}

void guard_go(void)
{
	atomic_store(&guard_moving, 0);
	atomic_store(&mover, NULL);
}

void guard_after_fork(void)
{
	struct guard *own = shim_thread.guard;

	for (int i = 0; i <= GUARDS_MAX; i++) {
		atomic_store_explicit(&guards[i].tid, 0, memory_order_relaxed);
		if (&guards[i] != own)
			atomic_store_explicit(&guards[i].inside, 0, memory_order_relaxed);
	}
	if (own && !guard_is_shared(own))
		atomic_store_explicit(&own->tid, thread_id(), memory_order_relaxed);
	atomic_store(&mover, NULL);
	atomic_store(&guard_moving, 0);
}
