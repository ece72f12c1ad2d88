/* why_sync.c - what mincore and msync refuse: mm/mincore.c, mm/msync.c. */
#include "question.h"

/* The pages of the vector are looked at when there is something to write, and others may unmap them meanwhile. */
enum why_answer test_mincore_vector(const struct question *question, struct why_cause *cause)
{
	uint64_t vector = question->call->arg[2];

	cause->at = vector;
	if (question->is != RANGE_PAGES)
		return ANSWER_REMOTE;
	return space_find(question->space, page_down(vector)) ? ANSWER_REMOTE : ANSWER_MAYBE;
}

enum why_answer test_sync_flags(const struct question *question, struct why_cause *cause)
{
	cause->at = question->call->arg[2] & 0xffffffff & ~(uint64_t)(K_MS_ASYNC | K_MS_INVALIDATE | K_MS_SYNC);
	return answer_if(cause->at);
}

enum why_answer test_sync_both(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if((question->call->arg[2] & K_MS_ASYNC) && (question->call->arg[2] & K_MS_SYNC));
}

/* A locked page anywhere in the range, also behind a hole. */
enum why_answer test_sync_locked(const struct question *question, struct why_cause *cause)
{
	const struct vma *vma = vmaset_find(&question->space->set, question->range.start);

	if (!(question->call->arg[2] & K_MS_INVALIDATE) || question->is != RANGE_PAGES)
		return ANSWER_NO;
	for (; vma && vma->start < question->range.end; vma = vmaset_after(&question->space->set, vma, question->range.end)) {
		if (!vma->lock)
			continue;
		cause_vma(question, cause, vma);
		return ANSWER_YES;
	}
	return ANSWER_NO;
}

static bool can_be_written_back(const struct vma *vma)
{
	return vma->kind != KIND_SECRET && vma->kind != KIND_FILE;
}

/* Secret memory cannot be written back; of files it depends on the driver. */
enum why_answer test_sync_no_method(const struct question *question, struct why_cause *cause)
{
	const struct vma *vma = vmaset_find(&question->space->set, question->range.start);

	if (!(question->call->arg[2] & K_MS_SYNC) || question->is != RANGE_PAGES)
		return ANSWER_NO;
	for (; vma && vma->start < question->range.end; vma = vmaset_after(&question->space->set, vma, question->range.end)) {
		if (!vma->shared || !(vma->ceiling & PROT_BIT_WRITE) || can_be_written_back(vma))
			continue;
		cause_vma(question, cause, vma);
		return ANSWER_MAYBE;
	}
	return ANSWER_REMOTE;
}

enum why_answer test_sync_io(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return question->call->arg[2] & K_MS_SYNC ? ANSWER_MAYBE : ANSWER_REMOTE;
}
