/*
 * limit.c - resource limits and the three meanings of mlock's ENOMEM.
 */
#include "limit.h"

#include "state.h"

void limits_init(struct limits *limits)
{
	*limits = (struct limits){ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, false, false };
}

void limits_learn(struct limits *limits, const struct record_process *process)
{
	if (!process->has_limits)
		return;
	limits->memlock = process->memlock.soft;
	limits->as = process->as.soft;
	limits->data = process->data.soft;
	limits->stack = process->stack.soft;
	limits->cap_ipc_lock = process->cap_ipc_lock;
	limits->known = true;
}

void limits_set(struct limits *limits, uint64_t resource, uint64_t soft)
{
	switch (resource) {
	case K_RLIMIT_MEMLOCK:
		limits->memlock = soft;
		break;
	case K_RLIMIT_AS:
		limits->as = soft;
		break;
	case K_RLIMIT_DATA:
		limits->data = soft;
		break;
	case K_RLIMIT_STACK:
		limits->stack = soft;
		break;
	}
}

bool limit_as_exceeded(const struct space *space, uint64_t bytes, uint64_t replaced)
{
	uint64_t total = space->set.sums.mapped - replaced;

	return space->limits.known && (total + bytes < total || total + bytes > space->limits.as);
}

/* What an mlock of [start, end) meets. */
struct walk {
	uint64_t hole;			/* first hole, or end */
	uint64_t fresh_prefix;		/* bytes that would newly be counted, up to the hole */
	uint64_t locked;		/* bytes that have a lock already, anywhere in the range */
	bool unfaultable;		/* some page cannot be made resident, as far as the model knows */
};

/* Pages past the end of a file cannot be faulted in, and the model does not know the length of files. */
static bool may_not_fault(const struct vma *vma, bool onfault)
{
	if (vma->kind == KIND_SECRET || vma->kind == KIND_HUGETLB || vma->kind == KIND_VSYSCALL)
		return true;
	/* Where the flag cannot be set, lock-on-fault faults in as well. */
	if (onfault && vma_is_lockable(vma))
		return false;
	return !vma->prot || (vma->flags & VMA_GUARD) || vma_has_offset(vma);
}

static struct walk walk(const struct space *space, uint64_t start, uint64_t end, bool onfault)
{
	struct walk walk = { .hole = space_hole(space, start, end), .locked = space_locked_in(space, start, end) };
	const struct vma *vma = vmaset_find(&space->set, start);

	for (; vma && vma->start < walk.hole; vma = vmaset_find(&space->set, vma->end)) {
		if (!vma->lock && vma_is_lockable(vma))
			walk.fresh_prefix += min_u64(vma->end, walk.hole) - max_u64(vma->start, start);
		walk.unfaultable |= may_not_fault(vma, onfault);
	}
	return walk;
}

/* The test in do_mlock(): pages, holes included, against the limit in whole pages. */
static bool over_limit(const struct space *space, const struct record_call *call, uint64_t bytes, uint64_t already)
{
	bool told = call->has & HAS_LIMIT;
	uint64_t limit = told ? call->limit_bytes : space->limits.memlock;
	bool cap = told ? call->cap_ipc_lock : space->limits.cap_ipc_lock;
	uint64_t need = bytes / PAGE_BYTES + space_vmlck(space) / PAGE_BYTES;

	if (cap || limit == UINT64_MAX)
		return false;
	limit /= PAGE_BYTES;
	if (need > limit)
		need -= min_u64(need, already / PAGE_BYTES);
	return need > limit;
}

/* VmLck as it would be after each meaning; the one that was read decides. */
static enum lock_failure by_vmlck(const struct space *space, const struct walk *walk, uint64_t end, uint64_t vmlck,
				  enum lock_failure guess)
{
	uint64_t none = space_vmlck(space), some = none + walk->fresh_prefix;
	uint64_t expected = guess == LOCK_NOTHING || guess == LOCK_UNCLEAR ? none : some;

	if (vmlck == expected)
		return guess;
	if (vmlck == none)
		return LOCK_NOTHING;
	if (vmlck == some)
		return walk->hole < end ? LOCK_PREFIX : LOCK_ALL;
	return LOCK_UNCLEAR;
}

enum lock_failure limit_lock_failure(const struct space *space, const struct record_call *call, uint64_t start,
				     uint64_t end, bool onfault)
{
	struct walk met = walk(space, start, end, onfault);
	enum lock_failure guess = LOCK_UNCLEAR;

	if (over_limit(space, call, end - start, met.locked))
		guess = LOCK_NOTHING;
	else if (met.hole < end)
		guess = LOCK_PREFIX;
	else if (met.unfaultable)
		guess = LOCK_ALL;
	return call->has & HAS_LIMIT ? by_vmlck(space, &met, end, call->vmlck_bytes, guess) : guess;
}
