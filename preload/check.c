#include "check.h"

#include "clock.h"
#include "event.h"
#include "maps.h"
#include "send.h"
#include "shim.h"

/* The collector frees the slot when it has looked; the low half of the state word is what a futex can wait for. */
static void wait_until_freed(struct ring_slot *slot, uint64_t ready)
{
	uint64_t deadline = clock_session_ns() + CHECK_PATIENCE_NS;

	while (atomic_load_explicit(&slot->state, memory_order_acquire) == ready) {
		if (clock_session_ns() > deadline || !send_collector_alive() ||
		    atomic_load_explicit(&shim.ring->closed, memory_order_relaxed))
			return;
		send_pause(&slot->state, (uint32_t)ready, 10000000);
	}
}

void check_point(const char *why)
{
	struct line line;
	uint64_t ready;

	if (!shim.ring || !shim.ring->verify || atomic_load_explicit(&shim.ring->closed, memory_order_relaxed) ||
	    !identity_current())
		return;
	if (!event_open(&line, SLOT_CHECK, 0))
		return;
	line_key(&line, "why");
	line_quoted(&line, why, 16);
	ready = (atomic_load_explicit(&line.head->state, memory_order_relaxed) & ~7ull) | SLOT_READY;
	event_close(&line);
	wait_until_freed(line.head, ready);
}

/* Linked initfirst, so this is the last destructor to run: what other objects unmap at their end has been seen. */
__attribute__((destructor)) static void at_exit(void)
{
	maps_send_unseen("exit");
	check_point("exit");
}
