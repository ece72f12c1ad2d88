/*
 * watch_core.h - what the files of the watch share.  Only collector/verdict/watch*.c include this.
 *
 * watch.c and watch_runner.c tell the kinds of demand what they want to know: that their moment has come in a process,
 * that a call was made while they wait for some, that pages change, that a record has been applied.
 */
#ifndef PAGETRAIL_WATCH_CORE_H
#define PAGETRAIL_WATCH_CORE_H

#include "../audit/rule.h"
#include "../report/text.h"
#include "../util/table.h"
#include "../vm/pieces.h"
#include "watch.h"

/* How far a demand is in one process. */
enum progress { PROGRESS_BEFORE, PROGRESS_OPEN, PROGRESS_OVER };

/* A program that runs, from start, fork or exec to its end. */
struct runner {
	int32_t pid;
	bool called;		/* it made a call: "start" is over */
	uint8_t progress[];	/* enum progress of each demand */
};

/* An address space. */
struct area {
	bool counted;
	int64_t mappings;		/* as the kernel counts them: neighbours it can join are one */
	struct pieces waiting[];	/* for each demand: pages that do not have yet what they are to have */
};

/* Where a call site stands that a budget counts. */
struct site {
	uint64_t count;
	char *name;
	uint32_t stack;
};

/* One demand. */
struct state {
	const struct demand *demand;
	struct watch_result result;
	bool tested;		/* its moment came, or what it is about was there */
	bool ended;		/* the moment until which it holds came */
	uint64_t most, last_seq;	/* of a budget: the highest so far, and when */
	struct table selected, releasing;	/* stack -> is it of the place asked for: a yes or a no */
	struct table sites;	/* hash of its name -> struct site */
	struct table stack_site;	/* stack -> struct site */
};

/* Where some mapping begins or ends, and whether one did before the record: watch_peaks.c. */
struct border {
	uint64_t at;
	size_t order;		/* equal ones: the first looked at tells how it was */
	bool begins;
};

struct watch {
	const struct policy *policy;
	struct audit *audit;
	struct symbols *symbols;
	struct state *state;
	struct watch_result *result;
	const struct record *record;	/* being applied; NULL after the last */
	struct table runners;		/* pid -> struct runner */
	struct table areas;		/* space_id() -> struct area */
	struct border *border;		/* of the record being applied */
	size_t borders, border_room;
	struct runner *runner;		/* of the last record; NULL: not looked up */
	bool mappings, pages;		/* some demand is about these */
	bool times, calls, starts;	/* some moment is one of these */
};

/* What a kind of demand wants to know; NULL: nothing of that. */
struct watch_kind {
	void (*due)(struct watch *watch, struct state *state, const struct process *process);
	void (*call)(struct watch *watch, struct state *state);
	void (*change)(struct watch *watch, struct state *state, const struct process *process,
		       const struct delta *delta);
	void (*end)(struct watch *watch, struct state *state, const struct process *process);
	void (*after)(struct watch *watch, struct state *state, const struct process *process);
	void (*sum)(struct watch *watch, struct state *state, struct text *text);
};

extern const struct watch_kind watch_mlockall, watch_pages_at, watch_pages_until, watch_no_wx, watch_peak, watch_calls,
	watch_calls_per_site;

/*
 * watch_area - what is kept of an address space, made if need be
 */
struct area *watch_area(struct watch *watch, const struct space *space);

/*
 * watch_break - a demand is broken: @count more pages or calls; the first time it is said how, and the rest is kept
 * @call: what to look at, NULL: the record being applied
 */
void watch_break(struct watch *watch, struct state *state, const struct process *process,
		 const struct audit_call *call, uint64_t count, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * watch_selects - is a stack of the place that a selector means
 * @known: answers given before
 */
bool watch_selects(struct watch *watch, const struct selector *selector, struct table *known, uint32_t stack);

/* ---- watch_peaks.c ---- */

/*
 * peaks_change - a run of pages changes: remember where mappings begin; peaks_settle - the record has been applied
 */
void peaks_change(struct watch *watch, const struct space *space, const struct delta *delta);
void peaks_settle(struct watch *watch, const struct space *space);

/*
 * peaks_recount - the space is another one, or a copy
 */
void peaks_recount(struct watch *watch, const struct space *space);

/*
 * watch_kind_of - what is done for a demand
 */
const struct watch_kind *watch_kind_of(const struct demand *demand);

/*
 * watch_concerns - is the demand about the process's program
 */
bool watch_concerns(const struct demand *demand, const struct process *process);

/*
 * watch_runner - where the process @pid is; one that was not seen beginning begins now
 */
struct runner *watch_runner(struct watch *watch, int32_t pid);

/*
 * watch_runner_begins, watch_runner_ends - a program begins: a forked child goes on where its parent was, exec begins
 * anew; it ends: by exit, a signal, exec, or with the log
 */
void watch_runner_begins(struct watch *watch, const struct process *process, const struct record *record);
void watch_runner_ends(struct watch *watch, const struct process *process);

/*
 * watch_times, watch_windows, watch_start - before a record is counted: a time that comes for all processes at once,
 * with the first record after it; the windows that a time opens or closes; a program's first call
 */
void watch_times(struct watch *watch, uint64_t t_ns);
void watch_windows(struct watch *watch, const struct process *process, uint64_t t_ns);
void watch_start(struct watch *watch, const struct process *process);

/*
 * watch_moments - marks and calls, after they have been counted themselves
 */
void watch_moments(struct watch *watch, const struct process *process, const struct record *record);

#endif
