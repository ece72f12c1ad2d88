/*
 * audit.h - what is wrong with a program's mappings, locks and protections: records in, findings out.  Pure.
 *
 * The audit watches a world while records are applied to it, live or from a log.  It runs the rules of rules.def, one
 * function each, and only those that want the event: a call that interests no rule costs next to nothing. Equal findings
 * from one place of one program are one finding with a count.
 */
#ifndef PAGETRAIL_AUDIT_H
#define PAGETRAIL_AUDIT_H

#include "../vm/ledger.h"
#include "../vm/world.h"

enum rule_id {
#define RULE(id, ...) RULE_##id,
#include "rules.def"
#undef RULE
	RULE_COUNT
};

enum severity {
	SEVERITY_ERROR,		/* protection the program asked for is not there */
	SEVERITY_WARNING,	/* likely not what was meant, or a risk */
	SEVERITY_NOTE,		/* worth knowing */
	SEVERITY_COUNT
};

struct rule_row {
	const char *name;	/* "lock-nested-release" */
	enum severity severity;	/* of most of its findings */
	const char *title;
	const char *why;	/* for the reference: a sentence or more */
	const char *advice;	/* the sentence that ends each of its messages */
	const char *source;	/* man page section, TLPI section, kernel file */
};

/* One row per rule, indexed by enum rule_id. */
extern const struct rule_row rule_table[RULE_COUNT];

/* What is remembered of a record that something is said about. */
struct audit_call {
	uint64_t seq, t_ns;
	int32_t pid, tid;
	uint32_t stack;		/* 0: none */
	enum call_id call;	/* CALL_COUNT: not a call */
	bool wanted;		/* passes the filter of the report */
};

#define FINDING_RELATED 8

struct finding {
	enum rule_id rule;
	enum severity severity;
	struct audit_call about;	/* of the first of its kind */
	uint64_t last_seq, count;	/* the last, and how many */
	uint64_t addr, pages;		/* of the first; 0, 0: not about pages */
	const char *exe;		/* program; NULL: unknown */
	uint64_t related[FINDING_RELATED];	/* calls that explain the first, in order */
	size_t relateds;
	char *what;			/* the sentence that says what happened */
	const char *advice;		/* the sentence that says what to do */
};

struct audit;

/*
 * audit_new - watch @world
 * @wanted: is a record one to report about; NULL: all are
 */
typedef bool audit_wanted(void *arg, const struct record *record);
struct audit *audit_new(struct world *world, audit_wanted *wanted, void *arg);
void audit_free(struct audit *audit);

/*
 * audit_bound_stacks - keep no more than the stacks of the last @most to twice @most, and those asked for meanwhile; of
 * modules a quarter of that
 * @most: 0: all, as from the beginning
 *
 * For recordings, which may have ever new stacks without end.  Of a stack that was forgotten the place is not known when it
 * comes again: what is found there may count twice.
 */
void audit_bound_stacks(struct audit *audit, size_t most);

/*
 * audit_stacks - how many are kept
 */
size_t audit_stacks(const struct audit *audit);

/*
 * audit_apply - the next record of the log, whatever its type: applied to the world, and judged
 *
 * Return: as world_apply().
 */
enum apply_result audit_apply(struct audit *audit, const struct record *record);

/*
 * audit_before, audit_change, audit_after - the three steps of audit_apply(), for who applies records to the world by
 * other means: before it, for each delta (a delta_fn, its argument the audit), after it
 */
void audit_before(struct audit *audit, const struct record *record);
void audit_change(void *audit, const struct delta *delta);
void audit_after(struct audit *audit, const struct record *record, enum apply_result result);

/*
 * audit_end - the log has ended
 */
void audit_end(struct audit *audit);

/* For who wants to know of locks besides, not only of what is wrong with them. */
struct audit_watch {
	/* A request ended on some pages of @process, or a child began without the locks of @process. */
	void (*released)(void *arg, const struct process *process, const struct lock_release *release);
	void (*forked)(void *arg, const struct process *process, const struct process *child,
		       const struct record *record);
	void *arg;
};

/*
 * audit_watch_locks - tell them
 * @watch: copied
 */
void audit_watch_locks(struct audit *audit, const struct audit_watch *watch);

/*
 * audit_ledger - the requests outstanding in a process's address space; NULL: none were made
 */
const struct ledger *audit_ledger(const struct audit *audit, const struct process *process);

/*
 * request_call - the call that made a lock request
 */
struct audit_call request_call(const struct audit *audit, const struct lock_request *request);

/*
 * site_of - a number for the innermost four frames of a stack, the same for the same place of the same program in every
 * process
 * @stack: as in the log; 0 gives 0
 */
uint64_t site_of(const struct audit *audit, uint32_t stack);

/*
 * owner_of - a number for the program or library whose code made the call: the module of the innermost frame
 *
 * Return: 0 if there is none: no stack, or generated code.
 */
uint64_t owner_of(const struct audit *audit, uint32_t stack);

/*
 * caller_of - a number for the place in another module from which the one that made the call was called: where a program
 * called the C library that made a call for itself
 *
 * Return: 0 if there is none.
 */
uint64_t caller_of(const struct audit *audit, uint32_t stack);

/*
 * same_hand - were two calls made by one run of a function, each directly or through helpers
 *
 * Return: true also where a stack is not known.
 */
bool same_hand(const struct audit *audit, uint32_t stack, uint32_t other);

/*
 * audit_findings - all of them, errors first, then by the record they are about
 * @count: receives how many
 *
 * Return: owned by the audit, valid until the next record.
 */
struct finding *const *audit_findings(struct audit *audit, size_t *count);

/*
 * severity_name - "error", "warning" or "note"
 */
const char *severity_name(enum severity severity);

/*
 * rule_find - the rule of that name
 *
 * Return: its id, RULE_COUNT if there is none.
 */
enum rule_id rule_find(const char *name);

#endif
