/*
 * limit.c - resource limits and the three meanings of mlock's ENOMEM.
 */
#include "limit.h"

#include "state.h"

void limits_init(struct limits *limits)
{
	*limits = (struct limits){ .memlock = UINT64_MAX, .as = UINT64_MAX, .data = UINT64_MAX, .stack = UINT64_MAX,
				   .hard = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
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
	limits->core = process->core.soft;
	limits->core_known = process->has_core;
	limits->core_chosen = limits->undumpable = false;
	limits->hard.memlock = process->memlock.hard;
	limits->hard.as = process->as.hard;
	limits->hard.data = process->data.hard;
	limits->hard.stack = process->stack.hard;
	limits->hard.core = process->core.hard;
}

void limits_set(struct limits *limits, uint64_t resource, struct rlimit_pair pair)
{
	switch (resource) {
	case K_RLIMIT_MEMLOCK:
		limits->memlock = pair.soft;
		limits->hard.memlock = pair.hard;
		break;
	case K_RLIMIT_AS:
		limits->as = pair.soft;
		limits->hard.as = pair.hard;
		break;
	case K_RLIMIT_DATA:
		limits->data = pair.soft;
		limits->hard.data = pair.hard;
		break;
	case K_RLIMIT_STACK:
		limits->stack = pair.soft;
		limits->hard.stack = pair.hard;
		break;
	case K_RLIMIT_CORE:
		limits->core = pair.soft;
		limits->hard.core = pair.hard;
		limits->core_known = limits->core_chosen = true;
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
	bool unfaultable;		/* some page cannot be made resident, as far as the model knows */
};

/* Pages past the end of a file cannot be faulted in, and the model does not know the length of files. */
static enum faultable faultable(const struct vma *vma, bool onfault)
{
	if ((vma->flags & VMA_SPECIAL) || vma->kind == KIND_VDSO || vma->kind == KIND_VVAR)
		return FAULTS_IN;
	/* Where lock-on-fault is set nothing is faulted in, whatever asks: populate_vma_page_range(), mm/gup.c. */
	if (vma->kind == KIND_SECRET)
		return vma->lock == VMA_LOCKED_ONFAULT ? FAULTS_IN : FAULTS_NEVER;
	if (vma->kind == KIND_VSYSCALL)
		return FAULTS_NEVER;
	if (vma->kind == KIND_HUGETLB)
		return FAULTS_PERHAPS;
	/* Where the flag cannot be set, lock-on-fault faults in as well. */
	if (onfault && vma_is_lockable(vma))
		return FAULTS_IN;
	if (!vma->prot || (vma->flags & VMA_GUARD))
		return FAULTS_NEVER;
	return vma_has_offset(vma) ? FAULTS_PERHAPS : FAULTS_IN;
}

enum faultable limit_unfaultable(const struct space *space, struct range range, bool onfault, const struct vma **found)
{
	const struct vma *vma = vmaset_find(&space->set, range.start);
	enum faultable worst = FAULTS_IN;

	for (; vma && vma->start < range.end && worst != FAULTS_NEVER; vma = vmaset_after(&space->set, vma, range.end)) {
		enum faultable this = faultable(vma, onfault);

		if (this <= worst)
			continue;
		worst = this;
		*found = vma;
	}
	return worst;
}

static struct walk walk(const struct space *space, uint64_t start, uint64_t end, bool onfault)
{
	struct walk walk = { .hole = space_hole(space, start, end) };
	const struct vma *vma = vmaset_find(&space->set, start), *unfaultable;

	for (; vma && vma->start < walk.hole; vma = vmaset_after(&space->set, vma, walk.hole))
		if (!vma->lock && vma_is_lockable(vma))
			walk.fresh_prefix += min_u64(vma->end, walk.hole) - max_u64(vma->start, start);
	walk.unfaultable = limit_unfaultable(space, (struct range){ start, walk.hole }, onfault, &unfaultable);
	return walk;
}

struct lock_right limit_lock_right(const struct space *space, const struct record_call *call)
{
	if (call->has & HAS_LIMIT)
		return (struct lock_right){ call->limit_bytes, call->cap_ipc_lock, true };
	return (struct lock_right){ space->limits.memlock, space->limits.cap_ipc_lock, space->limits.known };
}

struct lock_sum limit_lock_sum(const struct space *space, const struct record_call *call, uint64_t start, uint64_t end)
{
	struct lock_right right = limit_lock_right(space, call);
	struct lock_sum sum = { .asked = (end - start) / PAGE_BYTES, .held = space_vmlck(space) / PAGE_BYTES,
				.limit = UINT64_MAX, .limit_bytes = right.limit_bytes };
	uint64_t need = sum.asked + sum.held;

	if (right.limit_bytes != UINT64_MAX)
		sum.limit = right.limit_bytes / PAGE_BYTES;
	if (right.cap || need <= sum.limit)
		return sum;
	sum.credited = min_u64(need, space_locked_in(space, start, end) / PAGE_BYTES);
	sum.over = need - sum.credited > sum.limit;
	return sum;
}

/*
 * VmLck as it would be after each meaning; the one that was read decides.  But another thread can have changed it since:
 * whoever has no limit was not over it.
 */
static enum lock_failure by_vmlck(const struct space *space, const struct walk *walk, uint64_t end,
				  const struct record_call *call, enum lock_failure guess)
{
	const struct lock_right right = limit_lock_right(space, call);
	bool limited = !right.cap && right.limit_bytes != UINT64_MAX;
	uint64_t vmlck = call->vmlck_bytes, none = space_vmlck(space), some = none + walk->fresh_prefix;
	uint64_t expected = guess == LOCK_NOTHING || guess == LOCK_UNCLEAR ? none : some;

	if (vmlck == expected)
		return guess;
	if (vmlck == none)
		return limited ? LOCK_NOTHING : LOCK_UNCLEAR;
	if (vmlck == some)
		return walk->hole < end ? LOCK_PREFIX : LOCK_ALL;
	return LOCK_UNCLEAR;
}

enum lock_failure limit_lock_failure(const struct space *space, const struct record_call *call, uint64_t start,
				     uint64_t end, bool onfault)
{
	struct walk met = walk(space, start, end, onfault);
	enum lock_failure guess = LOCK_UNCLEAR;

	if (limit_lock_sum(space, call, start, end).over)
		guess = LOCK_NOTHING;
	else if (met.hole < end)
		guess = LOCK_PREFIX;
	else if (met.unfaultable)
		guess = LOCK_ALL;
	if ((call->has & (HAS_LIMIT | HAS_OVERLAP)) != HAS_LIMIT)
		return guess;
	return by_vmlck(space, &met, end, call, guess);
}
