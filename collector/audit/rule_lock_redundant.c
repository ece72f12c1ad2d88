/*
 * rule_lock_redundant.c - locks of pages that are all locked already.
 */
#include "rule.h"

struct search {
	const struct audit *audit;
	const struct record *record;
	const struct lock_request *found;
};

static bool look_at(void *arg, const struct piece *piece)
{
	struct search *search = arg;
	const struct lock_request *request = piece->value;

	/* the same question asked again is one request with a count; of neighbours lock-shared-page speaks */
	if (request->seq != search->record->seq && !request_is_neighbours(search->audit, search->record, request))
		search->found = request;
	return !search->found;
}

/* Who locks a library's memory need not know of the program's mlockall. */
static bool is_anothers(const struct audit *audit, const struct record *record, const struct lock_request *request)
{
	const struct audit_call *all = origin_call(audit, request->because);

	if (request->how == LOCK_HOW_ALL)
		return owner_of(audit, request->stack) != owner_of(audit, record->call.stack);
	return request->how == LOCK_HOW_FUTURE &&
	       (!all || owner_of(audit, all->stack) != owner_of(audit, record->call.stack));
}

static void say(struct finding *finding, const struct record *record, const struct lock_request *request)
{
	const char *name = call_table[record->call.call].name;

	if (request->how == LOCK_HOW_FUTURE)
		finding_say(finding, "%s of %s changed nothing: what is mapped after mlockall(MCL_FUTURE) is locked from the start.", name,
			    pages_of(finding->pages).at);
	else if (request->last_seq == record->seq)
		finding_say(finding, "%s locked the same %s again, which changed nothing.", name,
			    pages_of(finding->pages).at);
	else
		finding_say(finding, "%s of %s that #%llu had locked already changed nothing.", name,
			    pages_of(finding->pages).at, (unsigned long long)request->last_seq);
}

void rule_lock_redundant(struct audit *audit, const struct audit_event *event)
{
	struct search search = { .audit = audit, .record = event->record };
	struct audit_call about;
	struct finding *finding;
	struct range range;

	if (event->changed_pages || event->result != APPLY_DONE || !call_worked(event->record) ||
	    !event_ledger(event) || !call_pages(event->record, &range))
		return;
	ledger_each(event_ledger(event), range.start, range.end, look_at, &search);
	if (!search.found || is_anothers(audit, event->record, search.found))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_lock_redundant, event, &about, 0);
	if (!finding)
		return;
	finding_pages(finding, range.start, range.end);
	finding_relate(finding, search.found->how == LOCK_HOW_FUTURE ? search.found->because : search.found->seq);
	say(finding, event->record, search.found);
}
