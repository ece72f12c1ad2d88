/*
 * rule_lock_shared_page.c - two places of a program lock different bytes of one page: the trap that lock-nested-release
 * reports once it has sprung.
 */
#include "rule.h"

struct search {
	const struct audit *audit;
	const struct record *record;
	const struct lock_request *found;
	uint64_t start, end;
};

static bool look_at(void *arg, const struct piece *piece)
{
	struct search *search = arg;

	if (!request_is_neighbours(search->audit, search->record, piece->value))
		return true;
	search->found = piece->value;
	search->start = max_u64(search->start, piece->start);
	search->end = min_u64(search->end, piece->end);
	return false;
}

void rule_lock_shared_page(struct audit *audit, const struct audit_event *event)
{
	struct search search = { .audit = audit, .record = event->record };
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (!call_worked(event->record) || !event_ledger(event) || !call_pages(event->record, &range))
		return;
	search.start = range.start;
	search.end = range.end;
	ledger_each(event_ledger(event), range.start, range.end, look_at, &search);
	if (!search.found)
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_lock_shared_page, event, &about, site_of(audit, search.found->stack));
	if (!finding)
		return;
	finding_pages(finding, search.start, search.end);
	finding_relate(finding, search.found->last_seq);
	finding_say(finding, "%s of %s shares %s with the %s that #%llu locked: the first munlock of either will end both "
		    "locks.", call_table[event->record->call.call].name, amount_of(event->record->call.arg[1]).at,
		    finding->pages == 1 ? "a page" : pages_of(finding->pages).at, amount_of(search.found->bytes).at,
		    (unsigned long long)search.found->last_seq);
}
