#include "check.h"

#include "clock.h"
#include "event.h"
#include "look.h"
#include "send.h"

/* Found anew each time: a handler of a thread that waits may make the ring move. */
static _Atomic uint64_t *word_of(uint64_t ready)
{
	return &send_slot(ready >> 3)->state;
}

static bool is_waited_for(uint64_t ready)
{
	return ready && shim.ring && atomic_load_explicit(word_of(ready), memory_order_acquire) == ready;
}

/* The collector frees the slot when it has looked; the low half of the state word is what a futex can wait for. */
static void wait_until_freed(uint64_t ready)
{
	uint64_t deadline = clock_session_ns() + CHECK_PATIENCE_NS;

	while (is_waited_for(ready)) {
		if (clock_session_ns() > deadline || !send_collector_alive() ||
		    atomic_load_explicit(&shim.ring->closed, memory_order_relaxed))
			return;
		send_pause(word_of(ready), (uint32_t)ready, 10000000);
	}
}

/* A handler's calls in a thread that waits are held like any other thread's. */
void check_hold(void)
{
	wait_until_freed(atomic_load_explicit(&shim.identity->hold, memory_order_acquire));
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
	atomic_compare_exchange_strong_explicit(&shim.identity->hold, &ready, 0, memory_order_relaxed,
						memory_order_relaxed);
}

void check_point(const char *why)
{
	struct line line;
	uint64_t ready;

	if (!check_holds() || atomic_load_explicit(&shim.ring->closed, memory_order_relaxed) || !identity_current())
		return;
	check_hold();
	if (!event_open(&line, SLOT_CHECK, 0))
		return;
	line_key(&line, "why");
	line_quoted(&line, why, 16);
	ready = (atomic_load_explicit(&line.head->state, memory_order_relaxed) & ~7ull) | SLOT_READY;
	hold_others(ready);
	event_close(&line);
	wait_until_freed(ready);
	let_others_go(ready);
}

void check_count(void)
{
	uint64_t calls = atomic_fetch_add_explicit(&shim.identity->calls, 1, memory_order_relaxed) + 1;

	if (calls % shim.ring->verify_every == 0)
		check_point("calls");
}

/* Linked initfirst, so this is the last destructor to run: what other objects unmap at their end has been seen. */
__attribute__((destructor)) static void at_exit(void)
{
	look_settle("exit");
	check_point("exit");
}
