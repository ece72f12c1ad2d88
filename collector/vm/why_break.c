/* why_break.c - what brk refuses: brk(), mm/mmap.c.  Every refusal looks the same to the program. */
#include "question.h"

static uint64_t target_of(const struct question *question)
{
	const struct record_call *call = question->call;

	return call->call == CALL_sbrk ? call->old + call->arg[0] : call->arg[0];
}

/* Where the heap starts is known from the lowest break seen. */
enum why_answer test_brk_low(const struct question *question, struct why_cause *cause)
{
	cause->at = target_of(question);
	if (question->space->heap_low == UINT64_MAX)
		return cause->at < question->call->old ? ANSWER_MAYBE : ANSWER_NO;
	return cause->at < question->space->heap_low ? ANSWER_MAYBE : ANSWER_NO;
}

/* Shrinking wants the last page of the heap to be there. */
enum why_answer test_brk_lost(const struct question *question, struct why_cause *cause)
{
	if (!question->ranged || question->range.end >= question->range.start)
		return ANSWER_NO;
	cause->at = question->range.start - PAGE_BYTES;
	return answer_if(!space_find(question->space, cause->at));
}

/* A page must stay free behind the heap, and a stack keeps its gap. */
enum why_answer test_brk_room(const struct question *question, struct why_cause *cause)
{
	const struct vma *next;
	uint64_t gap;

	if (!question->ranged || question->range.end <= question->range.start)
		return ANSWER_NO;
	next = vmaset_find(&question->space->set, question->range.start);
	if (!next)
		return ANSWER_NO;
	gap = next->flags & VMA_GROWSDOWN ? 256 * PAGE_BYTES : 0;
	cause->vma = *next;
	cause->at = next->start;
	return answer_if(question->range.end + PAGE_BYTES > next->start - min_u64(gap, next->start));
}
