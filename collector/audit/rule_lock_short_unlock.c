/*
 * rule_lock_short_unlock.c - an unlock that means a lock and covers less of it, so that pages stay locked.
 *
 *   mlock(p, 8192)   munlock(p, 4096)     LL -> -L
 *
 * To unlock a buffer bit by bit is nobody's mistake.  So the unlock is remembered, and reported when the rest of the lock
 * ends in another way than by an unlock.
 */
#include "rule.h"

#define REMEMBERED 32

/* The last unlocks of this kind, the oldest overwritten first. */
struct shorts {
	struct audit_call unlock[REMEMBERED];
	uint64_t request[REMEMBERED];	/* seq of the lock it meant */
	uint64_t bytes[REMEMBERED];	/* it was short of */
	unsigned next;
	bool any;			/* nearly always there is none */
};

/* It begins or ends where the lock does, and covers at least half of it. */
static bool means(const struct record_call *call, const struct lock_request *request)
{
	return (call->arg[0] == request->addr || call->arg[0] + call->arg[1] == request->addr + request->bytes) &&
	       call->arg[1] < request->bytes && call->arg[1] >= request->bytes / 2;
}

struct search {
	struct audit *audit;
	const struct audit_event *event;
	struct range range;
};

static uint64_t overlap(const struct piece *piece, struct range range)
{
	return (min_u64(piece->end, range.end) - max_u64(piece->start, range.start)) / PAGE_BYTES;
}

static bool look_at(void *arg, const struct piece *piece)
{
	struct search *search = arg;
	const struct record_call *call = &search->event->record->call;
	const struct lock_request *request = piece->value;
	struct shorts *shorts;

	if (request->how != LOCK_HOW_CALL || !means(call, request) || request->held <= overlap(piece, search->range))
		return true;
	shorts = event_memory(search->event, RULE_lock_short_unlock, sizeof(*shorts));
	shorts->unlock[shorts->next] = event_call(search->audit, search->event);
	shorts->request[shorts->next] = request->seq;
	shorts->bytes[shorts->next] = request->bytes - call->arg[1];
	shorts->next = (shorts->next + 1) % REMEMBERED;
	shorts->any = true;
	return false;
}

static void remember(struct audit *audit, const struct audit_event *event)
{
	struct search search = { audit, event, { 0, 0 } };

	if (event_ledger(event) && call_worked(event->record) && call_pages(event->record, &search.range))
		ledger_each(event_ledger(event), search.range.start, search.range.end, look_at, &search);
}

static void tell(struct audit *audit, const struct audit_event *event, const struct shorts *shorts, unsigned i)
{
	const struct lock_release *release = event->release;
	struct finding *finding = finding_new(audit, RULE_lock_short_unlock, event, &shorts->unlock[i], 0);

	if (!finding)
		return;
	finding_pages(finding, release->start, release->end);
	finding_relate(finding, release->request->last_seq);
	finding_say(finding, "munlock was %s shorter than the lock of #%llu, so that %s stayed locked%s.",
		    amount_of(shorts->bytes[i]).at, (unsigned long long)release->request->last_seq,
		    pages_of(finding->pages).at, release->how == LOCK_END_EXIT ? " to the end of the process" : "");
}

void rule_lock_short_unlock(struct audit *audit, const struct audit_event *event)
{
	struct shorts *shorts;

	if (event->kind == EVENT_BEFORE) {
		remember(audit, event);
		return;
	}
	shorts = event_memory(event, RULE_lock_short_unlock, sizeof(*shorts));
	for (unsigned i = 0; shorts->any && i < REMEMBERED; i++) {
		if (shorts->request[i] != event->release->request->seq || shorts->unlock[i].seq == event->record->seq)
			continue;
		if (event->release->how != LOCK_END_UNLOCK && event->release->how != LOCK_END_UNLOCKALL)
			tell(audit, event, shorts, i);
		shorts->request[i] = 0;
	}
}
