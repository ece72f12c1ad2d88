#include "check.h"

#include "clock.h"
#include "event.h"
#include "guard.h"
#include "look.h"
#include "send.h"

/* The word to wait for, found anew each time, since the ring may be moved meanwhile; NULL: there is nothing to wait for any more. */
static _Atomic uint64_t *word_of(uint64_t ready)
{
	_Atomic uint64_t *word = NULL;

	guard_enter();
	if (shim.ring && !atomic_load_explicit(&shim.ring->closed, memory_order_relaxed) && send_collector_alive())
		word = &send_slot(ready >> 3)->state;
	if (word && atomic_load_explicit(word, memory_order_acquire) != ready)
		word = NULL;
	guard_leave();
	return word;
}

/*
 * The collector frees the slot when it has looked; the low half of the state word is what a futex can wait for.  Waiting is not
 * inside: the kernel looks at the word, wherever the address leads by then.
 */
static void wait_until_freed(uint64_t ready, uint64_t patience_ns)
{
	uint64_t deadline = clock_session_ns() + patience_ns;
	_Atomic uint64_t *word;

	while (ready && clock_session_ns() <= deadline && (word = word_of(ready)))
		send_pause(word, (uint32_t)ready, 10000000);
}

/* A handler's calls in a thread that waits are held like any other thread's. */
void check_hold(void)
{
	uint64_t hold;

	guard_enter();
	hold = atomic_load_explicit(&shim.identity->hold, memory_order_acquire);
	guard_leave();
	wait_until_freed(hold, CHECK_PATIENCE_NS);
}

/*
 * Two threads may get here at once; the later word stands, and both wait.  It is left before the record is published, so that
 * when the collector looks it is there.
 */
static void hold_others(uint64_t ready)
{
	atomic_store_explicit(&shim.identity->hold, ready, memory_order_release);
}

static void let_others_go(uint64_t ready)
{
	guard_enter();
	atomic_compare_exchange_strong_explicit(&shim.identity->hold, &ready, 0, memory_order_relaxed,
						memory_order_relaxed);
	guard_leave();
}

/* Return: the state word that stands in the slot until the collector frees it; 0: there is no slot. */
static uint64_t open_check(struct line *line, const char *why)
{
	if (!event_open(line, SLOT_CHECK, 0))
		return 0;
	line_key(line, "why");
	line_quoted(line, why, 16);
	return (atomic_load_explicit(&line->head->state, memory_order_relaxed) & ~7ull) | SLOT_READY;
}

void check_point(const char *why)
{
	struct line line;
	uint64_t ready;

	if (!check_holds() || !identity_recorded())
		return;
	check_hold();
	ready = open_check(&line, why);
	if (!ready)
		return;
	hold_others(ready);
	event_close(&line);
	wait_until_freed(ready, CHECK_PATIENCE_NS);
	let_others_go(ready);
}

void check_settle(void)
{
	struct line line;
	uint64_t ready;

	if (!identity_recorded() || !atomic_load_explicit(&shim.overlapped, memory_order_relaxed))
		return;
	atomic_store_explicit(&shim.overlapped, false, memory_order_relaxed);
	ready = open_check(&line, "settle");
	if (!ready)
		return;
	event_close(&line);
	wait_until_freed(ready, SETTLE_PATIENCE_NS);
}

void check_count(void)
{
	uint64_t calls;

	guard_enter();
	calls = atomic_fetch_add_explicit(&shim.identity->calls, 1, memory_order_relaxed) + 1;
	guard_leave();
	if (calls % shim.verify_every == 0)
		check_point("calls");
}

/* Linked initfirst, so this is the last destructor to run: what other objects unmap at their end has been seen. */
__attribute__((destructor)) static void at_exit(void)
{
	check_settle();
	look_settle("exit");
	check_point("exit");
}
