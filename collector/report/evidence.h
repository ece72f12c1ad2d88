/*
 * evidence.h - the records that a report names by their numbers: what they were, in words, and their stacks.
 *
 * They are looked up in one more pass over the log, when it is known which they are.
 */
#ifndef PAGETRAIL_EVIDENCE_H
#define PAGETRAIL_EVIDENCE_H

#include "../vm/record.h"
#include "survey.h"
#include "view.h"

struct evidence_record {
	uint64_t seq, t_ns;
	bool seen;
	int32_t pid, tid;
	uint32_t stack;		/* 0: none */
	char *text;		/* decode_call() or decode_event(), without colour; NULL until seen */
};

/* Starts as { 0 }. */
struct evidence {
	struct evidence_record *record;	/* ascending by seq once the pass has begun */
	size_t count, room, at;
};

/*
 * evidence_want - this record will be shown; 0 is ignored
 */
void evidence_want(struct evidence *evidence, uint64_t seq);

/*
 * evidence_begin - all are known, the pass begins
 */
void evidence_begin(struct evidence *evidence);

/*
 * evidence_see - the next record of the pass
 *
 * Return: false when nothing more is wanted.
 */
bool evidence_see(struct evidence *evidence, const struct record *record, const struct survey *survey);

/*
 * evidence_find - NULL for a record that was not wanted, or not met
 */
const struct evidence_record *evidence_find(const struct evidence *evidence, uint64_t seq);

/*
 * evidence_print - "#4  0.000301  4242/4242  mlock(0x7f1000000000, 4096) = 0", and its stack below
 * @indent: columns before it; @most: frames to show, 0 for all
 */
struct symbols;
void evidence_print(const struct view *view, const struct evidence_record *record, struct symbols *symbols,
		    size_t indent, size_t most);

void evidence_free(struct evidence *evidence);

#endif
