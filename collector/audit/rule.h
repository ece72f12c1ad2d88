/*
 * rule.h - what a rule sees and what it may do.  README.md says how to add one.
 *
 * A rule is one pure function.  It is called for the events its row of rules.def wants, looks at the event and the
 * address space, and reports.  Between events it may remember something per address space or per audit.
 */
#ifndef PAGETRAIL_RULE_H
#define PAGETRAIL_RULE_H

#include <errno.h>

#include "../vm/limit.h"
#include "../vm/range.h"
#include "../vm/residency.h"
#include "../vm/uapi.h"
#include "../vm/why.h"
#include "audit.h"
#include "words.h"

enum event_kind {
	/* The three steps of a call, and of a snapshot; for the effects the row names. */
	EVENT_BEFORE,	/* space is as the call found it */
	EVENT_CHANGE,	/* delta: one run of pages changes; space is in between */
	EVENT_AFTER,	/* space is as the call left it; changed_pages, result */
	/* Others; the row's effects do not matter. */
	EVENT_RELEASE,	/* release: a lock request ended on some pages, for whatever reason */
	EVENT_FORK,	/* process is the new child with a space of its own, parent the process it was copied from */
	EVENT_START,	/* a program begins: start or exec; its space is still empty, its limits are known */
	EVENT_CLOSE,	/* an address space ends by exec or exit; space and ledger are as they were; releases follow */
	EVENT_MARK,
	EVENT_SAMPLE,	/* a part of a sample says which pages are in memory; process is NULL where it is unknown */
	EVENT_NOTE,	/* a note, for example of a race; process is NULL where it names none */
	EVENT_END,	/* the log ends; no process */
	EVENT_KINDS
};

enum {
	ON_BEFORE = 1 << EVENT_BEFORE,
	ON_CHANGE = 1 << EVENT_CHANGE,
	ON_AFTER = 1 << EVENT_AFTER,
	ON_RELEASE = 1 << EVENT_RELEASE,
	ON_FORK = 1 << EVENT_FORK,
	ON_START = 1 << EVENT_START,
	ON_CLOSE = 1 << EVENT_CLOSE,
	ON_MARK = 1 << EVENT_MARK,
	ON_SAMPLE = 1 << EVENT_SAMPLE,
	ON_NOTE = 1 << EVENT_NOTE,
	ON_END = 1 << EVENT_END,
	IF_FAILED = 1 << EVENT_KINDS,	/* of the steps only those of calls that failed: call_error() */
};

/* Sets of effects, for ON_BEFORE, ON_CHANGE and ON_AFTER. */
#define OF(effect) (UINT64_C(1) << EFFECT_##effect)
#define OF_SNAPSHOT (UINT64_C(1) << 63)
#define OF_ANY (~UINT64_C(0))
#define OF_MAPS (OF(MAP) | OF(REMAP) | OF(BRK) | OF(SBRK) | OF(REMAPFILE) | OF(ATTACH))

struct place;	/* what the audit keeps for one address space */

struct audit_event {
	enum event_kind kind;
	const struct record *record;	/* NULL: EVENT_END */
	const struct process *process;	/* whose space it is */
	const struct space *space;
	struct place *place;
	const struct delta *delta;
	const struct lock_release *release;
	const struct process *parent;
	uint64_t changed_pages;		/* in the deltas so far */
	enum apply_result result;
};

typedef void rule_fn(struct audit *audit, const struct audit_event *event);

#define RULE(id, ...) rule_fn rule_##id;
#include "rules.def"
#undef RULE

/* ---- reporting ---- */

/*
 * finding_new - report something
 * @about: the call it is about: its pid, thread, seq and stack; event_call() for the one of the event
 * @key: what besides rule, stack and program tells this finding from others, such as an errno or a site_of(); 0: nothing
 *
 * Return: the finding to fill in, or NULL: one like it is known and has been counted, or the report is not about @about.
 */
struct finding *finding_new(struct audit *audit, enum rule_id rule, const struct audit_event *event,
			    const struct audit_call *about, uint64_t key);

/*
 * finding_pages - the pages [start, end) it is about
 */
void finding_pages(struct finding *finding, uint64_t start, uint64_t end);

/*
 * finding_relate - a record that explains it: shown with its stack. 0 and what is there already are ignored, as is what
 * exceeds FINDING_RELATED
 */
void finding_relate(struct finding *finding, uint64_t seq);

/*
 * finding_say - the sentence that says what happened, without capital at its beginning and full stop at its end if it
 * begins with the name of a call; numbers as words.h writes them
 */
