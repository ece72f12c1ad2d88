/* why_any.c - tests that many calls have in common. */
#include "question.h"

/* ---- arguments ---- */

enum why_answer test_unaligned(const struct question *question, struct why_cause *cause)
{
	cause->at = question->call->arg[0];
	return answer_if(question->call->arg[0] % PAGE_BYTES);
}

/* The end lies beyond the last address there is. */
enum why_answer test_wraps(const struct question *question, struct why_cause *cause)
{
	cause->at = question->range.start;
	return answer_if(question->is == RANGE_BAD &&
			 (question->effect == EFFECT_LOCK || question->effect == EFFECT_UNLOCK ||
			  question->call->arg[0] % PAGE_BYTES == 0));
}

enum why_answer test_zero_length(const struct question *question, struct why_cause *cause)
{
	bool huge = question->effect == EFFECT_MAP && question->map.huge;

	(void)cause;
	return answer_if(!question->call->arg[1] || (huge && !question->map.len));
}

/* Beyond what a process can have: TASK_SIZE. */
enum why_answer test_beyond(const struct question *question, struct why_cause *cause)
{
	uint64_t addr = question->call->arg[0], len = question->call->arg[1];

	cause->at = addr;
	return answer_if(addr > USER_END || len > USER_END - addr);
}

/* ---- walks ---- */

enum why_answer test_stop(const struct question *question, struct why_cause *cause, enum why_reason reason)
{
	if (question->stop.reason != reason)
		return ANSWER_NO;
	cause->at = question->stop.at;
	if (question->stop.vma)
		cause->vma = *question->stop.vma;
	cause->stops = question->effect == EFFECT_PROTECT || question->effect == EFFECT_ADVISE;
	return ANSWER_YES;
}

enum why_answer test_unsplittable(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_unsplittable);
}

/* A shared mapping of a memfd that is sealed against writing can never be made writable; not every log tells of seals. */
static const struct vma *may_be_sealed(const struct question *question)
{
	const struct vma *vma = vmaset_find(&question->space->set, question->range.start);

	if (!(question->call->arg[2] & PROT_BIT_WRITE))
		return NULL;
	while (vma && vma->start < question->range.end && !(vma->shared && vma->kind == KIND_MEMFD))
		vma = vmaset_after(&question->space->set, vma, question->range.end);
	return vma && vma->start < question->range.end ? vma : NULL;
}

enum why_answer test_ceiling(const struct question *question, struct why_cause *cause)
{
	const struct vma *vma;
	enum why_answer answer = test_stop(question, cause, WHY_ceiling);

	if (answer == ANSWER_YES || question->is != RANGE_PAGES)
		return answer;
	vma = may_be_sealed(question);
	if (!vma)
		return ANSWER_NO;
	cause_vma(question, cause, vma);
	return ANSWER_MAYBE;
}

enum why_answer test_sealed(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_sealed);
}

/* vsyscall is listed, behind what a program can have, but in no address space: for the calls there is nothing. */
static uint64_t hole_of(const struct question *question)
{
	uint64_t hole = space_hole(question->space, question->range.start, question->range.end);
	const struct vma *last = hole > USER_END ? vmaset_before(&question->space->set, hole) : NULL;

	if (last && last->kind == KIND_VSYSCALL && last->end > question->range.start)
		return max_u64(last->start, question->range.start);
	return hole;
}

/* A stack can have grown over what the model knows as a hole: no call tells. */
enum why_answer test_hole(const struct question *question, struct why_cause *cause)
{
	bool walks = question->effect == EFFECT_PROTECT;
	const struct vma *next;

	if (question->is != RANGE_PAGES || (walks && question->stop.reason != WHY_hole))
		return ANSWER_NO;
	cause->at = walks ? question->stop.at : hole_of(question);
	if (cause->at == question->range.end)
		return ANSWER_NO;
	cause->stops =
		question->effect != EFFECT_ADVISE && question->effect != EFFECT_SEAL && question->effect != EFFECT_SYNC;
	next = vmaset_find(&question->space->set, cause->at);
	return next && space_stack_room(question->space, next, cause->at) ? ANSWER_MAYBE : ANSWER_YES;
}

/* ---- what the log does not show ---- */

/* The model counts VMAs otherwise than the kernel, which need not join equal neighbours. */
enum why_answer test_map_count(const struct question *question, struct why_cause *cause)
{
	cause->held = space_vmas(question->space);
	cause->limit = space_max_maps(question->space);
	return cause->held > cause->limit - cause->limit / 8 ? ANSWER_MAYBE : ANSWER_REMOTE;
}

enum why_answer test_memory(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_REMOTE;
}

/* A call that a deadly signal interrupts never returns to the program; where it does, a tracer was at work. */
enum why_answer test_interrupted(const struct question *question, struct why_cause *cause)
{
	return test_memory(question, cause);
}

enum why_answer test_no_call(const struct question *question, struct why_cause *cause)
{
	return test_memory(question, cause);
}

enum why_answer test_filter(const struct question *question, struct why_cause *cause)
{
	return test_memory(question, cause);
}

enum why_answer test_policy(const struct question *question, struct why_cause *cause)
{
	return test_memory(question, cause);
}
