/*
 * lockbook.h - what locks.c and lock_runs.c gather and locks_text.c and locks_json.c print.  Private to these.
 */
#ifndef PAGETRAIL_LOCKBOOK_H
#define PAGETRAIL_LOCKBOOK_H

#include "../util/table.h"
#include "../vm/limit.h"
#include "../vm/world.h"
#include "locks.h"

#define LOCKS_MOMENTS 48	/* stretches of time for which the highest sum is kept */
#define LOCKS_FORKS 16		/* children that are named */
#define LOCKS_PENDING 16	/* requests of one record whose runs of pages are added up */

/* What asked for a lock or ended it, and where. */
struct lock_side {
	uint64_t seq, t_ns;
	const char *what;	/* "mlock", "exit" */
	uint32_t stack;
};

/* Another mapping's lock that kept the pages in memory when this one ended. */
struct lock_elsewhere {
	int32_t pid;		/* 0: there is none */
	uint64_t addr, set_by;
};

/* Requests that ended alike: same bytes asked, same pages, same two places, same way. */
struct lock_ended {
	struct lock_ended *next;
	struct lock_side asked, end;	/* of the first */
	enum lock_end how;
	uint64_t start, pages, bytes;	/* pages it ended on; bytes as asked, UINT64_MAX: everything */
	uint64_t count, last_seq, longest_ns;
	struct lock_elsewhere elsewhere;
};

struct lock_forked {
	int32_t pid;
	uint64_t seq, pages;
};

struct lock_process {
	int32_t pid;
	const char *exe;
	uint64_t first_seq;
	struct limits limits;			/* at the peak */
	uint64_t peak, peak_seq, peak_ns, now;	/* bytes, as VmLck counts */
	uint64_t over_time[LOCKS_MOMENTS];
	struct lock_ended *ended, **ended_end;	/* in the order in which the first of each ended */
	struct table ended_index;
	struct lock_forked forked[LOCKS_FORKS];
	uint64_t forks;
	bool present;				/* has something to show */
};

/* A System V segment under SHM_LOCK. */
struct lock_segment {
	uint64_t shmid, bytes;
	struct lock_side asked, end;	/* end.seq 0: still locked */
	int32_t pid;
};

/* The end of one request by the record being applied, gathered from its runs of pages. */
struct lock_pending {
	const struct process *process;
	struct lock_process *mine;	/* its own: after an exec the process has another space */
	uint64_t request;
	struct vma shared;	/* the first of its pages, where another mapping can have them too; start == end: none */
	struct lock_ended ended;
};

struct locks {
	struct locks_asked asked;
	struct world *world;
	struct audit *audit;
	struct lock_process **process;
	size_t processes, room;
	struct table index;		/* space_id() of the process's space -> struct lock_process */
	struct lock_segment *segment;
	size_t segments;
	struct lock_pending pending[LOCKS_PENDING];
	size_t pendings;
};

/* Pages with the same holders. */
struct lock_run {
	uint64_t start, end;
	const struct lock_request **holder;	/* oldest first */
	size_t holders;
};
struct lock_runs {
	struct lock_run *run;
	size_t count, room;
};

/*
 * lock_runs_of - the pages locked in a process now, and who holds them
 */
struct lock_runs lock_runs_of(const struct locks *locks, const struct lock_process *process);
void lock_runs_free(struct lock_runs *runs);

/*
 * lock_process_is_shown - is it one of those asked for, with something to tell
 */
bool lock_process_is_shown(const struct locks *locks, const struct lock_process *process);

#endif
