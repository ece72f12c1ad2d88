/*
 * effect_protect.c - mprotect, pkey_mprotect, mseal.
 *
 * mprotect works through the VMAs in address order and stops at the first it must refuse, keeping what it has changed.
 * Sources: do_mprotect_pkey(), mm/mprotect.c; mm/mseal.c; mprotect(2); and by experiment.
 */
#include <errno.h>

#include "refuse.h"

static bool set_prot(struct change *change, struct vma *piece, const void *arg)
{
	const struct protect *protect = arg;
	uint8_t prot = protect_prot(change->space, piece, protect->prot);

	/* What the kernel granted is within the ceiling, whatever the model thought. */
	piece->ceiling |= prot;
	if (piece->prot == prot)
		return false;
	piece->prot = prot;
	piece->by.prot = change->seq;
	return true;
}

/*
 * Where mprotect stopped: the first hole or the first VMA that refuses with @err; range.end if the model knows of
 * neither.
 */
static uint64_t stop_of(const struct space *space, const struct protect *protect, int err)
{
	uint64_t at = protect->range.start, end = protect->range.end;
	const struct vma *vma;

	while (at < end && (vma = vmaset_find(&space->set, at)) && vma->start <= at &&
	       why_error(EFFECT_PROTECT, refuse_protect(space, vma, protect)) != err)
		at = vma->end;
	return min_u64(at, end);
}

/*
 * PROT_GROWSDOWN moves the start down to the start of the first VMA in the range, which must grow down; a hole before
 * it is passed over.
 */
static bool grow_down(const struct space *space, struct protect *protect)
{
	const struct vma *vma = vmaset_find(&space->set, protect->range.start);

	if (!vma || vma->start >= protect->range.end || !(vma->flags & VMA_GROWSDOWN))
		return false;
	protect->range.start = space_span(space, vma).start;
	return true;
}

/*
 * ENOMEM where there is a hole may have come before it: private pages that become writable count against RLIMIT_DATA, and
 * a VMA that has to be parted against vm.max_map_count. mprotect_fixup(), mm/mprotect.c; split_vma(), mm/vma.c.
 */
static bool limit_may_have_stopped(const struct space *space, const struct protect *protect)
{
	return ((protect->prot & PROT_BIT_WRITE) && space->limits.data != UINT64_MAX) ||
	       space_vmas(space) + 2 > space_max_maps(space);
}

static enum apply_result protect_failed(struct change *change, const struct protect *protect)
{
	const struct space *space = change->space;
	int err = call_errno(change->call);
	uint64_t stop = stop_of(space, protect, err);
	bool hole = stop < protect->range.end && !space_find(space, stop);

	/* A bad key or bad protection bits are seen before the walk. */
	if (err == EINVAL && (hole || stop == protect->range.end || protect->odd))
		return APPLY_DONE;
	/*
	 * Without a hole ENOMEM was a limit: the walk stopped at some VMA. An EACCES nobody can explain is a security
	 * module's.
	 */
	if (stop == protect->range.end || hole != (err == ENOMEM))
		return look_at(change, protect->range.start, protect->range.end);
	if (hole && (space_may_have_grown(space, stop) || limit_may_have_stopped(space, protect)))
		return look_at(change, protect->range.start, protect->range.end);
	/* 6.10 and 6.11 looked for seals before they changed anything. */
	if (err == EPERM && !kernel_since(space->commons->kernel, KERNEL(6, 12)))
		return APPLY_DONE;
	edit_each(change, protect->range.start, stop, set_prot, protect);
	return APPLY_DONE;
}

static enum apply_result protect_done(struct change *change, const struct protect *protect)
{
	bool unseen = edit_prove(change, protect->range.start, protect->range.end);

	edit_each(change, protect->range.start, protect->range.end, set_prot, protect);
	return look_if(change, unseen, protect->range);
}

enum apply_result effect_protect(struct change *change)
{
	const struct record_call *call = change->call;
	const uint64_t known = K_PROT_ACCESS | K_PROT_SEM | K_PROT_GROWSDOWN;
	struct protect protect = { .prot = call->arg[2] & K_PROT_ACCESS, .odd = call->arg[2] & ~known };
	enum range_is range = range_aligned(call->arg[0], call->arg[1], &protect.range);

	if (range != RANGE_PAGES)
		return APPLY_DONE;
	if ((call->arg[2] & K_PROT_GROWSDOWN) && !grow_down(change->space, &protect))
		return call_failed(call) ? APPLY_DONE : look_at(change, protect.range.start, protect.range.end);
	return call_failed(call) ? protect_failed(change, &protect) : protect_done(change, &protect);
}

static bool set_seal(struct change *change, struct vma *piece, const void *arg)
{
	bool changes = !(piece->flags & VMA_SEALED);

	(void)change;
	(void)arg;
	piece->flags |= VMA_SEALED;
	return changes;
}

/* All or nothing: a hole anywhere and nothing is sealed. */
enum apply_result effect_seal(struct change *change)
{
	struct range range;
	bool unseen;

	if (call_failed(change->call) ||
	    range_aligned(change->call->arg[0], change->call->arg[1], &range) != RANGE_PAGES)
		return APPLY_DONE;
	unseen = edit_prove(change, range.start, range.end);
	edit_each(change, range.start, range.end, set_seal, NULL);
	return look_if(change, unseen, range);
}
