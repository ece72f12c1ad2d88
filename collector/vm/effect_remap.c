/*
 * effect_remap.c - mremap.
 *
 * Shrinking unmaps the tail in place; growing copies the state of the last page; moving carries protection, lock,
 * advice and guard markers along and unmaps what was at the destination.  Since 6.17 one call moves several mappings,
 * each to the same distance; what lies opposite a hole stays. Sources: check_prep_vma(), mremap_to(), move_vma(),
 * remap_move(), mm/mremap.c; mremap(2); and by experiment.
 */
#include <errno.h>

#include "refuse.h"

struct remap {
	uint64_t from, old_bytes;
	uint64_t to, new_bytes;
	bool fixed, keep;	/* MREMAP_FIXED, MREMAP_DONTUNMAP */
};

static struct remap remap_of(struct change *change)
{
	const struct record_call *call = change->call;
	struct remap remap = {
		.from = call->arg[0],
		.old_bytes = page_up(call->arg[1]),
		.to = call_failed(call) ? call->arg[4] : (uint64_t)call->ret,
		.new_bytes = page_up(call->arg[2]),
		.fixed = call->arg[3] & K_MREMAP_FIXED,
		.keep = call->arg[3] & K_MREMAP_DONTUNMAP,
	};
	const struct vma *source = space_find(change->space, remap.from);

	if (source && (source->flags & VMA_HUGETLB)) {
		remap.old_bytes = round_up_to(remap.old_bytes, HUGE_BYTES);
		remap.new_bytes = round_up_to(remap.new_bytes, HUGE_BYTES);
	}
	return remap;
}

/* Arguments and result that a call which worked can have. */
static bool is_possible(const struct remap *remap)
{
	uint64_t old_end = remap->from + remap->old_bytes, new_end = remap->to + remap->new_bytes;

	if (!range_sane(remap->to, remap->new_bytes) || remap->from % PAGE_BYTES || old_end < remap->from)
		return false;
	if (remap->to == remap->from && !remap->fixed && !remap->keep)
		return true;
	return !ranges_overlap(remap->from, old_end, remap->to, new_end);
}

/* New pages behind or instead of @like, which keep what it is; they were set by this call. */
static void put_like(struct change *change, const struct vma *like, uint64_t start, uint64_t end, uint64_t offset)
{
	struct vma new = *like;

	new.start = start;
	new.end = end;
	if (vma_has_offset(&new))
		new.offset = offset;
	new.flags &= (uint16_t)~VMA_GUARD;
	new.by.map = change->seq;
	new.by.prot = change->seq;
	if (new.lock)
		new.by.lock = change->seq;
	if (new.advice)
		new.by.advice = change->seq;
	edit_map(change, &new);
}

/* [start, end) continues what @last has up to @until. */
static void grow_like(struct change *change, const struct vma *last, uint64_t until, uint64_t start, uint64_t end)
{
	struct vma like = *last;

	put_like(change, &like, start, end, like.offset + (until - like.start));
}

/* @piece of the source appears @distance further on. */
static void move_piece(struct change *change, struct vma piece, uint64_t distance)
{
	piece.start += distance;
	piece.end += distance;
	piece.by.map = change->seq;
	edit_map(change, &piece);
}

static bool clear_guard(struct change *change, struct vma *piece, const void *arg)
{
	bool changes = piece->flags & VMA_GUARD;

	(void)change;
	(void)arg;
	piece->flags &= (uint16_t)~VMA_GUARD;
	return changes;
}

static bool clear_lock(struct change *change, struct vma *piece, const void *arg)
{
	(void)arg;
	if (!piece->lock)
		return false;
	piece->lock = VMA_UNLOCKED;
	piece->by.lock = change->seq;
	return true;
}

/* Move the source up to @end piece by piece; what lies opposite a hole stays. */
static void move_pieces(struct change *change, const struct remap *remap, uint64_t at, uint64_t end)
{
	const struct vma *vma;

	while (at < end && (vma = vmaset_find(&change->space->set, at)) && vma->start < end) {
		struct vma piece = vma_clip(vma, at, end);

		at = piece.end;
		move_piece(change, piece, remap->to - remap->from);
	}
}

/* The part of @span around @at that the destination did not cut off. */
static struct range without_destination(struct range span, uint64_t at, const struct remap *remap)
{
	uint64_t new_end = remap->to + remap->new_bytes;

