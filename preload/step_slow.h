/*
 * step_slow.h - frames out of the ordinary: without a table, or with rules that a row cannot hold.
 */
#ifndef PAGETRAIL_STEP_SLOW_H
#define PAGETRAIL_STEP_SLOW_H

#include "stack.h"
#include "step.h"

/* A frame in the middle of a walk. */
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
 * step_guess - step out of a frame that no table describes, by the frame pointer
 * @frame: becomes the caller
 */
enum step_outcome step_guess(struct step_frame *frame, struct stack *stack, uintptr_t *pc);

/*
 * step_full - the walk of step_walk() with all registers, without the cache
 *
 * Some 200 ns a frame. What the program had in rbx and r12 to r15 at @start is found by walking there from here.
 */
struct step_result step_full(const struct step_start *start, uintptr_t *out, int max);

#endif
