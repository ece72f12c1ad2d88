/*
 * step_frame.h - a frame in the middle of a walk, and the ordinary step out of it.
 */
#ifndef PAGETRAIL_STEP_FRAME_H
#define PAGETRAIL_STEP_FRAME_H

#include "stack.h"
#include "step_rows.h"

struct step_frame {
	uintptr_t at;		/* whose row applies: the interrupted instruction, or the last byte of a call */
	uintptr_t sp, bp;
};

enum step_outcome {
	STEP_CALLER,		/* *pc is where it was called or interrupted */
	STEP_END,		/* it is the outermost frame */
	STEP_LOST,		/* no telling */
};

/* Neither the first page nor the kernel's half holds code. */
static inline bool step_is_code(uintptr_t pc)
{
	return pc - 4096 < (1ul << 47) - 4096;
}

/*
 * step_by_row - step out of a frame whose row is not ROW_SPECIAL
 * @frame: becomes the caller
 * @saved: receives where the caller's rbp was loaded from, 0 if it was in place
 */
static inline __attribute__((always_inline)) enum step_outcome
step_by_row(struct step_frame *frame, struct stack *stack, struct row row, uintptr_t *pc, uintptr_t *saved)
{
	uintptr_t cfa = (row.kind & ROW_BY_RBP ? frame->bp : frame->sp) + (uintptr_t)row.cfa;

	if (__builtin_expect(row.kind & ROW_IN_MEMORY, 0)) {
		if (!stack_has(stack, cfa))
			return STEP_LOST;
		cfa = stack_word(cfa);
	}
	if (cfa <= frame->sp || !stack_has(stack, cfa - 8))
		return STEP_LOST;
	*saved = 0;
	if (row.rbp_kind != RBP_KEPT) {
		*saved = (row.rbp_kind == RBP_AT_CFA ? cfa : frame->bp) + (uintptr_t)row.rbp;
		if (!stack_has(stack, *saved))
			return STEP_LOST;
		frame->bp = stack_word(*saved);
	}
	*pc = stack_word(cfa - 8);
	frame->sp = cfa;
	frame->at = *pc - 1;
	if (__builtin_expect(step_is_code(*pc), 1))
		return STEP_CALLER;
	return *pc == 0 ? STEP_END : STEP_LOST;
}

#endif
