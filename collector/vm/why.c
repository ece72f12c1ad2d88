/* why.c - go through the tests of a call in the kernel's order. */
#include "why.h"

#include "question.h"

#define EFFECT_ANY WHY_ANY_CALL
static const struct why_test tests[] = {
#define REASON(id)
#define TEST(effect, err, reason, source) { EFFECT_##effect, err, WHY_##reason, source },
#include "why.def"
#undef REASON
#undef TEST
};

static why_fn *const predicate[] = {
#define REASON(id) [WHY_##id] = test_##id,
#define TEST(...)
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
	question->ranged = true;
}

static struct question question_of(const struct space *space, const struct record *record)
{
	const struct record_call *call = &record->call;
	struct question question = { .space = space, .record = record, .call = call };

	question.effect = call_table[call->call].effect;
	if (call_failed(call))
		question.err = call_errno(call);
	find_range(&question);
	return question;
}

/* Return: whether the kernel went no further. */
static bool consider(const struct question *question, const struct why_test *test, struct why *why, struct why *remote)
{
	struct why_cause cause = { .test = test };
	enum why_answer answer = predicate[test->reason](question, &cause);
	struct why *to = answer == ANSWER_REMOTE ? remote : why;

	if (answer == ANSWER_NO)
		return false;
	if (test->err != question->err) {
		if (answer == ANSWER_YES && !why->against && !why->causes)
			why->against = test;
		return false;
	}
	cause.sure = answer == ANSWER_YES;
	if (to->causes < WHY_MOST)
		to->cause[to->causes++] = cause;
	return answer == ANSWER_YES;
}

void why_ask(const struct space *before, const struct record *record, struct why *why)
{
	struct question question;
	struct why remote = { 0 };

	*why = (struct why){ 0 };
	if (record->type != RECORD_CALL || record->call.call >= CALL_COUNT)
		return;
	question = question_of(before, record);
	why->ranged = question.ranged;
	why->is = question.is;
	why->range = question.range;
	if (!(record->call.has & HAS_RET))
		return;
	why->err = question.err;
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		bool asked = tests[i].effect == (int)question.effect || tests[i].effect == WHY_ANY_CALL;

		if (asked && consider(&question, &tests[i], why, &remote))
			break;
	}
	if (why->causes || !why->err)
		return;
	why->remote = remote.causes;
	why->causes = remote.causes;
	for (size_t i = 0; i < remote.causes; i++)
		why->cause[i] = remote.cause[i];
}
