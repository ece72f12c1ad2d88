/*
 * rule_lock_nested_release.c - two requests are outstanding for a page and one munlock ends both.
 *
 *   mlock(p, 64)            mlock(p + 128, 64)          munlock(p, 64)
 *   page: L, for p          L, for p and p + 128        -: nobody asked that for p + 128
 *
 * mlock(2), NOTES; TLPI 50.2.  Which request an unlock is meant for shows in its bytes.
 */
#include "rule.h"

/* Requests of one range that are looked at; a page with more of them has shown what there is to show. */
#define HOLDERS_MAX 64

struct holders {
	const struct record_call *call;		/* the munlock */
	struct piece piece[HOLDERS_MAX];
	size_t count;
};

static bool note_holder(void *arg, const struct piece *piece)
{
	struct holders *holders = arg;

	holders->piece[holders->count++] = *piece;
	return holders->count < HOLDERS_MAX;
}

static const struct lock_request *request_of(const struct piece *piece)
{
	return piece->value;
}

/* Every byte the request asked for is unlocked. */
static bool is_meant(const struct record_call *call, const struct lock_request *request)
{
	uint64_t before = request->addr - call->arg[0];

	return request->addr >= call->arg[0] && before <= call->arg[1] && request->bytes <= call->arg[1] - before;
}

static bool same_bytes(const struct lock_request *a, const struct lock_request *b)
{
	return a->addr == b->addr && a->bytes == b->bytes;
}

/*
 * Does the unlock, meant for one, end the other without meaning to?  When it is meant for both, only two owners of the
 * very same bytes are unaware of each other.
 */
static bool is_trap(const struct audit *audit, const struct record_call *call, const struct lock_request *lost,
		    const struct lock_request *other)
{
	if (lost == other)
		return false;
	if (!is_meant(call, lost))
		return true;
	return same_bytes(lost, other) && site_of(audit, lost->stack) != site_of(audit, other->stack);
}

static void report(struct audit *audit, const struct audit_event *event, struct range pages,
		   const struct lock_request *lost, const struct lock_request *other)
{
	const struct audit_call about = event_call(audit, event);
	uint64_t key = site_of(audit, lost->stack) + 31 * site_of(audit, other->stack);
	struct finding *finding = finding_new(audit, RULE_lock_nested_release, event, &about, key);

	if (!finding)
		return;
	finding_pages(finding, pages.start, pages.end);
	finding_relate(finding, lost->last_seq);
	finding_relate(finding, other->last_seq);
	if (is_meant(&event->record->call, other))
		finding_say(finding, "munlock of %s, meant for the lock of #%llu, ended that of #%llu as well: both had asked "
			    "for the same %s, and locks do not nest.", amount_of(event->record->call.arg[1]).at,
			    (unsigned long long)other->last_seq, (unsigned long long)lost->last_seq,
			    finding->pages == 1 ? "page" : "pages");
	else
		finding_say(finding, "munlock of %s ended the locks of #%llu and #%llu, which had asked separately for the "
			    "same %s: locks do not nest.", amount_of(event->record->call.arg[1]).at,
			    (unsigned long long)lost->last_seq, (unsigned long long)other->last_seq,
			    finding->pages == 1 ? "page" : "pages");
}

/* The piece of somebody else on the same pages, the one the unlock is meant for first. */
static const struct piece *find_other(const struct audit *audit, const struct holders *holders,
				      const struct piece *lost)
{
	const struct piece *found = NULL;

	for (size_t i = 0; i < holders->count; i++) {
		const struct piece *piece = &holders->piece[i];

		if (!ranges_overlap(piece->start, piece->end, lost->start, lost->end) ||
		    !is_trap(audit, holders->call, request_of(lost), request_of(piece)))
			continue;
		if (is_meant(holders->call, request_of(piece)))
			return piece;
		found = piece;
	}
	return found;
}

/* Oldest first, so that the one who was there first is the one who loses. */
static const struct piece *find_lost(const struct audit *audit, const struct holders *holders)
{
	const struct piece *lost = NULL;

	for (size_t i = 0; i < holders->count; i++)
		if ((!lost || request_of(&holders->piece[i])->seq < request_of(lost)->seq) &&
		    find_other(audit, holders, &holders->piece[i]))
			lost = &holders->piece[i];
	return lost;
}

void rule_lock_nested_release(struct audit *audit, const struct audit_event *event)
{
	const struct ledger *ledger = event_ledger(event);
	struct holders holders;	/* most of it is never used */
	const struct piece *lost, *other;
	struct range range;

	if (!ledger || !call_pages(event->record, &range))
		return;
	holders.call = &event->record->call;
	holders.count = 0;
	if (call_error(event->record))
		range.end = mapped_until(event->space, range.start, range.end);
	ledger_each(ledger, range.start, range.end, note_holder, &holders);
	lost = holders.count > 1 ? find_lost(audit, &holders) : NULL;
	if (!lost)
		return;
	other = find_other(audit, &holders, lost);
	range.start = max_u64(range.start, max_u64(lost->start, other->start));
	range.end = min_u64(range.end, min_u64(lost->end, other->end));
	if (range.start < range.end)
		report(audit, event, range, request_of(lost), request_of(other));
}
