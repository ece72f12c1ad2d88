/*
 * policy.h - what a log is judged by: rules and their severities, what is allowed, what is expected, and budgets.
 *
 * Written as JSON, collector/schema/pagetrail-policy-1.schema.json; pagetrail-policy(5) explains it.
 */
#ifndef PAGETRAIL_POLICY_H
#define PAGETRAIL_POLICY_H

#include "../audit/audit.h"
#include "moment.h"
#include "selector.h"

#define POLICY_BYTES_MAX (1 << 20)
#define POLICY_DEMANDS_MAX 256	/* expectations and budgets */
#define POLICY_ALLOWS_MAX 4096

enum demand_kind {
	/* expectations */
	DEMAND_MLOCKALL,	/* every page that can be is locked, and new ones will be, at a moment */
	DEMAND_PAGES,		/* pages that some place mapped have properties, at a moment or until one */
	DEMAND_NO_CALLS,	/* none of these calls between two moments */
	DEMAND_NO_WX,		/* no page is writable and executable at a moment */
	/* budgets */
	DEMAND_PEAK_LOCKED,	/* bytes, of one process */
	DEMAND_PEAK_MAPPINGS,	/* of one process */
	DEMAND_PEAK_WX,		/* bytes, of one process */
	DEMAND_CALLS,		/* in all */
	DEMAND_CALLS_PER_SITE,
	DEMAND_FAILED_CALLS,
	DEMAND_KINDS
};

#define DEMAND_FIRST_BUDGET DEMAND_PEAK_LOCKED

/* What pages can be expected to have. */
enum page_property {
	PAGE_LOCKED = 1 << 0,	/* fully or on fault */
	PAGE_DONTDUMP = 1 << 1,
	PAGE_DONTFORK = 1 << 2,
	PAGE_WIPEONFORK = 1 << 3,
};

enum lockall_flag { LOCKALL_CURRENT = 1 << 0, LOCKALL_FUTURE = 1 << 1 };

enum wanted_result { WANTED_ANY, WANTED_OK, WANTED_FAIL };

/* An expectation or a budget. */
struct demand {
	enum demand_kind kind;
	char *id;
	char *program;			/* only processes that run it; NULL: all */
	struct moment at, from, until;	/* MOMENT_NONE: from the start, until the end */
	struct selector by;		/* who mapped the pages, or made the calls */
	struct selector released_by;	/* who may end a property of the pages */
	bool by_call, call[CALL_COUNT];
	enum wanted_result result;
	unsigned have;			/* enum page_property */
	unsigned flags;			/* enum lockall_flag */
	uint64_t most;			/* of a budget */
	bool inherited;			/* from the policy that is extended */
};

struct allow {
	bool rule[RULE_COUNT];
	struct selector where;
	char *program;
	char *reason;
};

enum rule_wish { WISH_DEFAULT, WISH_OFF, WISH_NOTE, WISH_WARNING, WISH_ERROR };

struct policy {
	char *title;			/* NULL: none */
	enum rule_wish rule[RULE_COUNT];
	enum severity fail_on;
	bool fails_never;
	bool counts;			/* a known finding that happens more often than in the baseline fails */
	struct allow *allow;
	size_t allows;
	struct demand *demand;
	size_t demands;
};

/*
 * policy_init - what is judged by without a policy: each rule with its own severity, errors fail
 */
void policy_init(struct policy *policy);

/*
 * policy_parse - read a policy, whatever the bytes are
 * @name: of the file, for messages
 * @policy: set anew; to be freed whatever is returned
 *
 * Return: 0, or -EINVAL with a message "FILE:LINE:COLUMN: KEY: what is wrong". Context: pure; bounded by @length.
 */
int policy_parse(const char *bytes, size_t length, const char *name, struct policy *policy, struct err *err);
void policy_free(struct policy *policy);

/* The policies that ship with the tool, made of ready/NAME.json; ends with a name that is NULL. */
struct policy_ready {
	const char *name;
	const char *bytes;
	size_t length;
};
extern const struct policy_ready policy_ready[];

/*
 * policy_find_ready - by name, NULL: there is none
 */
const struct policy_ready *policy_find_ready(const char *name);

/* ---- shared by the files that read a policy ---- */

/*
 * allow_read, expectation_read, budget_read - readers of doc_array(); @into: the struct policy
 */
int allow_read(struct doc *doc, json_t *value, void *into);
int expectation_read(struct doc *doc, json_t *value, void *into);
int budget_read(struct doc *doc, json_t *value, void *into);

/*
 * rule_name_read - a rule's name, or "*" for all; @into: bool [RULE_COUNT]
 */
int rule_name_read(struct doc *doc, json_t *value, void *into);

void demand_free(struct demand *demand);

/*
 * demand_words - what is demanded, in words: "no mprotect from mark:steady until exit"
 */
void demand_words(struct text *text, const struct demand *demand);

/*
 * demand_have - "locked, dontfork and dontdump"
 * @have: enum page_property
 */
void demand_have(struct text *text, unsigned have);

/*
 * demand_kind_name - "pages", "peak-locked-bytes"
 */
const char *demand_kind_name(enum demand_kind kind);

#endif
