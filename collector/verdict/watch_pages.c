/*
 * watch_pages.c - pages that some place of the program mapped, and what they are expected to have.
 *
 * Judged in the process that mapped them: a forked child's copies are the audit's matter (lock-lost-in-child,
 * lock-inherited).
 */
#include <stdlib.h>

#include "watch_core.h"

/* The call that mapped these pages, if it is of the place asked for and of a process with this space. */
static const struct audit_call *mapped_by(struct watch *watch, struct state *state, const struct space *space,
					  const struct vma *vma)
{
	const struct audit_call *call = vma && vma->kind != KIND_TRACER ? origin_call(watch->audit, vma->by.map) : NULL;
	const struct process *process;

	if (!call || !watch_selects(watch, &state->demand->by, &state->selected, call->stack))
		return NULL;
	process = world_process(audit_world(watch->audit), call->pid);
	return process && process->space == space ? call : NULL;
}

static bool has_all(const struct vma *vma, unsigned wanted)
{
	unsigned have = 0;

	have |= vma->lock ? PAGE_LOCKED : 0;
	have |= vma->advice & ADVICE_DONTDUMP ? PAGE_DONTDUMP : 0;
	have |= vma->advice & ADVICE_DONTFORK ? PAGE_DONTFORK : 0;
	have |= vma->advice & ADVICE_WIPEONFORK ? PAGE_WIPEONFORK : 0;
	return (have & wanted) == wanted;
}

/* "neither locked nor dontdump" would be no sentence for half of it: name what is missing. */
static void put_missing(struct text *text, const struct vma *vma, unsigned wanted)
{
	static const char *const names[] = { "locked", "dontdump", "dontfork", "wipeonfork" };
	const char *between = "not ";

	for (unsigned i = 0; i < 4; i++) {
		if (!(wanted >> i & 1) || has_all(vma, 1u << i))
			continue;
		text_printf(text, "%s%s", between, names[i]);
		between = " and not ";
	}
}

static void lacks(struct watch *watch, struct state *state, const struct process *process,
		  const struct audit_call *call, const struct vma *vma, const char *when)
{
	const uint64_t pages = (vma->end - vma->start) / PAGE_BYTES;
	const bool first = !state->result.broken;
	struct text missing = { 0 };

	put_missing(&missing, vma, state->demand->have);
	watch_break(watch, state, process, call, pages, "%s at 0x%llx, mapped by #%llu, %s %s %s.", pages_of(pages).at,
		    (unsigned long long)vma->start, (unsigned long long)vma->by.map, pages == 1 ? "is" : "are",
		    text_read(&missing), when);
	if (first) {
		state->result.addr = vma->start;
		state->result.pages = pages;
	}
	text_free(&missing);
}

/* What is told is the first run of pages. */
static void add_total(struct state *state, struct text *text)
{
	struct watch_result *result = &state->result;

	if (!result->broken || result->count <= result->pages)
		return;
	text_printf(text, "%s That is so of %s in all.", result->message, pages_of(result->count).at);
	free(result->message);
	result->message = NULL;
}

/* ---- at a moment ---- */

static void due(struct watch *watch, struct state *state, const struct process *process)
{
	const struct vma *vma = space_next(process->space, 0);
	const struct audit_call *call;
	uint64_t found = 0;

	for (; vma; vma = space_next(process->space, vma->end)) {
		call = mapped_by(watch, state, process->space, vma);
		if (!call)
			continue;
		found++;
		if (!has_all(vma, state->demand->have))
			lacks(watch, state, process, call, vma, moment_words(&state->demand->at).at);
	}
	state->most += found;
	/* Programs free what they allocate: at its exit a process need not have any. */
	if (found || state->demand->at.kind != MOMENT_EXIT)
		state->tested = true;
	if (!found && state->demand->at.kind != MOMENT_EXIT)
		watch_break(watch, state, process, NULL, 0, "Nothing mapped by the place in question is there %s.",
			    moment_words(&state->demand->at).at);
}

