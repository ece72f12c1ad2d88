/* why_shm.c - what shmat, shmdt and shmctl refuse: ipc/shm.c.  Segments and their permissions are not in the log. */
#include "question.h"

static uint64_t address_of(const struct question *question)
{
	uint64_t addr = question->call->arg[1];

	return question->call->arg[2] & K_SHM_RND ? page_down(addr) : addr;
}

enum why_answer test_shm_address(const struct question *question, struct why_cause *cause)
{
	uint64_t addr = address_of(question);

	cause->at = addr;
	return answer_if(addr % PAGE_BYTES || (!addr && (question->call->arg[2] & K_SHM_REMAP)));
}

/* How long the segment is, a record of a refused call need not say. */
enum why_answer test_shm_taken(const struct question *question, struct why_cause *cause)
{
	uint64_t addr = address_of(question), bytes = PAGE_BYTES;
	const struct vma *vma = vmaset_find(&question->space->set, addr);

	if (!addr || (question->call->arg[2] & K_SHM_REMAP))
		return ANSWER_NO;
	if (question->call->has & HAS_SIZE)
		bytes = page_up(question->call->size_bytes);
	if (vma && vma->start < addr + bytes) {
		cause->vma = *vma;
		cause->at = max_u64(vma->start, addr);
		return ANSWER_YES;
	}
	return question->call->has & HAS_SIZE ? ANSWER_NO : ANSWER_MAYBE;
}

static bool is_attached(const struct question *question)
{
	const struct vma *vma = vmaset_find(&question->space->set, 0);

	while (vma && !(vma->kind == KIND_SHM && vma->ino == (uint32_t)question->call->arg[0]))
		vma = vmaset_find(&question->space->set, vma->end);
	return vma;
}

/* A segment that is mapped exists; of others nothing is known. */
enum why_answer test_shm_none(const struct question *question, struct why_cause *cause)
{
	struct why_cause other;

	cause->at = question->call->arg[0];
	if (question->effect == EFFECT_ATTACH && test_shm_taken(question, &other) == ANSWER_YES)
		return is_attached(question) ? ANSWER_NO : ANSWER_REMOTE;
	return is_attached(question) ? ANSWER_REMOTE : ANSWER_MAYBE;
}

enum why_answer test_shm_access(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_MAYBE;
}

/* A piece belongs to an attach at @addr when it lies as far above @addr as inside the segment. */
enum why_answer test_shm_not_attached(const struct question *question, struct why_cause *cause)
{
	uint64_t addr = question->call->arg[0];
	const struct vma *vma = vmaset_find(&question->space->set, addr);

	cause->at = addr;
	for (; vma; vma = vmaset_find(&question->space->set, vma->end))
		if (vma->kind == KIND_SHM && vma->start >= addr && vma->start - addr == vma->offset)
			return ANSWER_NO;
	return ANSWER_YES;
}

enum why_answer test_shm_removed(const struct question *question, struct why_cause *cause)
{
	return test_shm_none(question, cause);
}

enum why_answer test_shm_owner(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_MAYBE;
}

/* What the user has locked so far in segments, of whichever process, is counted apart from VmLck. */
enum why_answer test_shm_lock_limit(const struct question *question, struct why_cause *cause)
{
	struct lock_right right = limit_lock_right(question->space, question->call);

	cause->limit_bytes = right.limit_bytes;
	cause->limit = right.limit_bytes == UINT64_MAX ? UINT64_MAX : right.limit_bytes / PAGE_BYTES;
	return question->call->arg[1] == K_SHM_LOCK ? ANSWER_MAYBE : ANSWER_NO;
}
