/*
 * effect_advise.c - madvise, posix_madvise, process_madvise.
 *
 * madvise works through the VMAs in address order, passes over holes (ENOMEM in the end, but everything mapped has
 * changed) and stops at the first VMA that refuses.  Most advice changes no state, only contents or residency. Sources:
 * madvise_walk_vmas(), madvise_vma_behavior(), mm/madvise.c; madvise(2); and by experiment.
 */
#include <errno.h>

#include "refuse.h"

/* Advice that leaves a mark: bits set and cleared, and for the two guard values the marker of pages. */
struct advice {
	int value;
	uint16_t set, clear;
	uint16_t flag_set, flag_clear;
};

static const struct advice advices[] = {
	{ .value = K_MADV_NORMAL, .clear = ADVICE_RANDOM | ADVICE_SEQUENTIAL },
	{ .value = K_MADV_RANDOM, .set = ADVICE_RANDOM, .clear = ADVICE_SEQUENTIAL },
	{ .value = K_MADV_SEQUENTIAL, .set = ADVICE_SEQUENTIAL, .clear = ADVICE_RANDOM },
	{ .value = K_MADV_DONTFORK, .set = ADVICE_DONTFORK },
	{ .value = K_MADV_DOFORK, .clear = ADVICE_DONTFORK },
	{ .value = K_MADV_MERGEABLE, .set = ADVICE_MERGEABLE },
	{ .value = K_MADV_UNMERGEABLE, .clear = ADVICE_MERGEABLE },
	{ .value = K_MADV_HUGEPAGE, .set = ADVICE_HUGEPAGE, .clear = ADVICE_NOHUGEPAGE },
	{ .value = K_MADV_NOHUGEPAGE, .set = ADVICE_NOHUGEPAGE, .clear = ADVICE_HUGEPAGE },
	{ .value = K_MADV_DONTDUMP, .set = ADVICE_DONTDUMP },
	{ .value = K_MADV_DODUMP, .clear = ADVICE_DONTDUMP },
	{ .value = K_MADV_WIPEONFORK, .set = ADVICE_WIPEONFORK },
	{ .value = K_MADV_KEEPONFORK, .clear = ADVICE_WIPEONFORK },
	{ .value = K_MADV_GUARD_INSTALL, .flag_set = VMA_GUARD },
	{ .value = K_MADV_GUARD_REMOVE, .flag_clear = VMA_GUARD },
};

static const struct advice *advice_find(uint64_t value)
{
	for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
		if ((uint64_t)advices[i].value == value)
			return &advices[i];
	return NULL;
}

bool space_advice(uint64_t value, uint16_t *set, uint16_t *clear)
{
	const struct advice *advice = advice_find(value);

	*set = advice ? advice->set : 0;
	*clear = advice ? advice->clear : 0;
	return *set || *clear;
}

/* Return: whether it changed. */
static bool take(struct vma *piece, const struct advice *advice)
{
	uint16_t bits = (uint16_t)((piece->advice | advice->set) & ~advice->clear);
	uint16_t flags = (uint16_t)((piece->flags | advice->flag_set) & ~advice->flag_clear);

	/* Shared, huge, droppable and special VMAs take MERGEABLE without a word and without a flag. */
	if (advice->value == K_MADV_MERGEABLE && !vma_is_mergeable(piece))
		return false;
	if (bits == piece->advice && flags == piece->flags)
		return false;
	piece->advice = bits;
	piece->flags = flags;
	return true;
}

bool advice_changes(const struct vma *vma, uint64_t value)
{
	const struct advice *advice = advice_find(value);
	struct vma copy = *vma;

	return advice && take(&copy, advice);
}

static bool set_advice(struct change *change, struct vma *piece, const void *arg)
{
	if (!take(piece, arg))
		return false;
	piece->by.advice = change->seq;
	return true;
}

/* Where the walk stopped with @err, or range.end if the model sees no reason. */
static uint64_t stop_of(const struct space *space, struct range range, const struct advice *advice, int err)
{
	const struct vma *vma = vmaset_find(&space->set, range.start);

	for (; vma && vma->start < range.end; vma = vmaset_after(&space->set, vma, range.end)) {
		enum why_reason reason = refuse_advice(vma, (uint64_t)advice->value, range);

		if (reason != WHY_COUNT && why_error(EFFECT_ADVISE, reason) == err)
			return max_u64(vma->start, range.start);
	}
	return range.end;
}

