/*
 * edit.c - changes to a space that report themselves as deltas.
 *
 * A delta is told before the set changes, with copies of the state clipped to the run, so a listener never sees half a
 * change and may keep nothing but what it copies.
 */
#include "state.h"

static void tell(struct change *change, const struct vma *before, const struct vma *after)
{
	const struct vma *either = after ? after : before;
	struct delta delta = { either->start, either->end, before, after };

	if (change->changed)
		change->changed(change->arg, &delta);
}

/* One run of pages of a new mapping, over what @old is there, if anything. */
static void tell_piece(struct change *change, const struct vma *old, const struct vma *new, uint64_t start,
		       uint64_t end)
{
	struct vma after = vma_clip(new, start, end);

	if (old) {
		struct vma before = vma_clip(old, start, end);

		tell(change, &before, &after);
	} else {
		tell(change, NULL, &after);
	}
}

static void tell_map(struct change *change, const struct vma *new)
{
	uint64_t at = new->start;

	while (at < new->end) {
		const struct vma *old = vmaset_find(&change->space->set, at);

		if (!old || old->start >= new->end) {
			tell_piece(change, NULL, new, at, new->end);
			return;
		}
		if (old->start > at)
			tell_piece(change, NULL, new, at, old->start);
		at = max_u64(at, old->start);
		tell_piece(change, old, new, at, min_u64(old->end, new->end));
		at = old->end;
	}
}

/*
 * What is put or taken away at @start may have cut a stack that has grown since it was last seen: how far down it went no call
 * tells, and what is left below is not beside it any more. expand_downwards(), mm/vma.c.
 */
static void note_cut(struct change *change, uint64_t start)
{
	const struct vmaset *set = &change->space->set;
	const struct vma *stack = vmaset_find(set, start), *below;

	if (!change->call || !stack || !(stack->flags & VMA_GROWSDOWN) || stack->start < start || start < PAGE_BYTES ||
	    !space_stack_room(change->space, stack, start - PAGE_BYTES))
		return;
	below = vmaset_before(set, start);
	change->cut = (struct range){ below ? below->end : 0, start };
}

void edit_map(struct change *change, const struct vma *vma)
{
	struct vma new = *vma;

	if (!(new.flags & VMA_GROWSDOWN))
		note_cut(change, new.start);
	if (change->changed)
		tell_map(change, &new);
	vmaset_put(&change->space->set, &new);
}

void edit_unmap(struct change *change, uint64_t start, uint64_t end)
{
	const struct vma *old = change->changed ? vmaset_find(&change->space->set, start) : NULL;

	note_cut(change, start);
	while (old && old->start < end) {
		struct vma before = vma_clip(old, start, end);

		tell(change, &before, NULL);
		old = vmaset_after(&change->space->set, old, end);
	}
	vmaset_remove(&change->space->set, start, end);
}

void edit_each(struct change *change, uint64_t start, uint64_t end, edit_fn *fn, const void *arg)
{
	const struct vma *old;

	while (start < end && (old = vmaset_find(&change->space->set, start)) && old->start < end) {
		struct vma before = vma_clip(old, start, end), after = vma_clip(old, start, end);

		if (fn(change, &after, arg)) {
			tell(change, &before, &after);
			vmaset_put(&change->space->set, &after);
		}
		start = before.end;
	}
}

/* Pages of a mapping nobody saw being made. */
static void fill(struct change *change, uint64_t start, uint64_t end)
{
	struct vma vma = {
		.start = start,
		.end = end,
		.prot = PROT_BIT_READ | PROT_BIT_WRITE,
		.ceiling = PROT_BIT_READ | PROT_BIT_WRITE | PROT_BIT_EXEC,
		.kind = KIND_ANON,
	};

	edit_map(change, &vma);
}

bool edit_prove(struct change *change, uint64_t start, uint64_t end)
{
	struct space *space = change->space;
	bool unseen = false;
	uint64_t hole;

	while ((hole = space_hole(space, start, end)) < end) {
		const struct vma *next = vmaset_find(&space->set, hole);

		if (space_may_have_grown(space, hole)) {
			struct vma grown = *next;

			grown.start = hole;
			grown.end = next->start;
			edit_map(change, &grown);
		} else {
			fill(change, hole, next ? min_u64(next->start, end) : end);
			unseen = true;
		}
		start = hole;
	}
	return unseen;
}
