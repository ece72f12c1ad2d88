/*
 * step_slow.h - frames out of the ordinary: without a table, or with rules that a row cannot hold.
 */
#ifndef PAGETRAIL_STEP_SLOW_H
#define PAGETRAIL_STEP_SLOW_H

#include "stack.h"
#include "step.h"
#include "step_frame.h"

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
