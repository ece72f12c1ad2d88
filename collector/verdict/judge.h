/*
 * judge.h - from findings, expectations and budgets to a verdict.
 */
#ifndef PAGETRAIL_JUDGE_H
#define PAGETRAIL_JUDGE_H

#include "../sym/symbols.h"
#include "baseline.h"
#include "policy.h"
#include "verdict.h"
#include "watch.h"

struct judge_input {
	const struct policy *policy;
	struct finding *const *finding;		/* of the audit */
	size_t findings;
	const struct watch_result *result;	/* of each demand of the policy */
	struct baseline *baseline;		/* NULL: none; its entries' .met are filled in */
	struct symbols *symbols;
};

/*
 * verdict_judge - judge everything
 * @verdict: { 0 } but for .log, .policy, .baseline, .tool_version, .complete and .incomplete_because; receives the rest
 */
void verdict_judge(struct verdict *verdict, const struct judge_input *input);
void verdict_free(struct verdict *verdict);

/*
 * verdict_baseline - what a later run is to know: every item that is neither allowed nor met
 */
void verdict_baseline(const struct verdict *verdict, struct symbols *symbols, struct baseline *baseline);

#endif
