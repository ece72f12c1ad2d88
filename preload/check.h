/*
 * check.h - stopping for a comparison of the model with the kernel (record --verify).
 *
 * Whoever waits for one leaves word of it in its process's identity page, and the process's other threads wait at their next
 * recorded call until it is over: so nothing changes while the kernel's list is read.  All of them wait for the collector to free
 * one slot, none for another thread, so no lock that any of them holds matters; the collector frees it whatever becomes of the
 * thread that asked.  A fork child begins with a wiped page and waits for nobody.
 */
#ifndef PAGETRAIL_CHECK_H
#define PAGETRAIL_CHECK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "shim.h"

/*
 * check_point - with --verify, wait until the collector has compared this process's pages; otherwise return at once
 * @why: "mark", "exit" or "calls"
 *
 * Waits at most CHECK_PATIENCE_NS, and not at all when the collector has gone.
 * Context: async-signal-safe.
 */
void check_point(const char *why);

/*
 * check_settle - before a mark and before the end: if calls of several threads have overlapped in time, wait until the
 * collector knows what came of them
 *
 * It may have to look at the pages, which is of use only before they change again. Waits at most SETTLE_PATIENCE_NS.
 * Context: async-signal-safe.
 */
void check_settle(void);

/*
 * check_hold - before a call: wait while another thread waits for a comparison, at most as long as it may itself
 * check_count - after a call: with --verify=N, check_point() after every Nth of the process
 *
 * Context: async-signal-safe.
 */
void check_hold(void);
void check_count(void);

static inline bool check_holds(void)
{
	return __builtin_expect(shim.ring && shim.verify, 0);
}

static inline bool check_counts(void)
{
	return __builtin_expect(shim.ring && shim.verify_every, 0);
}

#define CHECK_PATIENCE_NS 10000000000ull
#define SETTLE_PATIENCE_NS 200000000ull

#endif
