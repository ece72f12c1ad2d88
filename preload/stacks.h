/*
 * stacks.h - from a walk to a stack id: the shared dictionary (abi/ring.h), and the modules its addresses lie in.
 */
#ifndef PAGETRAIL_STACKS_H
#define PAGETRAIL_STACKS_H

#include <stdint.h>

#include "abi/ring.h"
#include "step.h"

/*
 * stacks_attach - use a mapped ring's dictionary
 *
 * Context: constructor only.
 */
void stacks_attach(struct ring *ring);

/*
 * stacks_id - walk from @start and return the id of that stack
 * @start: the frame to begin with; its own pc is the innermost address
 *
 * A stack not seen before is announced first: the modules it goes through, then the stack itself. One that finds the
 * dictionary full travels through the ring instead.
 * Return: id, 0: no stack.
 * Context: async-signal-safe (with the second unwinder: as libunwind is, see unwind.h).
 */
uint32_t stacks_id(const struct step_start *start);

#endif
