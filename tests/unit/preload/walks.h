/*
 * walks.h - the same stack walked twice: by step_walk() and, as the oracle, by libunwind's unw_step().
 */
#ifndef PAGETRAIL_TEST_WALKS_H
#define PAGETRAIL_TEST_WALKS_H

#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdint.h>

#include "../../../preload/step.h"
#include "here.h"

enum { WALKS_FRAMES = 512 };

struct walks {
	struct step_result result;
	uintptr_t ours[WALKS_FRAMES];
	int oracle_count;
	uintptr_t oracle[WALKS_FRAMES];
};

/* Walk from here by both. Asserts nothing, so that signal handlers can use it. */
__attribute__((noinline, unused)) static void walks_take_max(struct walks *walks, int max)
{
	struct step_start start;
	unw_context_t context;
	unw_cursor_t cursor;
	unw_word_t pc = 0;

	STEP_HERE(start);
	walks->result = step_walk(&start, walks->ours, max);
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
