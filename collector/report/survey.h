/*
 * survey.h - what has to be known about a whole log before a part of it can be shown: its processes, marks and bounds.
 *
 * Filled by a first pass over the log.  Grows with the processes, distinct marks and execs, not with the calls.
 */
#ifndef PAGETRAIL_SURVEY_H
#define PAGETRAIL_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/record.h"
#include "../vm/coverage.h"

/* One process from its first record to its last.  A pid used again is a new process. */
struct survey_process {
	int32_t pid, ppid;
	bool forked;			/* began as a copy of ppid's address space */
	uint64_t first_seq, last_seq;
	uint64_t first_call;		/* seq of its first call, 0: none */
	uint64_t first_ns;
	char *exe;			/* NULL: unknown */
};

struct survey_mark {
	char *label;
	uint64_t seq;			/* of the first mark with this label */
	uint64_t count;
};

struct survey {
	uint64_t page_bytes;
	uint64_t last_seq, last_ns;
	struct survey_process *process;	/* in order of appearance */
	size_t processes;
	struct survey_mark *mark;
	size_t marks;
	uint64_t *replaced;		/* seqs of the execve calls that worked, ascending */
	size_t replacements;
	struct survey_exec *pending;	/* execve calls of which it is not known yet */
	size_t pendings;
	struct coverage coverage;
	uint64_t losses;		/* records that were lost, as the loss records and the trailer say */
	bool has_trailer, complete;	/* complete: what the trailer says */
};

/*
 * survey_add - take in the next record
 */
void survey_add(struct survey *survey, const struct record *record);

void survey_free(struct survey *survey);

/*
 * survey_find - the newest process with a pid; @pid 0: the first of the log
 *
 * Return: NULL if there is none.
 */
const struct survey_process *survey_find(const struct survey *survey, int32_t pid);

/*
 * survey_find_at - the process that had @pid when record @seq was written, NULL if none had
 */
const struct survey_process *survey_find_at(const struct survey *survey, int32_t pid, uint64_t seq);

/*
 * survey_replaced - did this execve replace the program, as a later exec record of the same process shows
 */
bool survey_replaced(const struct survey *survey, const struct record *record);

#endif
