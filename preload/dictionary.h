/*
 * dictionary.h - from a walk to a stack id: the shared dictionary (abi/ring.h), and the modules its addresses lie in.
 */
#ifndef PAGETRAIL_DICTIONARY_H
#define PAGETRAIL_DICTIONARY_H

#include <stdint.h>

#include "abi/ring.h"
#include "step.h"

/*
 * dictionary_attach - use a mapped ring's dictionary
 *
 * Context: constructor, or while nobody is inside (guard.h).
 */
void dictionary_attach(struct ring *ring);

/*
 * dictionary_stack - walk from @start and return the id of that stack
 * @start: the frame to begin with; its own pc is the innermost address
 *
 * A stack not seen before is announced first: the modules it goes through, then the stack itself. One that finds the
 * dictionary full travels through the ring instead.
 * Return: id, 0: no stack.
 * Context: async-signal-safe; with the second unwinder as far as unwind.h says.
 */
uint32_t dictionary_stack(const struct step_start *start);

#endif
