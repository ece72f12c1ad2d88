/*
 * growth.h - how far the main stack has grown down: by page faults, so no call shows it.
 */
#ifndef PAGETRAIL_GROWTH_H
#define PAGETRAIL_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * growth_init - note where the stack begins now
 * @on_stack: some address of it that is mapped as long as the process lives
 *
 * Context: constructor only.
 */
void growth_init(uintptr_t on_stack);

/*
 * growth_since - has it grown since the last time somebody asked?
 * @from, @to: receive the new pages
 *
 * Context: async-signal-safe; three system calls.
 */
bool growth_since(uint64_t *from, uint64_t *to);

#endif
