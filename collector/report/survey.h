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

#include "../util/table.h"
#include "../vm/record.h"
#include "../vm/coverage.h"

/* One process from its first record to its last.  A pid used again is a new process. */
struct survey_process {
	int32_t pid, ppid;
	bool forked;			/* began as a copy of ppid's address space */
	uint64_t first_seq, last_seq;
	uint64_t first_call;		/* seq of its first call, 0: none */
	uint64_t first_ns;
	uint64_t exec;			/* seq of an execve that has not returned and may never, 0: none */
	size_t older;			/* 1 + index of the process before with the same pid, 0: none */
	char *exe;			/* NULL: unknown */
};

struct survey_mark {
	char *label;
	uint64_t seq;			/* of the first mark with this label */
	uint64_t count;
	size_t next;			/* 1 + index of another whose label has the same hash, 0: none */
};

struct survey {
	uint64_t page_bytes;
	uint64_t last_seq, last_ns;
	struct survey_process *process;	/* in order of appearance */
	size_t processes;
	bool forgets;			/* set before the first record: nobody will ask for processes that have ended, */
	size_t free;			/* and their places are used again: 1 + index of one, 0: none */
	struct table newest;		/* pid -> 1 + index of the newest process */
	struct survey_mark *mark;
	size_t marks;
	struct table labels;		/* hash -> 1 + index of the newest mark */
	struct table replaced;		/* seqs of the execve calls that worked */
	struct coverage coverage;
	uint64_t losses;		/* records that were lost, as the loss records and the trailer say */
	bool has_trailer, complete;	/* complete: what the trailer says, and it counts the lines there are */
	uint64_t lines, lines_told;	/* records so far; by the trailer, 0: not told */
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
