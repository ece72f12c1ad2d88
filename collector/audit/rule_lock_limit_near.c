/*
 * rule_lock_limit_near.c - a process that has locked almost all it may: the next lock, or the same on another machine, fails.
 *
 * getrlimit(2), RLIMIT_MEMLOCK; the counter is the kernel's VmLck, as the model keeps it.
 */
#include "rule.h"

#define SITES 32

struct closeness {
	struct finding *finding;	/* of this process; NULL: told for another, or not yet */
	bool told;
	uint64_t peak, limit_bytes;	/* peak in pages */
	uint64_t most, most_by;		/* pages that one place had locked when it was told; its last call */
};

struct share {
	uint64_t site, pages, seq;
};

/* Of each place that locks, all its requests together; those beyond the first SITES places are left out. */
static struct share largest_share(const struct audit *audit, const struct ledger *ledger)
{
	const struct lock_request *request = ledger ? ledger_requests(ledger) : NULL;
	struct share share[SITES] = { { 0 } }, most = { 0 };

	for (; request; request = request->newer) {
		const uint64_t site = site_of(audit, request->stack);
		unsigned i = 0;

		while (i < SITES - 1 && share[i].pages && share[i].site != site)
			i++;
		if (share[i].pages && share[i].site != site)
			continue;
		share[i] = (struct share){ site, share[i].pages + request->held, request->last_seq };
		if (share[i].pages > most.pages)
			most = share[i];
	}
	return most;
}

static void say(const struct closeness *close)
{
	const uint64_t limit = close->limit_bytes / PAGE_BYTES;

	finding_say(close->finding, "The process came to have %s locked, %llu %% of the %s that the soft limit RLIMIT_MEMLOCK of %s "
		    "allows without CAP_IPC_LOCK; most of them, %llu, by the place of #%llu.", pages_of(close->peak).at,
		    (unsigned long long)(close->peak * 100 / limit), pages_of(limit).at, amount_of(close->limit_bytes).at,
		    (unsigned long long)close->most, (unsigned long long)close->most_by);
}

static void begin(struct audit *audit, const struct audit_event *event, struct closeness *close)
{
	const struct audit_call about = event_call(audit, event);
	const struct share most = largest_share(audit, event_ledger(event));

	close->told = true;
	close->finding = finding_new(audit, RULE_lock_limit_near, event, &about, 0);
	if (!close->finding)
		return;
	close->most = most.pages;
	close->most_by = most.seq;
	finding_relate(close->finding, most.seq);
	say(close);
}

void rule_lock_limit_near(struct audit *audit, const struct audit_event *event)
{
	const struct limits *limits = space_limits(event->space);
	const uint64_t held = space_totals(event->space).vmlck / PAGE_BYTES, limit = limits->memlock / PAGE_BYTES;
	struct closeness *close;

	if (!held || !limits->known || limits->cap_ipc_lock || limits->memlock == UINT64_MAX || !limit)
		return;
	close = event_memory(event, RULE_lock_limit_near, sizeof(*close));
	if (event->kind == EVENT_AFTER && event->result == APPLY_DONE && held * 10 >= limit * 9 && held <= limit &&
	    held > close->peak) {
		close->peak = held;
		close->limit_bytes = limits->memlock;
		if (!close->told)
			begin(audit, event, close);
	} else if (event->kind == EVENT_CLOSE && close->finding) {
		say(close);
	}
}
