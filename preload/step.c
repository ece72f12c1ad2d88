/*
 * step.c - walk the calling thread's stack by its unwind tables; see step.h.
 *
 * The loop below is what a recorded call costs most: one cache entry, one or two words of the stack a frame.
 */
#include "step.h"
#include "stack.h"
#include "step_frame.h"
#include "step_memory.h"
#include "step_rows.h"
#include "step_slow.h"

#include <stddef.h>

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

/* Walk on from @frame, with result->count addresses found so far. */
static __attribute__((noinline)) void
walk_on(const struct step_start *start, struct step_frame frame, struct stack *stack, uint64_t generation,
	uintptr_t *out, int max, struct step_result *result)
{
	enum step_outcome outcome;
	int count = result->count;
	uintptr_t pc, saved;

	for (;;) {
		const struct row row = row_get(frame.at, generation);
		if (__builtin_expect(!(row.kind & ROW_SPECIAL), 1)) {
			outcome = step_by_row(&frame, stack, row, &pc, &saved);
		} else if (row.kind == ROW_COMPLEX) {
			*result = step_full(start, out, max);
			return;
		} else {
			outcome = step_special(&frame, stack, row.kind, &pc);
			result->guessed |= row.kind == ROW_NONE && outcome == STEP_CALLER && count < max;
		}
		if (outcome != STEP_CALLER || count == max)
			break;
		out[count++] = pc;
	}
	result->count = count;
	result->truncated = outcome != STEP_END;
}

/* Return: false if the memory is in use. */
static bool walk_known(const struct step_start *start, struct stack *stack, uint64_t generation,
		       uintptr_t *out, int max, struct step_known *known, struct step_result *result)
{
	struct memory *const memory = memory_take(start);

	if (!memory)
		return false;
	const struct memory_walk walk = memory_walk(memory, start, stack, generation, max);
	result->count = walk.count;
	result->truncated = walk.truncated;
	if (known && !walk.open)
		memory_recall(memory, known);
	if (!known || !known->name)
		memory_copy(memory, out, walk.count);
	memory_release(memory);
	if (walk.open)
		walk_on(start, walk.frame, stack, generation, out, max, result);
	return true;
}

static struct step_result walk(const struct step_start *start, uintptr_t *out, int max, struct step_known *known)
{
	struct step_result result = { 0, true, false };
	const struct step_frame frame = { start->pc - 1, start->sp, start->bp };
	const uint64_t generation = row_now();
	struct stack stack;

	if (!usable || !step_is_code(start->pc - 1))
		return result;
	stack_of(&stack, start->sp);
	if (stack.end && stack.span && max <= MEMORY_FRAMES &&
	    walk_known(start, &stack, generation, out, max, known, &result))
		return result;
	walk_on(start, frame, &stack, generation, out, max, &result);
	return result;
}

struct step_result step_walk(const struct step_start *start, uintptr_t *out, int max)
{
	return walk(start, out, max, NULL);
}

struct step_result step_walk_known(const struct step_start *start, uintptr_t *out, int max, struct step_known *known)
{
	known->name = 0;
	known->place = 0;
	return walk(start, out, max, known);
}
