/*
 * check.h - stopping for a comparison of the model with the kernel (record --verify).
 */
#ifndef PAGETRAIL_CHECK_H
#define PAGETRAIL_CHECK_H

/*
 * check_point - with --verify, wait until the collector has compared this process's pages; otherwise return at once
 * @why: "mark" or "exit"
 *
 * Waits at most CHECK_PATIENCE_NS, and not at all when the collector has gone.
 * Context: async-signal-safe.
 */
void check_point(const char *why);

#define CHECK_PATIENCE_NS 10000000000ull

#endif