	if (remap->to > at)
		span.end = min_u64(span.end, remap->to);
	else
		span.start = max_u64(span.start, new_end);
	return span;
}

/*
 * MREMAP_DONTUNMAP: the source keeps its pages, empty and without a lock.  Since 6.16 all of the source VMA (@span)
 * loses the lock, also outside the range, and VmLck is not reduced, for good.  dontunmap_complete(), mm/mremap.c.
 * Where the listing follows it has the rest of that VMA, and it alone knows how far it reaches.
 */
static void leave_behind(struct change *change, struct range source, struct range span)
{
	struct space *space = change->space;
	uint64_t counted = space->set.sums.counted;
	bool whole = kernel_since(space->commons->kernel, KERNEL(6, 16));
	struct range lost = whole && !(change->call->has & HAS_LOOKED) ? span : source;

	edit_each(change, source.start, source.end, clear_guard, NULL);
	edit_each(change, lost.start, lost.end, clear_lock, NULL);
	if (whole)
		space->phantom += counted - space->set.sums.counted;
}

/*
 * Move the source up to @end, one mapping of the kernel's after the other.
 *
 * Return: the pages in doubt: whose lock may have gone with MREMAP_DONTUNMAP, since where the kernel's VMAs end is a
 * guess.
 */
static struct range move_mappings(struct change *change, const struct remap *remap, uint64_t end)
{
	struct range doubt = { UINT64_MAX, 0 };
	uint64_t at = remap->from;
	const struct vma *vma;

	while (at < end && (vma = vmaset_find(&change->space->set, at)) && vma->start < end) {
		struct range span = space_span(change->space, vma);
		struct range source = { max_u64(at, vma->start), min_u64(span.end, end) };
		bool locked = vma->lock;

		move_pieces(change, remap, source.start, source.end);
		if (remap->keep)
			leave_behind(change, source, without_destination(span, source.start, remap));
		if (remap->keep && locked)
			doubt = (struct range){ min_u64(doubt.start, span.start), max_u64(doubt.end, span.end) };
		at = source.end;
	}
	if (!remap->keep)
		edit_unmap(change, remap->from, end);
	return doubt;
}

/*
 * The destination too, and what adjoins it: where it meets the source the kernel can have joined them all before it
 * cleared the lock.
 */
static enum apply_result look_around(struct change *change, struct range doubt, uint64_t to)
{
	const struct vma *landed = space_find(change->space, to);
	struct range span = landed ? space_span(change->space, landed) : doubt;

	return look_at(change, min_u64(doubt.start, span.start), max_u64(doubt.end, span.end));
}

static enum apply_result move(struct change *change, const struct remap *remap)
{
	struct range source = { remap->from, remap->from + remap->old_bytes }, doubt;
	uint64_t moved = min_u64(remap->old_bytes, remap->new_bytes), new_end = remap->to + remap->new_bytes;
	bool single = remap->old_bytes != remap->new_bytes || !(remap->fixed || remap->keep);
	bool proves = single || !space_find(change->space, remap->from);
	bool unseen = proves && edit_prove(change, source.start, source.start + moved);
	struct vma last;

	if (single)
		edit_unmap(change, remap->to, new_end);
	last = *vmaset_before(&change->space->set, source.start + moved);
	doubt = move_mappings(change, remap, remap->from + moved);
	if (new_end > remap->to + moved)
		grow_like(change, &last, source.end, remap->to + moved, new_end);
	if (!remap->keep)
		edit_unmap(change, source.start, source.end);
	if (doubt.start < doubt.end)
		return look_around(change, doubt, remap->to);
	return look_if(change, unseen, (struct range){ remap->to, new_end });
}

static enum apply_result resize(struct change *change, const struct remap *remap)
{
	uint64_t old_end = remap->from + remap->old_bytes, new_end = remap->from + remap->new_bytes;
	bool unseen = edit_prove(change, remap->from, remap->from + PAGE_BYTES);

	if (new_end < old_end)
		edit_unmap(change, new_end, old_end);
	if (new_end > old_end) {
		unseen |= edit_prove(change, remap->from, old_end);
		grow_like(change, space_find(change->space, old_end - 1), old_end, old_end, new_end);
	}
	return look_if(change, unseen, (struct range){ remap->from, max_u64(old_end, new_end) });
}

/* Old length 0: a second mapping of the same shared pages, from addr on. */
static enum apply_result duplicate(struct change *change, const struct remap *remap)
{
	const struct vma *source = space_find(change->space, remap->from);
	struct vma like;