static void sum_at(struct watch *watch, struct state *state, struct text *text)
{
	(void)watch;
	if (state->result.broken)
		add_total(state, text);
	else
		text_printf(text, "%llu mapping%s had it.", (unsigned long long)state->most, state->most == 1 ? "" : "s");
}

const struct watch_kind watch_pages_at = { .due = due, .sum = sum_at };

/* ---- until a moment ---- */

static bool is_release(struct watch *watch, struct state *state)
{
	const struct record *record = watch->record;

	return selector_is_set(&state->demand->released_by) && record->type == RECORD_CALL &&
	       watch_selects(watch, &state->demand->released_by, &state->releasing, record->call.stack);
}

static void lose(struct watch *watch, struct state *state, const struct process *process, const struct delta *delta)
{
	struct text what = { 0 };
	const bool first = !state->result.broken;
	const uint64_t pages = (delta->end - delta->start) / PAGE_BYTES;

	put_missing(&what, delta->after, state->demand->have);
	watch_break(watch, state, process, NULL, pages, "%s at 0x%llx, mapped by #%llu, %s %s any more after #%llu.",
		    pages_of(pages).at, (unsigned long long)delta->start, (unsigned long long)delta->before->by.map,
		    pages == 1 ? "is" : "are", text_read(&what), (unsigned long long)watch->record->seq);
	if (first) {
		state->result.addr = delta->start;
		state->result.pages = pages;
	}
	text_free(&what);
}

struct unfulfilled {
	struct watch *watch;
	struct state *state;
	const struct process *process;
};

static void never_had(void *arg, const struct piece *piece)
{
	const struct unfulfilled *at = arg;
	const uint64_t pages = (piece->end - piece->start) / PAGE_BYTES;
	const bool first = !at->state->result.broken;
	const uint64_t seq = (uintptr_t)piece->value;
	struct text have = { 0 };

	demand_have(&have, at->state->demand->have);
	watch_break(at->watch, at->state, at->process, origin_call(at->watch->audit, seq), pages,
		    "%s at 0x%llx, mapped by #%llu, never became %s.", pages_of(pages).at,
		    (unsigned long long)piece->start, (unsigned long long)seq, text_read(&have));
	if (first) {
		at->state->result.addr = piece->start;
		at->state->result.pages = pages;
	}
	text_free(&have);
}

static void change(struct watch *watch, struct state *state, const struct process *process, const struct delta *delta)
{
	struct pieces *waiting = &watch_area(watch, process->space)->waiting[state->demand - watch->policy->demand];
	const bool before = mapped_by(watch, state, process->space, delta->before);
	const bool after = mapped_by(watch, state, process->space, delta->after);
	const bool same = before && after && delta->before->by.map == delta->after->by.map;
	struct unfulfilled at = { watch, state, process };

	if (before && !same)
		pieces_cut(waiting, delta->start, delta->end, is_release(watch, state) ? NULL : never_had, &at);
	if (!after || (state->demand->program && !program_match(state->demand->program, process->exe)))
		return;
	state->tested = true;
	state->most += !same;
	if (has_all(delta->after, state->demand->have))
		pieces_cut(waiting, delta->start, delta->end, NULL, NULL);
	else if (!same)
		pieces_set(waiting, delta->start, delta->end, (void *)(uintptr_t)delta->after->by.map);
	else if (has_all(delta->before, state->demand->have) && !is_release(watch, state))
		lose(watch, state, process, delta);
}

static void end(struct watch *watch, struct state *state, const struct process *process)
{
	struct pieces *waiting = &watch_area(watch, process->space)->waiting[state->demand - watch->policy->demand];
	struct unfulfilled at = { watch, state, process };

	if (!process->borrows)
		pieces_cut(waiting, 0, SPACE_END, never_had, &at);
}

static void sum_until(struct watch *watch, struct state *state, struct text *text)
{
	(void)watch;
	if (state->result.broken)
		add_total(state, text);
	else
		text_printf(text, "%llu mapping%s had it as long as asked for.", (unsigned long long)state->most,
			    state->most == 1 ? "" : "s");
}

const struct watch_kind watch_pages_until = { .change = change, .end = end, .sum = sum_until };