void finding_say(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * finding_advise - another sentence than the row's that says what to do
 * @advice: constant
 */
void finding_advise(struct finding *finding, const char *advice);

/* ---- calls ---- */

/*
 * event_call - the record of the event as something to report about
 */
struct audit_call event_call(const struct audit *audit, const struct audit_event *event);

/*
 * origin_call - the record behind a fact: the seq in a VMA's by.map, by.prot, by.lock, by.advice or in a request
 *
 * Known as long as some page or request names it, in any process that lives, and for calls only.
 * Return: NULL if it is not known: a snapshot, or too long ago.
 */
const struct audit_call *origin_call(const struct audit *audit, uint64_t seq);

/*
 * call_worked - it returned and did not fail
 */
bool call_worked(const struct record *record);

/*
 * call_error - its errno, also of calls that return it; 0: it worked or never returned
 */
int call_error(const struct record *record);

/*
 * call_is_librarys - made by the C library or the loader for itself: nothing of the program's asked for exactly this
 */
bool call_is_librarys(const struct record *record);

/*
 * call_pages - the pages that mprotect, munmap, madvise, mseal, msync, mincore, mlock, mlock2 or munlock was about,
 * rounded as the call rounds
 *
 * Return: false for none, and for other calls.
 */
bool call_pages(const struct record *record, struct range *range);

/*
 * request_is_neighbours - did another place of the program lock other bytes of the pages that this mlock is about
 *
 * Requests for all of memory share its pages with everybody; one inside another is of one owner.
 */
bool request_is_neighbours(const struct audit *audit, const struct record *record, const struct lock_request *request);

/* ---- why a call failed ---- */

/*
 * event_why - which of the kernel's tests refused the call; to be asked for at EVENT_BEFORE, and known until the next call
 *
 * A rule that wants it at EVENT_AFTER asks at EVENT_BEFORE as well, for then the space is as the kernel saw it.
 */
const struct why *event_why(struct audit *audit, const struct audit_event *event);

/*
 * event_cause - the test that refused it, NULL where the log does not tell; event_cause_of - if it was that one
 */
const struct why_cause *event_cause(struct audit *audit, const struct audit_event *event);
const struct why_cause *event_cause_of(struct audit *audit, const struct audit_event *event, enum why_reason reason);

/*
 * reason_of - the same in words: " because nothing is mapped at 0x7f1000004000", " probably because ..." for the only
 * reason known where the log does not tell all it depends on, "" for one of several
 */
struct reason {
	char at[160];
};
struct reason reason_of(struct audit *audit, const struct audit_event *event);

/* ---- address spaces ---- */

/*
 * audit_world - all processes, as they are at this moment
 */
const struct world *audit_world(const struct audit *audit);

/*
 * event_ledger - the lock ledger of the event's address space; NULL: nothing was ever locked there
 */
const struct ledger *event_ledger(const struct audit_event *event);

/*
 * parent_ledger - at EVENT_FORK, that of the parent; NULL: nothing was ever locked there
 */
const struct ledger *parent_ledger(struct audit *audit, const struct audit_event *event);

/*
 * mapped_until - the first page of [start, end) where nothing is mapped, or @end
 */
uint64_t mapped_until(const struct space *space, uint64_t start, uint64_t end);

/*
 * first_locked - the first VMA with a lock, on fault or full, that has pages in [start, end); NULL: none
 */
const struct vma *first_locked(const struct space *space, uint64_t start, uint64_t end);

/* ---- memory of a rule ---- */

/*
 * event_pages - a rule's own set of pages in the event's address space, empty at first, freed with it
 *
 * A forked child starts with an empty one.
 */
struct pieces *event_pages(const struct audit_event *event, enum rule_id rule);

/*
 * event_memory - a rule's own @bytes for the event's address space, zero at first, freed with it
 */
void *event_memory(const struct audit_event *event, enum rule_id rule, size_t bytes);

/*
 * audit_memory - the same for the whole audit
 */
void *audit_memory(struct audit *audit, enum rule_id rule, size_t bytes);

/* ---- a child's copy of its parent's locked pages ---- */

/* A rule's memory of one, or what it begins with; the rule's set of pages holds what is still the copy. */
struct child_copy {
	struct audit_call fork;	/* seq 0: there is none */
	bool leaves;		/* the child has tried to become another program */
};

/* What is left of it. */
struct copy_left {
	uint64_t start, pages;
	uint64_t seq;		/* the first piece's value */
	bool others;		/* some piece has another value */
};

/*
 * copy_follow - an event of the child after its fork: pages that it locks again, unmaps or replaces are the copy no more
 *
 * Return: whether the address space ends with this event, and there was a copy.
 */
bool copy_follow(const struct audit_event *event, enum rule_id rule, struct child_copy *copy);

/*
 * copy_left - sum up the rule's set of pages
 */
struct copy_left copy_left(const struct audit_event *event, enum rule_id rule);

#endif
