/* watch_space.c - what is expected of a whole address space at a moment: that all of it is locked, that none is W+X. */
#include "watch_core.h"

/* ---- mlockall ---- */

struct unlocked {
	uint64_t pages, addr;	/* addr: of the first run */
};

static struct unlocked find_unlocked(const struct space *space)
{
	const struct vma *vma = space_next(space, 0);
	struct unlocked found = { 0 };

	for (; vma; vma = space_next(space, vma->end)) {
		if (vma->lock || vma->kind == KIND_TRACER || !vma_is_lockable(vma))
			continue;
		found.addr = found.pages ? found.addr : vma->start;
		found.pages += (vma->end - vma->start) / PAGE_BYTES;
	}
	return found;
}

static void lockall_due(struct watch *watch, struct state *state, const struct process *process)
{
	const struct unlocked unlocked = find_unlocked(process->space);
	const bool first = !state->result.broken;
	const struct moment_words when = moment_words(&state->demand->at);

	state->tested = true;
	state->most++;
	if (state->demand->flags & LOCKALL_CURRENT && unlocked.pages) {
		watch_break(watch, state, process, NULL, unlocked.pages, "%s %s not locked %s, the first at 0x%llx.",
			    pages_of(unlocked.pages).at, unlocked.pages == 1 ? "is" : "are", when.at,
			    (unsigned long long)unlocked.addr);
		if (first)
			state->result.addr = unlocked.addr;
		if (first)
			state->result.pages = unlocked.pages;
	}
	if (state->demand->flags & LOCKALL_FUTURE && !space_future(process->space))
		watch_break(watch, state, process, NULL, 1, "MCL_FUTURE is not in force %s: what is mapped from then on "
			    "is not locked.", when.at);
}

/* ---- writable and executable ---- */

static void wx_due(struct watch *watch, struct state *state, const struct process *process)
{
	const unsigned wx = PROT_BIT_WRITE | PROT_BIT_EXEC;
	const struct vma *vma = space_totals(process->space).wx ? space_next(process->space, 0) : NULL;
	uint64_t pages = 0, addr = 0;
	const bool first = !state->result.broken;

	state->tested = true;
	state->most++;
	for (; vma; vma = space_next(process->space, vma->end)) {
		if ((vma->prot & wx) != wx || vma->kind == KIND_TRACER)
			continue;
		addr = pages ? addr : vma->start;
		pages += (vma->end - vma->start) / PAGE_BYTES;
	}
	if (!pages)
		return;
	watch_break(watch, state, process, NULL, pages, "%s %s writable and executable %s, the first at 0x%llx.",
		    pages_of(pages).at, pages == 1 ? "is" : "are", moment_words(&state->demand->at).at,
		    (unsigned long long)addr);
	if (!first)
		return;
	state->result.addr = addr;
	state->result.pages = pages;
}

static void sum(struct watch *watch, struct state *state, struct text *text)
{
	(void)watch;
	text_printf(text, "It was so, looked at %s.", times_of(state->most).at);
}

const struct watch_kind watch_mlockall = { .due = lockall_due, .sum = sum };
const struct watch_kind watch_no_wx = { .due = wx_due, .sum = sum };
