/* why_any.c - tests that many calls have in common. */
#include "question.h"

enum why_answer test_unaligned(const struct question *question, struct why_cause *cause)
{
	cause->at = question->call->arg[0];
	return answer_if(question->call->arg[0] % PAGE_BYTES);
}

/* The end lies beyond the last address there is. */
enum why_answer test_wraps(const struct question *question, struct why_cause *cause)
{
	cause->at = question->range.start;
	return answer_if(question->is == RANGE_BAD);
}

/* vsyscall is listed, but in no address space: for the calls there is nothing. */
static uint64_t hole_of(const struct question *question)
{
	uint64_t hole = space_hole(question->space, question->range.start, question->range.end);
	const struct vma *last = vmaset_before(&question->space->set, hole);

	if (last && last->kind == KIND_VSYSCALL && last->end > question->range.start)
		return max_u64(last->start, question->range.start);
	return hole;
}

/* A stack can have grown over what the model knows as a hole: no call tells. */
enum why_answer test_hole(const struct question *question, struct why_cause *cause)
{
	const struct vma *next;

	if (question->is != RANGE_PAGES)
		return ANSWER_NO;
	cause->at = hole_of(question);
	if (cause->at == question->range.end)
		return ANSWER_NO;
	cause->stops = question->effect != EFFECT_ADVISE && question->effect != EFFECT_SEAL;
	next = vmaset_find(&question->space->set, cause->at);
	return next && space_stack_room(question->space, next, cause->at) ? ANSWER_MAYBE : ANSWER_YES;
}

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
