/* why_protect.c - what mprotect and mseal refuse before they look at mappings: do_mprotect_pkey(), mm/mprotect.c. */
#include "question.h"

enum why_answer test_protect_grows(const struct question *question, struct why_cause *cause)
{
	const uint64_t both = K_PROT_GROWSDOWN | K_PROT_GROWSUP;

	(void)cause;
	return answer_if((question->call->arg[2] & both) == both);
}

enum why_answer test_protect_bits(const struct question *question, struct why_cause *cause)
{
	const uint64_t known = K_PROT_ACCESS | K_PROT_SEM | K_PROT_GROWSDOWN | K_PROT_GROWSUP;

	cause->at = question->call->arg[2] & 0xffffffff & ~known;
	return answer_if(cause->at && question->is != RANGE_EMPTY);
}

/* Which keys are allocated is not followed; a machine without them refuses every key but -1. */
enum why_answer test_protect_key(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	if (question->call->call != CALL_pkey_mprotect || (int)question->call->arg[3] == -1 ||
	    question->is == RANGE_EMPTY)
		return ANSWER_NO;
	return ANSWER_MAYBE;
}

static bool grows_down(const struct question *question)
{
	return (question->call->arg[2] & K_PROT_GROWSDOWN) && question->is == RANGE_PAGES;
}

static const struct vma *first_of(const struct question *question)
{
	const struct vma *vma = vmaset_find(&question->space->set, page_down(question->call->arg[0]));
	uint64_t end = question->call->arg[0] + page_up(question->call->arg[1]);

	return vma && vma->start < end && vma->kind != KIND_VSYSCALL ? vma : NULL;
}

/* PROT_GROWSDOWN passes over a hole at the beginning, if something comes behind it. */
enum why_answer test_protect_nothing(const struct question *question, struct why_cause *cause)
{
	cause->at = question->call->arg[0];
	return answer_if(grows_down(question) && !first_of(question));
}

enum why_answer test_protect_not_down(const struct question *question, struct why_cause *cause)
{
	const struct vma *vma = grows_down(question) ? first_of(question) : NULL;

	if (!vma || (vma->flags & VMA_GROWSDOWN))
		return ANSWER_NO;
	cause_vma(question, cause, vma);
	return ANSWER_YES;
}

/* x86-64 has no mappings that grow up; a hole at the beginning is seen before that. */
enum why_answer test_protect_up(const struct question *question, struct why_cause *cause)
{
	const struct vma *vma = space_find(question->space, question->call->arg[0]);

	if (!(question->call->arg[2] & K_PROT_GROWSUP) || question->is != RANGE_PAGES || !vma)
		return ANSWER_NO;
	cause_vma(question, cause, vma);
	return ANSWER_YES;
}

/* READ_IMPLIES_EXEC asks for nothing that the file's mount forbids: do_mmap(), mm/mmap.c. */
static bool may_hold_code(const struct question *question)
{
	bool noexec = (question->call->has & HAS_FILE) && question->call->noexec;

	return question->effect != EFFECT_MAP || !(noexec || question->map.secret);
}

/* Of new mappings as well: writable and executable at once. */
enum why_answer test_mdwe(const struct question *question, struct why_cause *cause)
{
	const struct space *space = question->space;
	uint64_t prot = question->map.prot;

	switch (question->effect) {
	case EFFECT_PROTECT:
		return test_stop(question, cause, WHY_mdwe);
	case EFFECT_ATTACH:
		prot = PROT_BIT_READ | (question->call->arg[2] & K_SHM_EXEC ? PROT_BIT_EXEC : 0) |
		       (question->call->arg[2] & K_SHM_RDONLY ? 0 : PROT_BIT_WRITE);
		break;
	case EFFECT_REMAPFILE:
		cause->at = page_down(question->call->arg[0]);
		prot = space_find(space, cause->at) ? space_find(space, cause->at)->prot : 0;
		break;
	default:
		break;
	}
	if (space->read_exec && (prot & PROT_BIT_READ) && may_hold_code(question))
		prot |= PROT_BIT_EXEC;
	cause->asked = prot & K_PROT_ACCESS;
	return answer_if((space->mdwe & K_MDWE_REFUSE_EXEC_GAIN) && (prot & PROT_BIT_WRITE) && (prot & PROT_BIT_EXEC));
}

enum why_answer test_seal_flags(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if(question->call->arg[2]);
}
