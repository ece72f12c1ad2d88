/*
 * refusal.h - memory that the program would have got if ours were not there.
 *
 * RLIMIT_AS is compared with all that is mapped, ours included (may_expand_vm(), mm/mmap.c), and nothing can be done about that.
 * So at least the log says so.
 */
#ifndef PAGETRAIL_REFUSAL_H
#define PAGETRAIL_REFUSAL_H

#include <stdint.h>

#include "abi/call.h"

/*
 * refusal_explain - a call failed with ENOMEM: send a note if it would have been allowed without our memory
 *
 * REFUSALS_MAX notes a process at most.
 * Context: async-signal-safe; after the call's own record; errno is not touched.
 */
void refusal_explain(enum call_id call, const uint64_t *words);
#define REFUSALS_MAX 16

#endif