static enum apply_result advise_failed(struct change *change, struct range range, const struct advice *advice)
{
	int err = call_errno(change->call);
	uint64_t stop = range.end;

	if (err == EPERM || err == EINVAL)
		stop = stop_of(change->space, range, advice, err);
	else if (err != ENOMEM || space_hole(change->space, range.start, range.end) == range.end)
		return look_at(change, range.start, range.end);
	if (err != ENOMEM && stop == range.end)
		return look_at(change, range.start, range.end);
	edit_each(change, range.start, stop, set_advice, advice);
	return APPLY_DONE;
}

enum apply_result effect_advise(struct change *change)
{
	const struct record_call *call = change->call;
	const struct advice *advice = advice_find(call->arg[2]);
	struct range range;
	bool unseen;

	if (!advice || range_aligned(call->arg[0], call->arg[1], &range) != RANGE_PAGES)
		return APPLY_DONE;
	if (call_failed(call))
		return advise_failed(change, range, advice);
	unseen = edit_prove(change, range.start, range.end);
	edit_each(change, range.start, range.end, set_advice, advice);
	return look_if(change, unseen, range);
}

/* ---- process_madvise ---- */

/*
 * The range that was refused after others had been done: the error is not told.  madvise stops at the first VMA that
 * refuses, whatever the reason, and passes over holes.
 */
static void advise_until_refused(struct change *change, struct range range, const struct advice *advice)
{
	uint64_t stop = min_u64(stop_of(change->space, range, advice, EINVAL),
				stop_of(change->space, range, advice, EPERM));

	edit_each(change, range.start, stop, set_advice, advice);
}

/* One range of which @done bytes are left in the result. */
static enum apply_result advise_range(struct change *change, struct call_range told, uint64_t done,
				      const struct advice *advice)
{
	struct range range;

	if (range_aligned(told.addr, told.len, &range) != RANGE_PAGES)
		return APPLY_DONE;
	if (told.len <= done) {
		bool unseen = edit_prove(change, range.start, range.end);

		edit_each(change, range.start, range.end, set_advice, advice);
		return look_if(change, unseen, range);
	}
	if (call_failed(change->call))
		return advise_failed(change, range, advice);
	advise_until_refused(change, range, advice);
	return look_at(change, range.start, range.end);
}

/*
 * The ranges one after the other; the result is how many bytes of them were done before one was refused.  Lengths add up
 * to MAX_RW_COUNT (include/linux/fs.h) at most, what is beyond is not looked at.  vector_madvise(), mm/madvise.c.
 */
static enum apply_result advise_vector(struct change *change, const struct advice *advice)
{
	const struct record_call *call = change->call;
	uint64_t left = UINT64_C(0x7ffff000), done = call_failed(call) ? 0 : (uint64_t)call->ret;
	enum apply_result result = APPLY_DONE;

	for (size_t i = 0; i < call->iov_count && left; i++) {
		struct call_range told = { call->iov[i].addr, min_u64(call->iov[i].len, left) };

		if (!told.len)
			continue;
		result = advise_range(change, told, done, advice);
		if (told.len > done)
			return result;
		left -= told.len;
		done -= told.len;
	}
	return result;
}

/* Only one's own pages can be given advice that leaves a mark: process_madvise_remote_valid(), mm/madvise.c. */
enum apply_result effect_advisev(struct change *change)
{
	const struct record_call *call = change->call;
	const struct advice *advice = advice_find(call->arg[3]);
	bool nothing_done = call_failed(call) && call_errno(call) != ENOMEM && call_errno(call) != EINVAL &&
			    call_errno(call) != EPERM && call_errno(call) != EAGAIN;

	if (!advice || nothing_done || ((call->has & HAS_TARGET) && call_failed(call) && call->target != change->record->pid))
		return APPLY_DONE;
	return call->has & HAS_IOV ? advise_vector(change, advice) : look_everywhere(change);
}
