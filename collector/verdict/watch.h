/*
 * watch.h - a policy's expectations and budgets, held against a log as it goes by.
 */
#ifndef PAGETRAIL_WATCH_H
#define PAGETRAIL_WATCH_H

#include "../audit/audit.h"
#include "../sym/symbols.h"
#include "policy.h"

struct watch;

/* What came of one demand. */
struct watch_result {
	bool broken;
	char *message;		/* what was seen, in a sentence */
	uint64_t count;		/* pages, calls or places that break it; 0 where it was never put to the test */
	/* What to look at first; seq 0: nothing. */
	uint64_t seq, t_ns, addr, pages;
	int32_t pid, tid;
	uint32_t stack;
};

/*
 * watch_new - begin
 * @policy: must outlive the watch
 * @audit: of the same records, before the first; it knows the calls that mapped pages
 */
struct watch *watch_new(const struct policy *policy, struct audit *audit, struct symbols *symbols);
void watch_free(struct watch *watch);

/*
 * watch_before, watch_change, watch_after - each record, as for the audit and after it: before it is applied to the
 * world, for each delta (a delta_fn, its argument the watch), after it
 */
void watch_before(struct watch *watch, const struct record *record);
void watch_change(void *watch, const struct delta *delta);
void watch_after(struct watch *watch, const struct record *record);

/*
 * watch_end - the log has ended
 *
 * Return: a result for each demand of the policy, in their order, owned by the watch.
 */
const struct watch_result *watch_end(struct watch *watch);

#endif
