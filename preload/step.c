/*
 * step.c - walk the calling thread's stack by its unwind tables; see step.h.
 *
 * The loop below is what a recorded call costs most: one cache entry, one or two words of the stack a frame.
 */
#include "step.h"
#include "stack.h"
#include "step_rows.h"
#include "step_slow.h"

static bool usable;	/* written by the constructor, only read afterwards */

bool step_init(void)
{
	usable = stack_init() && row_usable();
	return usable;
}

/* @frame is the kernel's signal frame; the interrupted code may have used another stack. */
static __attribute__((noinline)) enum step_outcome
step_interrupted(struct step_frame *frame, struct stack *stack, uintptr_t *pc)
{
	const uintptr_t ucontext = frame->sp;

	if (!stack_has(stack, ucontext + ROW_UCONTEXT_RBP) || !stack_has(stack, ucontext + ROW_UCONTEXT_RSP) ||
	    !stack_has(stack, ucontext + ROW_UCONTEXT_RIP))
		return STEP_LOST;
	*pc = stack_word(ucontext + ROW_UCONTEXT_RIP);
	frame->at = *pc;
	frame->sp = stack_word(ucontext + ROW_UCONTEXT_RSP);
	frame->bp = stack_word(ucontext + ROW_UCONTEXT_RBP);
	stack_of(stack, frame->sp);
	return step_is_code(*pc) ? STEP_CALLER : STEP_LOST;
}

static inline __attribute__((always_inline)) enum step_outcome
step_by_row(struct step_frame *frame, struct stack *stack, struct row row, uintptr_t *pc)
{
	uintptr_t cfa = (row.kind & ROW_BY_RBP ? frame->bp : frame->sp) + (uintptr_t)row.cfa;

	if (__builtin_expect(row.kind & ROW_IN_MEMORY, 0)) {
		if (!stack_has(stack, cfa))
			return STEP_LOST;
		cfa = stack_word(cfa);
	}
	if (cfa <= frame->sp || !stack_has(stack, cfa - 8))
		return STEP_LOST;
	if (row.rbp_kind != RBP_KEPT) {
		const uintptr_t saved = (row.rbp_kind == RBP_AT_CFA ? cfa : frame->bp) + (uintptr_t)row.rbp;
		if (!stack_has(stack, saved))
			return STEP_LOST;
		frame->bp = stack_word(saved);
	}
	*pc = stack_word(cfa - 8);
	frame->sp = cfa;
	frame->at = *pc - 1;
	if (__builtin_expect(step_is_code(*pc), 1))
		return STEP_CALLER;
	return *pc == 0 ? STEP_END : STEP_LOST;
}

/* Works on a copy: a frame whose address is passed on would live in memory, and every step would wait for its store. */
static inline __attribute__((always_inline)) enum step_outcome
step_special(struct step_frame *frame, struct stack *stack, enum row_kind kind, uintptr_t *pc)
{
	struct step_frame copy = *frame;
	uintptr_t found = 0;
	enum step_outcome outcome = STEP_LOST;

	if (kind == ROW_SIGNAL)
		outcome = step_interrupted(&copy, stack, &found);
	else if (kind == ROW_NONE)
		outcome = step_guess(&copy, stack, &found);
	else if (kind == ROW_END)
		outcome = STEP_END;
	*frame = copy;
	*pc = found;
	return outcome;
}

struct step_result step_walk(const struct step_start *start, uintptr_t *out, int max)
{
	struct step_result result = { 0, true, false };
	struct step_frame frame = { start->pc - 1, start->sp, start->bp };
	const uint64_t generation = row_now();
	enum step_outcome outcome;
	struct stack stack;
	uintptr_t pc;

	if (!usable || !step_is_code(start->pc - 1))
		return result;
	stack_of(&stack, start->sp);
	for (;;) {
		const struct row row = row_get(frame.at, generation);
		if (__builtin_expect(!(row.kind & ROW_SPECIAL), 1)) {
			outcome = step_by_row(&frame, &stack, row, &pc);
		} else if (row.kind == ROW_COMPLEX) {
			return step_full(start, out, max);
		} else {
			outcome = step_special(&frame, &stack, row.kind, &pc);
			result.guessed |= row.kind == ROW_NONE && outcome == STEP_CALLER;
		}
		if (outcome != STEP_CALLER || result.count == max)
			break;
		out[result.count++] = pc;
	}
	result.truncated = outcome != STEP_END;
	return result;
}
