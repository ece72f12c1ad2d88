/*
 * verdict.h - what `check` has to say about a log: plain data, ready for every format.
 *
 * An item is one thing that was judged: a finding of the audit, an expectation or a budget of the policy.  The verdict
 * owns everything it points to but the findings, which are the audit's.
 */
#ifndef PAGETRAIL_VERDICT_H
#define PAGETRAIL_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../audit/audit.h"

enum verdict_kind {
	VERDICT_FINDING,
	VERDICT_EXPECTATION,
	VERDICT_BUDGET,
	VERDICT_KINDS
};

enum verdict_state {
	VERDICT_FAILS,		/* makes the status 1 */
	VERDICT_SHOWN,		/* a finding below the level that fails */
	VERDICT_ALLOWED,	/* a finding that the policy allows here */
	VERDICT_KNOWN,		/* a finding, or a broken expectation or budget, that the baseline has */
	VERDICT_MET,		/* an expectation or a budget that holds */
	VERDICT_STATES
};

struct verdict_item {
	enum verdict_kind kind;
	enum verdict_state state;
	enum severity severity;		/* after the policy; SEVERITY_ERROR for expectations and budgets */
	const char *rule;		/* a finding: the rule's name; else the id: "expect/key-locked", "budget/peak-locked-bytes" */
	const char *title;		/* a finding: the rule's title; else what was expected, in words */
	const char *message;		/* one or more sentences: what happened, and what to do */
	const char *fingerprint;	/* 16 hex digits, the same for the same thing in another run; never NULL */
	const char *reason;		/* VERDICT_ALLOWED: of the allow-list's entry, the policy's; else NULL */
	const struct finding *finding;	/* of a VERDICT_FINDING, else NULL */
	/* The record to look at first; 0: there is none, as where a mark never came. */
	uint64_t seq, t_ns;
	int32_t pid, tid;
	uint32_t stack;			/* 0: none */
	uint64_t addr, pages;		/* 0, 0: not about pages */
	uint64_t count;			/* how often: calls of a finding, pages or calls that break an expectation */
	uint64_t known_count;		/* VERDICT_KNOWN: how often it was in the baseline */
};

struct verdict {
	const char *log;		/* path, as the user wrote it */
	const char *policy;		/* a ready policy's name, or a file; NULL: none was given */
	const char *baseline;		/* file; NULL: none was given */
	const char *tool_version;
	enum severity fail_on;		/* findings of this severity and worse fail */
	bool fails_never;		/* no finding fails, whatever its severity */
	bool rule_off[RULE_COUNT];	/* switched off by the policy */
	struct verdict_item *item;	/* what fails first, then by state, severity and seq */
	size_t count, by_state[VERDICT_STATES];
	bool complete;			/* false: no verdict, status 3 */
	const char *incomplete_because;	/* NULL where complete */
	const char **gone;		/* fingerprints of the baseline that were not met, by rule */
	const char **gone_rule;		/* their rules */
	const char **gone_place;	/* the functions they are made of, a line each */
	size_t gone_count;
	size_t *allow_used, allows;	/* how many findings each entry of the policy's allow-list allowed */
};

/*
 * verdict_status - 0: clean, 1: something fails, 3: the log is not complete, whatever was found
 */
int verdict_status(const struct verdict *verdict);

/*
 * verdict_kind_name, verdict_state_name - "finding", "expectation", "budget"; "fails", "shown", "allowed", "known", "met"
 */
const char *verdict_kind_name(enum verdict_kind kind);
const char *verdict_state_name(enum verdict_state state);

#endif