	if (!source)
		return look_everywhere(change);
	like = *source;
	put_like(change, &like, remap->to, remap->to + remap->new_bytes, like.offset + (remap->from - like.start));
	return APPLY_DONE;
}

/* ---- failure ---- */

/* The mapping, as the kernel sees it, at which a move of several met a seal: its start, or the end of the range. */
static uint64_t sealed_stop(const struct space *space, const struct remap *remap)
{
	uint64_t end = remap->from + remap->old_bytes, distance = remap->to - remap->from;
	const struct vma *vma = vmaset_find(&space->set, remap->from);

	while (vma && vma->start < end) {
		struct range span = space_span(space, vma);
		uint64_t start = max_u64(span.start, remap->from), stop = min_u64(span.end, end);

		if ((vma->flags & VMA_SEALED) || space_sealed_in(space, start + distance, stop + distance))
			return start;
		vma = vmaset_find(&space->set, span.end);
	}
	return end;
}

/*
 * Several mappings move one after the other: those before the refused one have moved.  How many the kernel has is a
 * guess, as it need not have joined equal neighbours.
 */
static enum apply_result stopped(struct change *change, const struct remap *remap)
{
	struct range all = { min_u64(remap->from, remap->to), max_u64(remap->from, remap->to) + remap->old_bytes };
	uint64_t stop = sealed_stop(change->space, remap);

	if (call_errno(change->call) == EPERM && stop < remap->from + remap->old_bytes)
		move_mappings(change, remap, stop);
	return look_at(change, all.start, all.end);
}

/*
 * Moving to a fixed place and shrinking: the destination is unmapped, then the tail of the source.  A seal in the tail,
 * or a length that leaves the address space, fails that second step.  mremap_to(), mm/mremap.c.
 */
static enum apply_result shrink_stopped(struct change *change, const struct remap *remap)
{
	const struct space *space = change->space;
	const struct vma *first = space_find(space, remap->from);
	uint64_t new_end = remap->to + remap->new_bytes, old_end = remap->from + remap->old_bytes;
	int err = call_errno(change->call);

	if (remap->from % PAGE_BYTES || !first || (first->flags & VMA_SEALED) || space_sealed_in(space, remap->to, new_end))
		return APPLY_DONE;
	if (err == EPERM && space_sealed_in(space, remap->from + remap->new_bytes, old_end)) {
		edit_unmap(change, remap->to, new_end);
		return APPLY_DONE;
	}
	if (err == EPERM || err == ENOMEM || (err == EINVAL && (old_end < remap->from || old_end >= USER_END)))
		return look_at(change, remap->to, new_end);
	return APPLY_DONE;
}

static enum apply_result remap_failed(struct change *change, const struct remap *remap)
{
	const struct space *space = change->space;
	const struct vma *first = space_find(space, remap->from);
	int err = call_errno(change->call);

	if (!remap->fixed || !first || !range_sane(remap->to, remap->new_bytes))
		return APPLY_DONE;
	/*
	 * Old length 0, or one that wraps, lets a destination cover the source: it may go first, and the source with
	 * it.
	 */
	if (err == EFAULT && remap->from >= remap->to && remap->from < remap->to + remap->new_bytes)
		return look_at(change, remap->to, remap->to + remap->new_bytes);
	if (remap->new_bytes < remap->old_bytes)
		return shrink_stopped(change, remap);
	if (err == EINVAL)
		return APPLY_DONE;
	/* Before 6.17 the destination was unmapped before these tests. */
	if (!kernel_since(space->commons->kernel, KERNEL(6, 17)))
		return err == EPERM ? APPLY_DONE : look_at(change, remap->to, remap->to + remap->new_bytes);
	if (remap->old_bytes != remap->new_bytes || remap->old_bytes <= PAGE_BYTES || (first->flags & VMA_SEALED))
		return APPLY_DONE;
	return is_possible(remap) ? stopped(change, remap) : APPLY_DONE;
}

enum apply_result effect_remap(struct change *change)
{
	struct remap remap = remap_of(change);

	if (call_failed(change->call))
		return remap_failed(change, &remap);
	if (!is_possible(&remap))
		return look_everywhere(change);
	if (!remap.old_bytes)
		return duplicate(change, &remap);
	if (remap.to == remap.from)
		return resize(change, &remap);
	return move(change, &remap);
}
