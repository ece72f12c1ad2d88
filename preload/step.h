/*
 * step.h - walk the calling thread's stack by its unwind tables, without a lock, an allocation or a system call.
 *
 * Finds the object of an address with _dl_find_object() (glibc 2.35) and its row in .eh_frame_hdr, the same tables
 * C++ exceptions use.  Rows are cached process-wide (step_rows.h), and a stack seen before is only checked
 * (step_memory.h): 40, 90 and 240 ns at 5, 15 and 40 frames the first time, 20, 33 and 66 ns then.
 */
#ifndef PAGETRAIL_STEP_H
#define PAGETRAIL_STEP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Where a walk begins: a frame that is about to be stepped out of.  @pc is a return address, as the others are:
 * what holds for the frame is looked up at the byte before it, since a call may be the last instruction of its
 * function.
 */
struct step_start {
	uintptr_t pc, sp, bp;
};

struct step_result {
	int count;		/* addresses written */
	bool truncated;		/* stopped before the outermost frame: depth, unreadable stack, no rule */
	bool guessed;		/* at least one frame was found by frame pointer because it has no unwind table */
};

/*
 * step_walk - the return addresses of the callers of @start, innermost first
 * @start: the frame to step out of; @start->pc itself is not written
 * @out, @max: room for @max addresses
 *
 * An address is a return address, except right above a signal frame, where it is the interrupted instruction
 * itself. Reads memory only between start->sp and the end of the stack that holds it, as known from step_init()
 * and the thread's descriptor; on other stacks (sigaltstack, coroutines) it reads only what it can prove mapped
 * and otherwise stops.  The proof is a system call for each page, the only ones made here: see stack.h. Ends
 * without truncated at _start, where a thread began, or at a return address of zero.
 * Context: async-signal-safe; no lock, no allocation. Works while the loader's or the allocator's lock is held.
 */
struct step_result step_walk(const struct step_start *start, uintptr_t *out, int max);

/*
 * What is known of a stack from earlier walks. A stack is named by whoever walks it; the name is kept beside what is
 * remembered of the walk (see step_memory.h) as long as that is.
 */
struct step_known {
	uint32_t key;		/* names given under another key do not count; set by the caller */
	uint32_t name;		/* of this very stack, 0: none is known */
	uint32_t place, serial;	/* for step_name() */
};

/*
 * step_walk_known - step_walk() for callers that name stacks
 * @out: not written if known->name is not 0: these are the addresses and flags that were named so
 *
 * Context: as step_walk().
 */
struct step_result step_walk_known(const struct step_start *start, uintptr_t *out, int max, struct step_known *known);

/*
 * step_name - name the stack of the walk that filled @known
 *
 * Does nothing if the walk has been forgotten since.
 * Context: async-signal-safe.
 */
void step_name(const struct step_known *known, uint32_t name);

/*
 * step_init - learn the bounds of the main thread's stack
 *
 * Until then, and where it returns false, every walk is empty and truncated.
 * Return: true if this process can be walked (x86-64 and _dl_find_object present).
 * Context: constructor only.
 */
bool step_init(void);

/*
 * step_forget - drop all cached rows, because code is unmapped or replaced
 *
 * To be called before other code can be where it was: before the call, or after it where the loader's lock is
 * held until then, as in dlclose. Some 10 ns. Code that no table describes (JIT) is never cached and need not
 * be announced.
 * Context: async-signal-safe.
 */
void step_forget(void);

#endif
