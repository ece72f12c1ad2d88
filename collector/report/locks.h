/*
 * locks.h - the ledger of locks as a report: who holds what, what ended and how, what was refused, and the peak.
 */
#ifndef PAGETRAIL_LOCKS_H
#define PAGETRAIL_LOCKS_H

#include "../audit/audit.h"
#include "filter.h"
#include "survey.h"
#include "view.h"

struct locks;

struct locks_asked {
	const struct view *view;
	const struct survey *survey;
	struct symbols *symbols;
	const struct filter *filter;
	bool filtered;			/* anything is asked for by filter */
	const struct when *when;	/* settled: where the report ends */
};

/*
 * locks_new - begin
 * @asked: copied; what it points to must outlive the report
 */
struct locks *locks_new(const struct locks_asked *asked);

/*
 * locks_add - the next record
 */
void locks_add(struct locks *locks, const struct record *record);

/*
 * locks_text, locks_json - print what holds and what held
 */
void locks_text(struct locks *locks);
void locks_json(struct locks *locks);

void locks_free(struct locks *locks);

#endif
