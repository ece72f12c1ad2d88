/*
 * possible.h - can the kernel have given this result, with the address space as it was?  Pure.
 *
 * The tests of why.def say which calls the kernel refuses, and with which error; here they are asked about calls that
 * worked as well, and the address a call gave out is held against what it asked for and against what was mapped.
 */
#ifndef PAGETRAIL_POSSIBLE_H
#define PAGETRAIL_POSSIBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "range.h"
#include "record.h"
#include "space.h"
#include "why.h"

enum impossible_kind {
	IMPOSSIBLE_NOT,		/* it can */
	IMPOSSIBLE_WORKED,	/* it worked, and a test refuses it */
	IMPOSSIBLE_ERROR,	/* it failed with one error, and a test before refuses it with another */
	IMPOSSIBLE_NO_TEST,	/* it failed with an error that no test of such a call ends with here */
	IMPOSSIBLE_TAKEN,	/* the kernel gave out pages that were mapped */
	IMPOSSIBLE_ELSEWHERE,	/* the address is not the one that was demanded */
	IMPOSSIBLE_UNALIGNED,	/* the address is not that of a page */
	IMPOSSIBLE_OUTSIDE,	/* the pages are not all below the end of the address space */
	IMPOSSIBLE_VALUE,	/* such a call returns no such number */
	IMPOSSIBLE_KINDS
};

/* What has to be known for certain for the answer to be right. */
enum impossible_basis {
	BASIS_ARGUMENTS, /* nothing but the record itself */
	BASIS_PAGES,	 /* the state of *pages */
	BASIS_SPACE	 /* sums over the whole address space */
};

struct impossible {
	enum impossible_kind kind;
	enum impossible_basis basis;
	struct range pages;	/* BASIS_PAGES */
	struct why_cause cause; /* WORKED, ERROR: the test and what it looked at; TAKEN: at and vma */
	uint64_t want;		/* ELSEWHERE: the address demanded; VALUE: the largest number there can be */
};

/*
 * possible_ask - judge the result of a call
 * @before: the address space as the call found it
 * @record: a RECORD_CALL
 *
 * Never wrong about calls that did not return, of which nothing is said. Calls whose errors come from elsewhere than the
 * memory management (fork, exec, prctl, descriptors) are judged by their numbers only.
 * Return: whether it is impossible; then *found.
 * Context: pure; cost of why_ask(), and O(log n).
 */
bool possible_ask(const struct space *before, const struct record *record, struct impossible *found);

/*
 * impossible_name - the word for a kind in JSON: "taken"
 */
const char *impossible_name(enum impossible_kind kind);

#endif
