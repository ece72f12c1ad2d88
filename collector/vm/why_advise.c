/* why_advise.c - what madvise and process_madvise refuse: do_madvise(), madvise_vma_behavior(), mm/madvise.c. */
#include "question.h"

/* The two fields inside the flags of mmap() are sets of their own. */
enum { FORMAT_MAPTYPE = FORMAT_CLONE + 1, FORMAT_MAPHUGE };

/* flags.def: values and the kernels that brought them. */
static const struct {
	int set;
	uint64_t value;
	const char *since;
} flags[] = {
#define FLAG(set, name, value, since) {FORMAT_##set, value, #since},
#include "../../preload/abi/flags.def"
#undef FLAG
};

static uint64_t advice_of(const struct question *question)
{
	return question->call->arg[question->effect == EFFECT_ADVISEV ? 3 : 2];
}

/* ---- the value ---- */

/* A value the table does not have may be newer than the table. */
enum why_answer test_advice_unknown(const struct question *question, struct why_cause *cause)
{
	uint64_t advice = advice_of(question) & 0xffffffff;

	cause->at = advice;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].set == FORMAT_ADVICE && flags[i].value == advice)
			return answer_if(!kernel_since(question->space->commons->kernel, kernel_parse(flags[i].since)));
	return ANSWER_YES;
}

/* Left out of many kernels, and for the privileged: CONFIG_MEMORY_FAILURE. */
enum why_answer test_advice_not_built(const struct question *question, struct why_cause *cause)
{
	uint64_t advice = advice_of(question);

	(void)cause;
	return advice == K_MADV_HWPOISON || advice == K_MADV_SOFT_OFFLINE ? ANSWER_MAYBE : ANSWER_NO;
}

/* ---- mappings that refuse ---- */

enum why_answer test_advice_locked(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_locked);
}

enum why_answer test_advice_special(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_special);
}

enum why_answer test_advice_huge(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_huge);
}

enum why_answer test_advice_shared(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_shared);
}

enum why_answer test_advice_file(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_file);
}

enum why_answer test_advice_no_file(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_no_file);
}

enum why_answer test_advice_droppable(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_droppable);
}

enum why_answer test_advice_not_shared(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_not_shared);
}

enum why_answer test_advice_no_access(const struct question *question, struct why_cause *cause)
{
	return test_stop(question, cause, WHY_advice_no_access);
}

/* ---- what depends on the object, or on the moment ---- */

static const struct vma *first_of(const struct question *question)
{
	const struct vma *vma = vmaset_find(&question->space->set, question->range.start);

	return question->is == RANGE_PAGES && vma && vma->start < question->range.end ? vma : NULL;
}

/* Not every file system can take a part out of a file. */
enum why_answer test_advice_not_file(const struct question *question, struct why_cause *cause)
{
	const struct vma *vma = first_of(question);

	if (test_stop(question, cause, WHY_advice_not_file) == ANSWER_YES)
		return ANSWER_YES;
	if (advice_of(question) != K_MADV_REMOVE || !vma)
		return ANSWER_NO;
	cause_vma(question, cause, vma);
	return ANSWER_MAYBE;
}

/* Guard pages, and pages behind the end of a file: its length is not in the log. */
enum why_answer test_advice_fault(const struct question *question, struct why_cause *cause)
{
	uint64_t advice = advice_of(question);
	const struct vma *vma = first_of(question);
	uint64_t end = question->stop.reason == WHY_COUNT ? question->range.end : question->stop.at;

	if (question->stop.reason == WHY_advice_fault)
		return test_stop(question, cause, WHY_advice_fault);
	if ((advice != K_MADV_POPULATE_READ && advice != K_MADV_POPULATE_WRITE) || !vma)
		return ANSWER_NO;
	for (; vma && vma->start < end; vma = vmaset_after(&question->space->set, vma, end)) {
		if (!vma_has_offset(vma))
			continue;
		cause_vma(question, cause, vma);
		return ANSWER_MAYBE;
	}
	return ANSWER_REMOTE;
}

enum why_answer test_advice_collapse(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return advice_of(question) == K_MADV_COLLAPSE ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_advice_io(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return advice_of(question) == K_MADV_WILLNEED ? ANSWER_MAYBE : ANSWER_REMOTE;
}

/* ---- process_madvise ---- */

enum why_answer test_advise_flags(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if(question->call->arg[4]);
}

/* The ranges are behind a pointer; each is judged as by madvise. */
enum why_answer test_advise_vector(const struct question *question, struct why_cause *cause)
{
	cause->asked = question->call->arg[2];
	return ANSWER_MAYBE;
}

/* Which process, and which right to it. */
enum why_answer test_advise_process(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_MAYBE;
}
