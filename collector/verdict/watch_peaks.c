/*
 * watch_peaks.c - the highest figures of any one process: bytes locked, bytes writable and executable, mappings.
 *
 * The first two are kept by the space.  The kernel joins neighbours that differ in nothing but their history, which the
 * model keeps apart: mappings are counted by where they begin, and only the borders of what changes are looked at anew.
 */
#include <stdlib.h>

#include "../util/alloc.h"
#include "watch_core.h"

/* Does a mapping, as the kernel has it, begin here? */
static bool begins(const struct space *space, uint64_t at)
{
	const struct vma *vma = space_find(space, at), *left;

	if (!vma || vma->start < at || vma->kind == KIND_TRACER)
		return false;
	left = at ? space_find(space, at - 1) : NULL;
	return !left || !vma_continues(left, vma);
}

static void add_border(struct watch *watch, const struct space *space, uint64_t at)
{
	if (watch->borders && watch->border[watch->borders - 1].at == at)
		return;
	watch->border = alloc_room(watch->border, watch->borders, &watch->border_room, sizeof(*watch->border));
	watch->border[watch->borders] = (struct border){ at, watch->borders, begins(space, at) };
	watch->borders++;
}

void peaks_change(struct watch *watch, const struct space *space, const struct delta *delta)
{
	add_border(watch, space, delta->start);
	add_border(watch, space, delta->end);
}

static int by_address(const void *a, const void *b)
{
	const struct border *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void peaks_settle(struct watch *watch, const struct space *space)
{
	struct area *area;

	if (!watch->borders)
		return;
	area = watch_area(watch, space);
	qsort(watch->border, watch->borders, sizeof(*watch->border), by_address);
	for (size_t i = 0; i < watch->borders; i++) {
		if (i && watch->border[i].at == watch->border[i - 1].at)
			continue;
		area->mappings += begins(space, watch->border[i].at) - watch->border[i].begins;
	}
	watch->borders = 0;
}

void peaks_recount(struct watch *watch, const struct space *space)
{
	struct area *area = watch_area(watch, space);
	const struct vma *vma = space_next(space, 0);

	area->mappings = 0;
	for (; vma; vma = space_next(space, vma->end))
		area->mappings += begins(space, vma->start);
}

static uint64_t figure(struct watch *watch, const struct state *state, const struct space *space)
{
	switch (state->demand->kind) {
	case DEMAND_PEAK_LOCKED:
		return space_totals(space).locked;
	case DEMAND_PEAK_WX:
		return space_totals(space).wx;
	default:
		return (uint64_t)watch_area(watch, space)->mappings;
	}
}

static void put_figure(struct text *text, const struct demand *demand, uint64_t number)
{
	if (demand->kind == DEMAND_PEAK_MAPPINGS)
		text_printf(text, "%llu mapping%s", (unsigned long long)number, number == 1 ? "" : "s");
	else
		text_put(text, amount_of(number).at);
}

static void after(struct watch *watch, struct state *state, const struct process *process)
{
	const uint64_t now = figure(watch, state, process->space);
	struct text text = { 0 };

	if (now <= state->most)
		return;
	state->most = now;
	if (now <= state->demand->most || state->result.broken)
		return;
	put_figure(&text, state->demand, now);
	watch_break(watch, state, process, NULL, 1, "%s after #%llu", text_read(&text),
		    (unsigned long long)watch->record->seq);
	text_free(&text);
}

/* "2 MiB after #17; 3.5 MiB at the peak." */
static void sum(struct watch *watch, struct state *state, struct text *text)
{
	(void)watch;
	if (state->result.broken && !state->most)
		return;		/* never put to the test */
	if (state->result.broken)
		text_printf(text, "%s; ", state->result.message);
	put_figure(text, state->demand, state->most);
	text_put(text, " at the peak.");
	free(state->result.message);
	state->result.message = NULL;
}

const struct watch_kind watch_peak = { .after = after, .sum = sum };
