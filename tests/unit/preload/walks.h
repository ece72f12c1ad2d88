/*
 * walks.h - the same stack walked by step_walk(), stepping and from memory, and, as the oracle, by libunwind's
 * unw_step().
 */
#ifndef PAGETRAIL_TEST_WALKS_H
#define PAGETRAIL_TEST_WALKS_H

#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../../preload/step.h"
#include "../../../preload/step_memory.h"
#include "here.h"

enum { WALKS_FRAMES = 512 };

struct walks {
	struct step_result result;
	uintptr_t ours[WALKS_FRAMES + 32]; /* UNWIND_OWN_MAX */
	bool memory_is_right;	/* what is remembered of earlier walks leads to the same addresses, or to their name */
	int oracle_count;
	uintptr_t oracle[WALKS_FRAMES];
};

/* Names a stack by its contents, so that a wrong name is recognised. */
__attribute__((unused)) static uint32_t walks_name(const struct step_result *result, const uintptr_t *frames)
{
	uint64_t hash = (uint64_t)result->count * 2 + result->truncated + 1;

	for (int i = 0; i < result->count; i++)
		hash = (hash ^ frames[i]) * 0x9fb21c651e98df25ull;
	return (uint32_t)(hash >> 32) | 1;
}

/* Whether a walk by what is remembered, if anything is, finds what plain stepping finds, or names it rightly. */
__attribute__((noinline, unused)) static bool walks_check_memory(const struct step_start *start)
{
	uintptr_t frames[MEMORY_FRAMES], plain[MEMORY_FRAMES + 1];
	struct step_known known = { .key = 1 };
	struct step_result stepped = step_walk(start, plain, MEMORY_FRAMES + 1); /* too many to be remembered */
	const struct step_result result = step_walk_known(start, frames, MEMORY_FRAMES, &known);

	if (stepped.count > MEMORY_FRAMES) {
		stepped.count = MEMORY_FRAMES;
		stepped.truncated = true;
	}
	if (result.count != stepped.count || result.truncated != stepped.truncated || result.guessed != stepped.guessed)
		return false;
	if (known.name)
		return known.name == walks_name(&stepped, plain);
	step_name(&known, walks_name(&stepped, plain));
	for (int i = 0; i < result.count; i++)
		if (frames[i] != plain[i])
			return false;
	return true;
}

/* Walk from here by all. Asserts nothing, so that signal handlers can use it. */
__attribute__((noinline, unused)) static void walks_take_max(struct walks *walks, int max)
{
	struct step_start start;
	unw_context_t context;
	unw_cursor_t cursor;
	unw_word_t pc = 0;

	STEP_HERE(start);
	walks->result = step_walk(&start, walks->ours, max);
	walks->memory_is_right = walks_check_memory(&start);
	walks->oracle_count = 0;
	unw_getcontext(&context);
	unw_init_local(&cursor, &context);
	while (walks->oracle_count < WALKS_FRAMES && unw_step(&cursor) > 0) {
		unw_get_reg(&cursor, UNW_REG_IP, &pc);
		walks->oracle[walks->oracle_count++] = pc;
	}
}

__attribute__((noinline, unused)) static void walks_take(struct walks *walks)
{
	walks_take_max(walks, WALKS_FRAMES);
	__asm__ volatile("" : : : "memory"); /* not a tail call: this frame counts */
}

/* How many frames are equal, from the innermost on. */
__attribute__((unused)) static int walks_equal(const struct walks *walks)
{
	int i = 0;

	while (i < walks->result.count && i < walks->oracle_count && walks->ours[i] == walks->oracle[i])
		i++;
	return i;
}

#endif
