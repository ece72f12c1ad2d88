/*
 * why.h - why a call failed: which of the kernel's tests refused it, and by what figures.  Pure.
 *
 * The kernel tests a call in a fixed order and returns the error of the first test it fails.  Here the same tests are
 * asked, in the same order (why.def), about the model's state before the call.  What the log does not tell is answered
 * so, never guessed: then several tests are left that can have ended the call with the error it got.
 */
#ifndef PAGETRAIL_WHY_H
#define PAGETRAIL_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "range.h"
#include "record.h"
#include "space.h"
#include "vma.h"

enum why_reason {
#define REASON(id) WHY_##id,
#define TEST(...)
#include "why.def"
#undef REASON
#undef TEST
	WHY_COUNT
};

/* A row of why.def. */
struct why_test {
	int effect;		/* enum call_effect, or WHY_ANY_CALL */
	int err;
	enum why_reason reason;
	const char *source;	/* man page section, kernel function and file */
};

enum { WHY_ANY_CALL = -1, WHY_MOST = 6 };

/* A test that can have refused the call.  Figures are in pages; which of them mean something depends on the reason. */
struct why_cause {
	const struct why_test *test;
	bool sure;		/* the model knows all that this test looks at */
	uint64_t at;		/* where it refused: the first page not mapped, or the first that is refused */
	bool stops;		/* the call went through its pages up to @at and changed those before */
	struct vma vma;		/* the refusing mapping; start == end: none */
	uint64_t asked;		/* pages the call would have added */
	uint64_t held;		/* pages counted before it */
	uint64_t credited;	/* pages counted in both, taken off again */
	uint64_t limit;		/* pages allowed; UINT64_MAX: no limit */
	uint64_t limit_bytes;	/* the same as it was set */
};

struct why {
	int err;		/* how the call ended, 0: it worked */
	bool ranged;		/* the call is about the pages of an address and a length */
	enum range_is is;	/* ranged: what these come to, rounded as this call rounds */
	struct range range;
	size_t causes;		/* 0: no test of why.def ends with this error here */
	bool remote;		/* nothing the log tells speaks for any of them */
	struct why_cause cause[WHY_MOST];	/* in the kernel's order */
	const struct why_test *against;	/* the model sees it refuse the call, which did not end so; NULL: none */
	struct why_cause contrary;	/* what that test looked at */
};

/*
 * why_ask - which of the kernel's tests can have refused a call
 * @before: the address space as the call found it
 * @record: a RECORD_CALL
 *
 * One cause, and it is sure: that is why. One that is not: no other is known to end so. Several: the log does not tell
 * which. A call that worked, or never returned, has none; *against then tells of a test it should have failed, which
 * means that the model or this file is wrong.
 * Context: pure; cost of a walk over the VMAs the call spoke of.
 */
void why_ask(const struct space *before, const struct record *record, struct why *why);

/*
 * why_cause - the test that refused the call
 *
 * Return: NULL if it worked, or if the log does not tell which of several it was. Context: pure.
 */
const struct why_cause *why_cause(const struct why *why);

/*
 * why_cause_of - the same for one reason: also where the log does not exclude another that would have come first
 */
const struct why_cause *why_cause_of(const struct why *why, enum why_reason reason);

/*
 * why_error - the error a call of @effect ends with for a reason; 0: it has no such test
 */
int why_error(int effect, enum why_reason reason);

/*
 * why_ends_with - is there a test that ends a call of @effect with @err
 */
bool why_ends_with(int effect, int err);

/*
 * why_name - the word for a reason in JSON: "lock_limit"
 */
const char *why_name(enum why_reason reason);

#endif
