/*
 * journal_state.h - a log being written (journal.h).  Private to journal*.c.
 *
 *	journal.c	records, and what is counted of them
 *	journal_ends.c	the first line and the last
 */
#ifndef PAGETRAIL_LIVE_JOURNAL_STATE_H
#define PAGETRAIL_LIVE_JOURNAL_STATE_H

#include "../vm/digest.h"
#include "journal.h"

struct journal {
	struct log_writer *writer;
	struct world *world;
	struct parser *parser;
	struct parser *beside;	/* for stacks, which are written while a record is prepared */
	struct audit *audit;	/* NULL: none */
	struct line line;	/* the prepared line */
	struct line module;	/* written while another is prepared */
	struct line renamed;	/* what is written instead; empty: the line as it is */
	struct record record;
	uint64_t seq;		/* of the prepared record */
	uint64_t lines;		/* written into this log */
	uint64_t before;	/* records in the logs before this one */
	int error;
	struct digest left;	/* of the processes that have left the world */
	struct journal_sums sums;	/* of them */
	journal_changed *changed;
	void *changed_arg;
	struct journal_counts counts;
	struct coverage coverage;
};

/*
 * journal_write - a line that is whole but for its end
 */
void journal_write(struct journal *journal, struct line *line);

#endif
