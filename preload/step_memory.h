/*
 * step_memory.h - what earlier walks read, so that a stack seen before is only checked.
 *
 * A walk is a function of where it starts, of the rows (the generation), of where the stack ends, of how many
 * frames are wanted, and of the words it loads from the stack; nothing else.  So it is enough to remember for
 * each frame which words were loaded and what they were: if a walk begins in the same state and all these words
 * are still the same, it finds the same frames.  Checking does not wait for one frame before it looks at the
 * next, and is four times as quick as stepping. Where a word differs, stepping takes over, until it comes to a
 * state that was remembered.
 *
 * The memory is a table of some walks, found by where they start: one place of the program at one depth of one
 * thread's stack has one entry. An entry is taken by an atomic try-lock: a thread or signal handler that finds
 * it taken walks without it. If its taker never comes back (longjmp out of a handler, fork in another thread)
 * it stays unused.
 *
 * Only frames with ordinary rows on a stack of known end are remembered; at the first other one the plain walk
 * takes over.
 */
#ifndef PAGETRAIL_STEP_MEMORY_H
#define PAGETRAIL_STEP_MEMORY_H

#include "step.h"
#include "step_frame.h"

#define MEMORY_FRAMES 64	/* walks of more are not remembered */

struct memory;

/*
 * memory_take - the entry for walks from @start, taken; NULL if it is in use
 */
struct memory *memory_take(const struct step_start *start);

/*
 * memory_release - give it back
 */
void memory_release(struct memory *memory);

/* How a remembered walk ended. */
struct memory_walk {
	int count;		/* frames found, not more than wanted */
	bool open;		/* the walk goes on from frame, by other means */
	bool truncated;		/* it has more than the wanted frames */
	struct step_frame frame;
};

/*
 * memory_walk - walk from @start as far as ordinary frames go, by checking where possible
 * @stack: that of start->sp, its end known
 * @max: at most MEMORY_FRAMES
 */
struct memory_walk memory_walk(struct memory *memory, const struct step_start *start, struct stack *stack,
			       uint64_t generation, int max);

/*
 * memory_copy - the first @count return addresses of the walk just made
 */
void memory_copy(const struct memory *memory, uintptr_t *out, int count);

/*
 * memory_recall - the name given to just these frames under known->key, if there is one; where to put it, if not
 */
void memory_recall(const struct memory *memory, struct step_known *known);

#endif
