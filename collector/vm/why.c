/* why.c - go through the tests of a call in the kernel's order. */
#include "why.h"

#include <string.h>

#include "question.h"

#define EFFECT_ANY WHY_ANY_CALL
static const struct why_test tests[] = {
#define REASON(id)
#define TEST(effect, err, reason, source) {EFFECT_##effect, err, WHY_##reason, source},
#include "why.def"
#undef REASON
#undef TEST
};

/* Whom each row asks, close together, where the rows of an effect are found at once. */
static const int8_t asked[] = {
#define REASON(id)
#define TEST(effect, err, reason, source) EFFECT_##effect,
#include "why.def"
#undef REASON
#undef TEST
};

#define TESTS (sizeof asked / sizeof *asked)

/* What each row asks. */
static why_fn *const predicate[] = {
#define REASON(id)
#define TEST(effect, err, reason, source) test_##reason,
#include "why.def"
#undef REASON
#undef TEST
};

/* When a test can hold for sure, by its reason. */
enum { NEVER_SURE = 0, SURE = 1, SURE_AT_STOP = 2 };
enum {
#define REASON(id) WHEN_##id = SURE,
#define STOP(id) WHEN_##id = SURE_AT_STOP,
#define OPEN(id) WHEN_##id = NEVER_SURE,
#define TEST(...)
#include "why.def"
#undef REASON
#undef TEST
};

/* The same for each row. */
static const uint8_t when_sure[] = {
#define REASON(id)
#define TEST(effect, err, reason, source) WHEN_##reason,
#include "why.def"
#undef REASON
#undef TEST
};

const char *why_name(enum why_reason reason)
{
	static const char *const name[] = {
#define REASON(id) [WHY_##id] = #id,
#define TEST(...)
#include "why.def"
#undef REASON
#undef TEST
	};

	return reason < WHY_COUNT ? name[reason] : "?";
}

const struct why_cause *why_cause(const struct why *why)
{
	if (!why->causes || why->remote)
		return NULL;
	return why->causes == 1 || why->cause[0].sure ? &why->cause[0] : NULL;
}

const struct why_cause *why_cause_of(const struct why *why, enum why_reason reason)
{
	for (size_t i = 0; i < why->causes && !why->remote; i++)
		if (why->cause[i].test->reason == reason && (why->cause[i].sure || why->causes == 1))
			return &why->cause[i];
	return NULL;
}

int why_error(int effect, enum why_reason reason)
{
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		if (tests[i].effect == effect && tests[i].reason == reason)
			return tests[i].err;
	return 0;
}

bool why_ends_with(int effect, int err)
{
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		if ((tests[i].effect == effect || tests[i].effect == WHY_ANY_CALL) && tests[i].err == err)
			return true;
	return false;
}

/* The pages an address and a length stand for differ from call to call: range.h. */
static void find_range(struct question *question)
{
	const uint64_t *arg = question->call->arg;

	switch (question->effect) {
	case EFFECT_LOCK:
	case EFFECT_UNLOCK:
		question->is = range_covering(arg[0], arg[1], &question->range);
		break;
	case EFFECT_UNMAP:
	case EFFECT_PROTECT:
	case EFFECT_SEAL:
	case EFFECT_ADVISE:
	case EFFECT_RESIDENCY:
	case EFFECT_SYNC:
		question->is = range_aligned(arg[0], arg[1], &question->range);
		break;
	default:
		question->is = RANGE_EMPTY;
		return;
	}
	/* msync does not mind a length that rounds to 0. */
	if (question->effect == EFFECT_SYNC && question->is == RANGE_BAD && !page_up(arg[1]))
		question->is = RANGE_EMPTY;
	question->ranged = true;
}

/* From the page behind the heap as it is to the one behind the heap as asked for; end < start where it shrinks. */
static void find_break(struct question *question)
{
	const struct record_call *call = question->call;
	uint64_t from = question->space->brk ? question->space->brk : call->old;
	uint64_t to = call->call == CALL_sbrk ? from + call->arg[0] : call->arg[0];

	question->ranged = (call->has & HAS_OLD) && to;
	question->range = (struct range){page_up(from), page_up(to)};
}

/* PROT_GROWSDOWN moves the start down to the start of the first VMA. */
static struct refusal stop_of_protect(const struct question *question)
{
	const uint64_t known = K_PROT_ACCESS | K_PROT_SEM | K_PROT_GROWSDOWN;
	uint64_t prot = question->call->arg[2] & 0xffffffff;
	struct protect protect = {question->range, prot & K_PROT_ACCESS, prot & ~known};
	const struct vma *first = vmaset_find(&question->space->set, question->range.start);

	if ((prot & K_PROT_GROWSDOWN) && first)
		protect.range.start = max_u64(first->start, 0);
	return refuse_first_protect(question->space, &protect);
}

static struct refusal stop_of_removal(const struct question *question, uint64_t start, uint64_t bytes)
{
	const struct refusal none = {.reason = WHY_COUNT};

	if (start + bytes <= start)
		return none;
	return refuse_removal(question->space, (struct range){start, start + bytes});
}

static struct refusal find_stop(const struct question *question)
{
	const struct refusal none = {.reason = WHY_COUNT};
	const uint64_t *arg = question->call->arg;
	const struct vma *vma;

