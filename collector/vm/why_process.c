/*
 * why_process.c - what calls about descriptors, limits, switches and processes refuse.  Little of what they look at is
 * in a log.
 */
#include "question.h"

/* ---- memory descriptors ---- */

enum why_answer test_fd_flags(const struct question *question, struct why_cause *cause)
{
	bool secret = question->call->call == CALL_memfd_secret;
	uint64_t flags = question->call->arg[secret ? 0 : 1] & 0xffffffff;
	const uint64_t huge_size = (uint64_t)K_MAP_HUGE_MASK << K_MAP_HUGE_SHIFT;

	cause->at = flags;
	if (secret)
		return answer_if(flags & ~UINT64_C(0x80000)); /* O_CLOEXEC */
	/* Close-on-exec, sealing, huge pages with their size, and since 6.3 the two about execution, which exclude each
	 * other. */
	if (flags & ~(UINT64_C(0x1f) | huge_size) || (flags & 0x18) == 0x18)
		return ANSWER_YES;
	return flags & 0x1c ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_fd_name(const struct question *question, struct why_cause *cause)
{
	cause->at = question->call->arg[0];
	return question->call->call == CALL_memfd_create ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_fd_many(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_MAYBE;
}

enum why_answer test_fd_disabled(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_MAYBE;
}

/* ---- limits ---- */

enum why_answer test_limit_order(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	if (!(question->call->has & HAS_RLIMIT))
		return ANSWER_MAYBE;
	return answer_if(question->call->soft > question->call->hard);
}

enum why_answer test_limit_right(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_MAYBE;
}

enum why_answer test_limit_process(const struct question *question, struct why_cause *cause)
{
	cause->at = question->call->arg[0];
	return question->call->call == CALL_prlimit && question->call->arg[0] ? ANSWER_MAYBE : ANSWER_NO;
}

/* ---- switches ---- */

/* Once on, MDWE stays as it is. */
enum why_answer test_prctl_final(const struct question *question, struct why_cause *cause)
{
	const uint64_t *arg = question->call->arg;

	(void)cause;
	if ((int)arg[0] != K_PR_SET_MDWE)
		return ANSWER_NO;
	return question->space->mdwe && question->space->mdwe != arg[1] ? ANSWER_YES : ANSWER_NO;
}

enum why_answer test_prctl_arguments(const struct question *question, struct why_cause *cause)
{
	const uint64_t *arg = question->call->arg;

	cause->at = arg[0];
	switch ((int)arg[0]) {
	case K_PR_SET_MDWE:
		return answer_if(arg[2] || arg[3] || arg[4] || (arg[1] & ~UINT64_C(3)) || arg[1] == K_MDWE_NO_INHERIT);
	case K_PR_SET_MEMORY_MERGE:
		return arg[2] || arg[3] || arg[4] ? ANSWER_YES : ANSWER_REMOTE;
	default:
		return ANSWER_MAYBE;
	}
}

enum why_answer test_prctl_name(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return question->call->arg[0] == K_PR_SET_VMA ? ANSWER_MAYBE : ANSWER_REMOTE;
}

enum why_answer test_key_flags(const struct question *question, struct why_cause *cause)
{
	const uint64_t *arg = question->call->arg;

	(void)cause;
	return answer_if(question->call->call == CALL_pkey_alloc && (arg[0] || (arg[1] & ~UINT64_C(3))));
}

/* Whether the machine has keys, and which are taken, is not in the log. */
enum why_answer test_key_none(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_MAYBE;
}

/* ---- processes ---- */

enum why_answer test_fork_limit(const struct question *question, struct why_cause *cause)
{
	(void)question;
	(void)cause;
	return ANSWER_MAYBE;
}

enum why_answer test_exec_missing(const struct question *question, struct why_cause *cause)
{
	return test_fork_limit(question, cause);
}

enum why_answer test_exec_access(const struct question *question, struct why_cause *cause)
{
	return test_fork_limit(question, cause);
}

enum why_answer test_exec_format(const struct question *question, struct why_cause *cause)
{
	return test_fork_limit(question, cause);
}

enum why_answer test_exec_size(const struct question *question, struct why_cause *cause)
{
	return test_fork_limit(question, cause);
}
