/*
 * who.h - the records behind a state: which call, from where in the program, set this?
 *
 * A VMA knows the numbers of the records that set its facts.  Only when it is known which of them a report names are
 * those records looked up, in one more pass over the log.
 */
#ifndef PAGETRAIL_WHO_H
#define PAGETRAIL_WHO_H

#include "../vm/record.h"
#include "filter.h"
#include "view.h"

struct who_entry {
	uint64_t seq;
	bool seen, is_call;
	bool wanted;		/* passes the filter; snapshots and processes never do */
	char *what;		/* "mlock", "snapshot", "fork" */
	char *where;		/* frame_brief() of the caller, "" where there is none */
};

/* Starts as { 0 }. */
struct who {
	struct who_entry *entry;	/* ascending by seq once sorted */
	size_t count, room;
	bool sorted;
	size_t left;			/* entries not seen yet */
};

/*
 * who_want - name a record that will be asked for; 0 is ignored
 */
void who_want(struct who *who, uint64_t seq);

/*
 * who_see - look at a record of the pass
 *
 * Return: false as soon as nothing more is wanted.
 */
bool who_see(struct who *who, const struct record *record, const struct filter *filter, uint64_t page_bytes,
	     struct symbols *symbols);

/*
 * who_find - what is known about a record; NULL for one that was not named
 */
const struct who_entry *who_find(struct who *who, uint64_t seq);

/*
 * who_text - "#102 mlock  secret_alloc secret.c:13"; "-" for 0
 */
void who_text(const struct view *view, struct text *text, struct who *who, uint64_t seq);

void who_free(struct who *who);

#endif
