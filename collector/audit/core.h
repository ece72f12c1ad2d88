/*
 * core.h - what the files of the audit share behind audit.h and rule.h; rules do not include it.
 */
#ifndef PAGETRAIL_AUDIT_CORE_H
#define PAGETRAIL_AUDIT_CORE_H

#include "../util/table.h"
#include "rule.h"

/* The rules that want an event, by their ids. */
struct route {
	uint8_t count, rule[RULE_COUNT];
};

#define STEPS (EVENT_AFTER + 1)	/* kinds that are told apart by effect */
#define STREAMS 64		/* effects, the last being snapshots */

struct routes {
	struct route step[2][STEPS][STREAMS];	/* of calls that worked or never returned, and of snapshots; that failed */
	struct route other[EVENT_KINDS];
};

/* Calls that set something, oldest first: seqs ascend as they are added. */
struct origins {
	struct audit_call *call;
	size_t count, room;
};

/* What is kept for one address space, from the first event that a rule wants to its end. */
struct place {
	struct audit *audit;
	const struct process *process;	/* the one last heard of in it */
	struct ledger *ledger;		/* NULL: nothing was locked yet */
	void *memory[RULE_COUNT];
	struct pieces *pages[RULE_COUNT];
};

/* By id in the log.  With a bound, what nobody asks for while a generation fills goes: audit_bound_stacks(). */
struct sites {
	struct table now, before;	/* the generation at hand, and the one before it */
	size_t most, kept;		/* new ones in a generation, 0: no bound; others in it */
};

struct audit {
	struct world *world;
	audit_wanted *wanted;
	void *wanted_arg;
	struct audit_watch watch;
	struct routes routes;
	struct audit_event event;	/* of the record being applied */
	struct place *place;		/* of its address space; NULL: not looked up yet */
	bool failed;			/* its record is a call that did: for routes.step */
	unsigned stream;		/* of its record: for routes.step */
	struct table places;		/* space_id() -> struct place */
	struct sites modules, stacks;	/* what holds in every process: sites.c */
	struct origins origins;
	struct table groups;		/* hash -> struct finding */
	struct finding **finding;
	size_t findings, room;
	void *memory[RULE_COUNT];
	struct why *why;		/* of the call why_seq: reasons.c */
	uint64_t why_seq;
};

extern rule_fn *const rule_code[RULE_COUNT];

/*
 * routes_init - who wants what, from rules.def
 */
void routes_init(struct routes *routes);

/* ---- origins.c ---- */

/*
 * origins_add - remember a call that may set something; origins_drop_last - it did not
 */
void origins_add(struct audit *audit, const struct record *record);
void origins_drop_last(struct origins *origins, uint64_t seq);

/* ---- places.c ---- */

/*
 * place_of - what is kept for a process's address space, made if need be
 */
struct place *place_of(struct audit *audit, const struct process *process);

/*
 * place_ledger - its ledger, made if need be
 */
struct ledger *place_ledger(struct place *place);

/*
 * place_close - give back what it holds
 */
void place_close(struct place *place);

/* ---- sites.c ---- */

void sites_add(struct audit *audit, const struct record *record);
void sites_free(struct sites *sites);

/*
 * inner_site_of - as site_of(), of the frames that belong to the module which made the call
 */
uint64_t inner_site_of(const struct audit *audit, uint32_t stack);

/*
 * hash_mix, hash_text - numbers and strings into one number
 */
uint64_t hash_mix(uint64_t hash, uint64_t number);
uint64_t hash_text(const char *text);

/* ---- reasons.c ---- */

/*
 * reason_phrase - what follows "because", without the address; NULL: it has none
 */
const char *reason_phrase(enum why_reason reason);

/* ---- audit.c ---- */

/*
 * audit_tell - run the rules that want an event which is not a step of a call
 */
void audit_tell(struct audit *audit, const struct audit_event *event);

#endif
