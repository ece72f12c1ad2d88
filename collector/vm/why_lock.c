/*
 * why_lock.c - the right to lock, and the three meanings of mlock's ENOMEM.
 *
 * can_do_mlock(), do_mlock(), mlockall(), mm/mlock.c; limit.h has the arithmetic.
 */
#include "question.h"

enum why_answer test_lock_flags(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if(question->call->call == CALL_mlock2 && (question->call->arg[2] & ~(uint64_t)K_MLOCK_ONFAULT));
}

/* Is it a lock that this call asks for? */
static bool asks_lock(const struct question *question)
{
	const struct vma *vma;

	switch (question->effect) {
	case EFFECT_MAP:
		return question->map.flags & K_MAP_LOCKED;
	case EFFECT_REMAPFILE:
		vma = space_find(question->space, page_down(question->call->arg[0]));
		return vma && vma->lock;
	case EFFECT_SHMCTL:
		return question->call->arg[1] == K_SHM_LOCK;
	default:
		return true;
	}
}

/* Neither the capability nor a limit above 0. */
enum why_answer test_lock_right(const struct question *question, struct why_cause *cause)
{
	struct lock_right right = limit_lock_right(question->space, question->call);

	cause->limit = right.limit_bytes / PAGE_BYTES;
	cause->limit_bytes = right.limit_bytes;
	if (!asks_lock(question))
		return ANSWER_NO;
	if (!right.known)
		return ANSWER_MAYBE;
	/* The capability may have gone since it was last heard of. */
	if (right.cap && !right.limit_bytes && !(question->call->has & HAS_LIMIT))
		return ANSWER_MAYBE;
	return answer_if(!right.cap && !right.limit_bytes);
}

static void set_figures(struct why_cause *cause, const struct lock_sum *sum)
{
	cause->asked = sum->asked;
	cause->held = sum->held;
	cause->credited = sum->credited;
	cause->limit = sum->limit;
	cause->limit_bytes = sum->limit_bytes;
}

static bool is_onfault(const struct record_call *call)
{
	return call->call == CALL_mlock2 && (call->arg[2] & K_MLOCK_ONFAULT);
}

static enum lock_failure failure_of(const struct question *question)
{
	return limit_lock_failure(question->space, question->call, question->range.start, question->range.end,
				  is_onfault(question->call));
}

/* The limit is tested first, also for a length that wraps or comes to nothing. */
enum why_answer test_lock_limit(const struct question *question, struct why_cause *cause)
{
	struct lock_right right = limit_lock_right(question->space, question->call);
	struct lock_sum sum =
		limit_lock_sum(question->space, question->call, question->range.start, question->range.end);

	set_figures(cause, &sum);
	if (question->err == ENOMEM && question->is == RANGE_PAGES) {
		enum lock_failure failure = failure_of(question);

		return failure == LOCK_UNCLEAR ? ANSWER_MAYBE : answer_if(failure == LOCK_NOTHING);
	}
	if (!right.known)
		return ANSWER_MAYBE;
	return answer_if(sum.over);
}

/* A page of the range cannot be made resident, so mlock fails although every page has the lock. */
enum why_answer test_lock_fault(const struct question *question, struct why_cause *cause)
{
	enum faultable faultable = FAULTS_IN;
	const struct vma *vma = NULL;

	if (question->is == RANGE_PAGES)
		faultable = limit_unfaultable(question->space, question->range, is_onfault(question->call), &vma);
	if (vma)
		cause_vma(question, cause, vma);
	if (question->err != ENOMEM || question->is != RANGE_PAGES)
		return answer_if(faultable == FAULTS_NEVER);
	switch (failure_of(question)) {
	case LOCK_ALL:
		return faultable == FAULTS_NEVER ? ANSWER_YES : ANSWER_MAYBE;
	case LOCK_UNCLEAR:
		return faultable == FAULTS_IN ? ANSWER_REMOTE : ANSWER_MAYBE;
	default:
		return ANSWER_NO;
	}
}

enum why_answer test_lockall_flags(const struct question *question, struct why_cause *cause)
{
	const uint64_t known = K_MCL_CURRENT | K_MCL_FUTURE | K_MCL_ONFAULT;
	uint64_t flags = question->call->arg[0];

	(void)cause;
	return answer_if(!flags || (flags & ~known) || flags == K_MCL_ONFAULT);
}

/*
 * The whole address space against the limit, PROT_NONE and pages that have no lock to take included.  Pages the main
 * stack has grown by are not in the model.
 */
enum why_answer test_lockall_limit(const struct question *question, struct why_cause *cause)
{
	struct lock_right right = limit_lock_right(question->space, question->call);

	cause->asked = question->space->set.sums.mapped / PAGE_BYTES;
	cause->limit = right.limit_bytes == UINT64_MAX ? UINT64_MAX : right.limit_bytes / PAGE_BYTES;
	cause->limit_bytes = right.limit_bytes;
	if (!(question->call->arg[0] & K_MCL_CURRENT) || (right.known && right.cap))
		return ANSWER_NO;
	return right.known && cause->asked > cause->limit ? ANSWER_YES : ANSWER_MAYBE;
}
