/*
 * chooser.h - what a plan's calls are made of: numbers, places, pages and spans at random.  Private to choose*.c.
 */
#ifndef TESTS_FUZZ_CHOOSER_H
#define TESTS_FUZZ_CHOOSER_H

#include <stddef.h>
#include <stdint.h>

#include "plan.h"

enum { FAR_MAX = 16 };

struct chooser {
	uint64_t state;
	unsigned what;
	struct plan *plan;
	/* mappings the kernel chose the place of, by the call that made them */
	struct {
		uint8_t label;
		uint64_t pages;
	} far[FAR_MAX];
	unsigned fars;
};

/*
 * chooser_begin - the same seed, the same choices
 */
struct chooser chooser_begin(struct plan *plan, uint64_t seed, unsigned what);

/*
 * pick - a number below @below
 */
unsigned pick(struct chooser *chooser, unsigned below);

/*
 * SOME - one of the values
 */
uint64_t some_of(struct chooser *chooser, const uint64_t *values, size_t count);
#define SOME_COUNT(...) (sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
#define SOME(chooser, ...) some_of(chooser, (const uint64_t[]){ __VA_ARGS__ }, SOME_COUNT(__VA_ARGS__))

struct word number(uint64_t value);
struct word place(enum place where, uint64_t add);
struct word some_page(struct chooser *chooser);

/* What a call may be told to do to pages it has no business with. */
enum care {
	HARMLESS, /* changes nothing that anybody could miss */
	STOPS,	  /* ends at the first hole, of which there is one behind the arena */
	KEEPS,	  /* goes on behind holes */
};

struct span {
	struct word addr, len;
};

/*
 * some_length, some_span - bytes, and where: mostly pages of the arena or of a mapping of the plan's own
 */
uint64_t some_length(struct chooser *chooser, enum care care);
struct span some_span(struct chooser *chooser, enum care care);

/*
 * far_span - pages of a mapping that remember_far() was told of, of which there must be one
 */
struct span far_span(struct chooser *chooser);

/*
 * remember_far - the kernel chooses the place of this mapping: later spans may be of it
 */
void remember_far(struct chooser *chooser, const struct step *step, const struct word *length);

#endif