	switch (question->effect) {
	case EFFECT_PROTECT:
		return question->is == RANGE_PAGES ? stop_of_protect(question) : none;
	case EFFECT_ADVISE:
		return question->is == RANGE_PAGES ? refuse_first_advice(question->space, question->range, arg[2])
						   : none;
	case EFFECT_UNMAP:
		return question->is == RANGE_PAGES ? refuse_removal(question->space, question->range) : none;
	case EFFECT_MAP:
		return request_replaces(&question->map)
			       ? stop_of_removal(question, question->map.addr, question->map.len)
			       : none;
	case EFFECT_REMAPFILE:
		return stop_of_removal(question, page_down(arg[0]), page_down(arg[1]));
	case EFFECT_ATTACH:
		return arg[2] & K_SHM_REMAP ? stop_of_removal(question, page_down(arg[1]),
							      max_u64(page_up(question->call->size_bytes), PAGE_BYTES))
					    : none;
	case EFFECT_BRK:
	case EFFECT_SBRK:
		return question->ranged ? stop_of_removal(question, question->range.end,
							  question->range.start - question->range.end)
					: none;
	case EFFECT_REMAP:
		vma = space_find(question->space, arg[0]);
		return vma && (vma->flags & VMA_SEALED) ? (struct refusal){WHY_sealed, page_down(arg[0]), vma} : none;
	default:
		return none;
	}
}

static struct question question_of(const struct space *space, const struct record *record)
{
	const struct record_call *call = &record->call;
	struct question question = {.space = space, .record = record, .call = call};

	question.effect = call_table[call->call].effect;
	if (call_failed(call))
		question.err = call_errno(call);
	if (question.effect == EFFECT_MAP)
		question.map = request_of(call);
	if (question.effect == EFFECT_BRK || question.effect == EFFECT_SBRK)
		find_break(&question);
	else
		find_range(&question);
	question.stop = find_stop(&question);
	return question;
}

/* Return: whether the kernel went no further. */
static bool consider(const struct question *question, size_t row, struct why *why, struct why *remote)
{
	const struct why_test *test = &tests[row];
	static const struct why_cause nothing; /* copied, it costs a fraction of clearing by the compiler's `rep stos` */
	struct why_cause cause = nothing;
	enum why_answer answer;
	struct why *to;

	cause.test = test;
	answer = predicate[row](question, &cause);
	to = answer == ANSWER_REMOTE ? remote : why;
	if (answer == ANSWER_NO)
		return false;
	if (test->err != question->err) {
		if (answer == ANSWER_YES && !why->against && !why->causes) {
			why->against = test;
			why->contrary = cause;
		}
		return false;
	}
	cause.sure = answer == ANSWER_YES;
	if (to->causes < WHY_MOST)
		to->cause[to->causes++] = cause;
	return answer == ANSWER_YES;
}

/* The C library answers POSIX_MADV_DONTNEED itself. */
static bool is_ignored(const struct record_call *call)
{
	return call->call == CALL_posix_madvise && call->arg[2] == 4;
}

/* The rows of an effect stand together: the first of them. */
static size_t first_row(int effect)
{
	const int8_t *row = memchr(asked, effect, TESTS);

	return row ? (size_t)(row - asked) : TESTS;
}

static bool is_row_of(int effect, size_t row)
{
	return row < TESTS && asked[row] == effect;
}

/* Return: whether the kernel went no further. */
static bool ask_rows(const struct question *question, int effect, struct why *why, struct why *remote)
{
	for (size_t i = first_row(effect); is_row_of(effect, i); i++)
		if (consider(question, i, why, remote))
			return true;
	return false;
}

/*
 * A call that worked is asked whether it fails a test for sure; nearly all do not, and what they looked at is nobody's
 * business.  What can befall every call leaves nothing in a log that would speak against its having worked.
 */
static void ask_worked(const struct question *question, struct why *why)
{
	const int effect = (int)question->effect;
	const unsigned sure = question->stop.reason == WHY_COUNT ? SURE : SURE | SURE_AT_STOP;
	struct why_cause unread;

	for (size_t i = first_row(effect); is_row_of(effect, i); i++) {
		if ((when_sure[i] & sure) && predicate[i](question, &unread) == ANSWER_YES) {
			consider(question, i, why, why);
			return;
		}
	}
}

static void ask_failed(const struct question *question, struct why *why)
{
	struct why remote; /* of it only the causes are used */

	remote.causes = 0;
	if (!ask_rows(question, (int)question->effect, why, &remote))
		ask_rows(question, WHY_ANY_CALL, why, &remote);
	if (why->causes)
		return;
	why->remote = remote.causes;
	why->causes = remote.causes;
	for (size_t i = 0; i < remote.causes; i++)
		why->cause[i] = remote.cause[i];
}

/* Without its causes, which are most of it. */
static void why_clear(struct why *why)
{
	why->err = 0;
	why->ranged = why->remote = false;
	why->is = RANGE_PAGES;
	why->range = (struct range){ 0, 0 };
	why->causes = 0;
	why->against = NULL;
}

static void ask(const struct space *before, const struct record *record, struct why *why)
{
	const struct question question = question_of(before, record);

	why->ranged = question.ranged && question.effect != EFFECT_BRK && question.effect != EFFECT_SBRK;
	why->is = question.is;
	why->range = question.range;
	if (!(record->call.has & HAS_RET) || is_ignored(&record->call))
		return;
	why->err = question.err;
	if (why->err)
		ask_failed(&question, why);
	else
		ask_worked(&question, why);
}

void why_ask(const struct space *before, const struct record *record, struct why *why)
{
	why_clear(why);
	if (record->type == RECORD_CALL && record->call.call < CALL_COUNT)
		ask(before, record, why);
}
