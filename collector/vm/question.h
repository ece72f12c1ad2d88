/*
 * question.h - the tests of why.def as predicates.  Only collector/vm/why*.c include this.
 */
#ifndef PAGETRAIL_QUESTION_H
#define PAGETRAIL_QUESTION_H

#include <errno.h>

#include "refuse.h"
#include "request.h"

enum why_answer {
	ANSWER_NO,    /* the call passes this test */
	ANSWER_YES,   /* it does not */
	ANSWER_MAYBE, /* the log does not tell */
	ANSWER_REMOTE /* nothing speaks for it: considered only where nothing else can have been the reason */
};

/* One call before one address space. */
struct question {
	const struct space *space;
	const struct record *record;
	const struct record_call *call;
	enum call_effect effect;
	int err;	  /* how it ended, 0: it worked */
	bool ranged;	  /* the call is about the pages of an address and a length */
	enum range_is is; /* ranged: what these come to, rounded as this call rounds */
	struct range range;
	struct refusal stop; /* where a walk over the mappings is stopped */
	struct request map;  /* mmap */
};

/*
 * test_ID - does the call fail this test
 * @cause: receives figures, address and mapping
 */
typedef enum why_answer why_fn(const struct question *question, struct why_cause *cause);

#define REASON(id) why_fn test_##id;
#define TEST(...)
#include "why.def"
#undef REASON
#undef TEST

/*
 * test_nothing - nothing in a log tells
 */
static inline enum why_answer test_nothing(void)
{
	return ANSWER_REMOTE;
}

static inline enum why_answer answer_if(bool refuses)
{
	return refuses ? ANSWER_YES : ANSWER_NO;
}

/*
 * test_stop - is this what stops the walk
 */
enum why_answer test_stop(const struct question *question, struct why_cause *cause, enum why_reason reason);

/*
 * question_growth - pages that the call would add to the address space, and how many of those there are would go; the
 * protection and share of the new ones
 */
struct growth {
	uint64_t bytes, replaced;
	bool known; /* false: their number is not in the log */
	bool writable, shared;
	bool locked; /* they would have a lock: MAP_LOCKED, MCL_FUTURE, or that of what grows */
};
struct growth question_growth(const struct question *question);

/*
 * cause_vma - the mapping that refused, and its first page in the range asked for
 */
static inline void cause_vma(const struct question *question, struct why_cause *cause, const struct vma *vma)
{
	cause->vma = *vma;
	cause->at = max_u64(vma->start, question->range.start);
}

#endif
