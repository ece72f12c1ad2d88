/*
 * effect_lock.c - mlock, mlock2, munlock, mlockall, munlockall.
 *
 * Locks do not nest: the last call wins.  A lock is a flag of pages, not residency.
 * Sources: do_mlock(), apply_vma_lock_flags(), apply_mlockall_flags(), mm/mlock.c; mlock(2); and by experiment.
 */
#include <errno.h>

#include "state.h"

static bool set_lock(struct change *change, struct vma *piece, const void *arg)
{
	uint8_t lock = *(const uint8_t *)arg;

	if (!vma_is_lockable(piece) || piece->lock == lock)
		return false;
	piece->lock = lock;
	piece->by.lock = change->seq;
	return true;
}

/* The model cannot say why; at least the counter was read. */
static enum apply_result lock_unclear(struct change *change, struct range range)
{
	struct space *space = change->space;
	const struct record_call *call = change->call;

	if ((call->has & (HAS_LIMIT | HAS_OVERLAP)) == HAS_LIMIT)
		space_set_vmlck(space, call->vmlck_bytes);
	return look_at(change, range.start, range.end);
}

static enum apply_result lock_refused(struct change *change, struct range range, uint8_t lock)
{
	uint64_t hole = space_hole(change->space, range.start, range.end);
	bool onfault = lock == VMA_LOCKED_ONFAULT;

	switch (limit_lock_failure(change->space, change->call, range.start, range.end, onfault)) {
	case LOCK_NOTHING:
		return APPLY_DONE;
	case LOCK_PREFIX:
		if (space_may_have_grown(change->space, hole))
			break;
		edit_each(change, range.start, hole, set_lock, &lock);
		return APPLY_DONE;
	case LOCK_ALL:
		edit_each(change, range.start, range.end, set_lock, &lock);
		return APPLY_DONE;
	case LOCK_UNCLEAR:
		break;
	}
	return lock_unclear(change, range);
}

static enum apply_result lock_pages(struct change *change, struct range range, uint8_t lock)
{
	bool unseen = edit_prove(change, range.start, range.end);

	edit_each(change, range.start, range.end, set_lock, &lock);
	return look_if(change, unseen, range);
}

enum apply_result effect_lock(struct change *change)
{
	const struct record_call *call = change->call;
	bool onfault = call->call == CALL_mlock2 && (call->arg[2] & K_MLOCK_ONFAULT);
	uint8_t lock = onfault ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
	struct range range;

	if (range_covering(call->arg[0], call->arg[1], &range) != RANGE_PAGES)
		return APPLY_DONE;
	if (!call_failed(call))
		return lock_pages(change, range, lock);
	switch (call_errno(call)) {
	case ENOMEM:
		return lock_refused(change, range, lock);
	case EAGAIN:
	case EINTR:
		/* Out of memory or interrupted while faulting in: the flag was set before. */
		edit_each(change, range.start, range.end, set_lock, &lock);
		return APPLY_DONE;
	default:
		return APPLY_DONE;
	}
}

/* Needs no right and no limit; a hole stops it, the pages before it are unlocked. */
enum apply_result effect_unlock(struct change *change)
{
	const struct record_call *call = change->call;
	uint8_t lock = VMA_UNLOCKED;
	struct range range;
	uint64_t hole;

	if (range_covering(call->arg[0], call->arg[1], &range) != RANGE_PAGES)
		return APPLY_DONE;
	if (!call_failed(call))
		return lock_pages(change, range, lock);
	if (call_errno(call) != ENOMEM)
		return APPLY_DONE;
	hole = space_hole(change->space, range.start, range.end);
	if (hole == range.end || space_may_have_grown(change->space, hole))
		return look_at(change, range.start, range.end);
	edit_each(change, range.start, hole, set_lock, &lock);
	return APPLY_DONE;
}

/* The shim unlocks its own pages again before it lets the program go on, so they are not the program's to lock. */
static bool set_lock_all(struct change *change, struct vma *piece, const void *arg)
{
	return piece->kind != KIND_TRACER && set_lock(change, piece, arg);
}

/* A refused call changes nothing; an accepted one without MCL_FUTURE switches an earlier MCL_FUTURE off. */
enum apply_result effect_lockall(struct change *change)
{
	uint64_t flags = change->call->arg[0];
	uint8_t lock = flags & K_MCL_ONFAULT ? VMA_LOCKED_ONFAULT : VMA_LOCKED;

	if (call_failed(change->call))
		return APPLY_DONE;
	change->space->future = flags & K_MCL_FUTURE ? lock : VMA_UNLOCKED;
	if (flags & K_MCL_CURRENT)
		edit_each(change, 0, SPACE_END, set_lock_all, &lock);
	return APPLY_DONE;
}

enum apply_result effect_unlockall(struct change *change)
{
	uint8_t lock = VMA_UNLOCKED;

	if (call_failed(change->call))
		return APPLY_DONE;
	change->space->future = VMA_UNLOCKED;
	edit_each(change, 0, SPACE_END, set_lock, &lock);
	return APPLY_DONE;
}
