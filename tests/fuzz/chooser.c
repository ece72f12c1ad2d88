#include "chooser.h"

#include "../../collector/vm/range.h"

/* Knuth's MMIX constants.  Neighbouring seeds would begin alike, so the first state is a seed well mixed (splitmix64). */
static uint64_t mixed(uint64_t seed)
{
	seed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	seed = (seed ^ seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return (seed ^ seed >> 27) * UINT64_C(0x94d049bb133111eb);
}

struct chooser chooser_begin(struct plan *plan, uint64_t seed, unsigned what)
{
	return (struct chooser){ .state = mixed(seed), .what = what, .plan = plan };
}

unsigned pick(struct chooser *chooser, unsigned below)
{
	chooser->state = chooser->state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(chooser->state >> 33) % below;
}

uint64_t some_of(struct chooser *chooser, const uint64_t *values, size_t count)
{
	return values[pick(chooser, (unsigned)count)];
}

/* ---- words ---- */

struct word number(uint64_t value)
{
	return (struct word){ PLACE_ZERO, 0, value };
}

struct word place(enum place where, uint64_t add)
{
	return (struct word){ (uint8_t)where, 0, add };
}

struct word some_page(struct chooser *chooser)
{
	uint64_t add = pick(chooser, ARENA_PAGES) * PAGE_BYTES;

	return place(PLACE_ARENA, pick(chooser, 40) ? add : add + pick(chooser, PAGE_BYTES));
}

/* Lengths that wrap or reach beyond user space; what goes on behind holes must not do so for real. */
static uint64_t odd_length(struct chooser *chooser, enum care care)
{
	switch (pick(chooser, care == KEEPS ? 2 : 5)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX - pick(chooser, 8192);
	case 2:
		return UINT64_C(1) << 63;
	case 3:
		return UINT64_C(0x7ffffffff000);
	default:
		return UINT64_C(1) << 40;
	}
}

uint64_t some_length(struct chooser *chooser, enum care care)
{
	uint64_t bytes = (1 + pick(chooser, pick(chooser, 4) ? 6 : 30)) * PAGE_BYTES;

	switch (pick(chooser, 40)) {
	case 0:
		return bytes + pick(chooser, PAGE_BYTES);
	case 1:
		return odd_length(chooser, care);
	default:
		return bytes;
	}
}

struct span far_span(struct chooser *chooser)
{
	unsigned i = pick(chooser, chooser->fars);
	uint64_t first = pick(chooser, (unsigned)chooser->far[i].pages);
	uint64_t pages = 1 + pick(chooser, (unsigned)(chooser->far[i].pages - first));
	struct span span = { { PLACE_RESULT, chooser->far[i].label, first * PAGE_BYTES }, number(pages * PAGE_BYTES) };

	return span;
}

struct span some_span(struct chooser *chooser, enum care care)
{
	const enum place whose[] = { PLACE_LIBC, PLACE_STACK, PLACE_VDSO };
	struct span span;

	if (chooser->fars && !pick(chooser, 8))
		return far_span(chooser);
	span.addr = some_page(chooser);
	span.len = number(some_length(chooser, care));
	if (care == HARMLESS && !pick(chooser, 30)) {
		span.addr = place(whose[pick(chooser, 3)], 0);
		span.len = number((1 + pick(chooser, 3)) * PAGE_BYTES);
	}
	return span;
}

void remember_far(struct chooser *chooser, const struct step *step, const struct word *length)
{
	unsigned i = chooser->fars < FAR_MAX ? chooser->fars++ : pick(chooser, FAR_MAX);

	if (length->add == 0 || length->add > 64 * PAGE_BYTES) {
		chooser->fars -= i == chooser->fars - 1;
		return;
	}
	chooser->far[i].label = step->label;
	chooser->far[i].pages = page_up(length->add) / PAGE_BYTES;
}
