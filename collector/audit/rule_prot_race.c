/*
 * rule_prot_race.c - two threads changed the same pages at once.
 *
 * The collector notes such a pair (what: "race") where neither the time nor the results of the calls tell which was first,
 * and looks at the pages.  Calls that do the same, and calls for different pages, are no race.
 */
#include "rule.h"

#include <string.h>

/* The first may have changed nothing that is still known: then only the other has a name. */
static void say(struct finding *finding, const struct audit_call *first, const struct audit_call *second)
{
	const char *pages = finding->pages == 1 ? "page" : "pages", *name = call_table[second->call].name;

	if (first)
		finding_say(finding, "Two threads changed the same %s at once, with %s and %s: which of the two holds in the end "
			    "is chance.", pages, call_table[first->call].name, name);
	else
		finding_say(finding, "Two threads changed the same %s at once, one of them with %s: which of the two calls holds "
			    "in the end is chance.", pages, name);
}

void rule_prot_race(struct audit *audit, const struct audit_event *event)
{
	const struct record_note *note = &event->record->note;
	const struct audit_call *first, *second;
	struct finding *finding;

	if (!note->what || strcmp(note->what, "race") || !note->seqs[0] || note->child || !event->process)
		return;
	first = origin_call(audit, note->seqs[0]);
	second = origin_call(audit, note->seqs[1]);
	if (!second)
		return;
	finding = finding_new(audit, RULE_prot_race, event, second, first ? site_of(audit, first->stack) : 0);
	if (!finding)
		return;
	finding_pages(finding, note->start, note->end);
	finding_relate(finding, note->seqs[0]);
	say(finding, first, second);
}
