/*
 * space.c - one address space: dispatch of calls to effects, questions, and its life.
 */
#include "space.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "state.h"

/*
 * An effect without a function here changes no page: descriptors, keys; SHM_LOCK, fork and exec are the world's
 * business.
 */
static effect_fn *const effect[] = {
	[EFFECT_MAP] = effect_map,
	[EFFECT_UNMAP] = effect_unmap,
	[EFFECT_REMAP] = effect_remap,
	[EFFECT_BRK] = effect_brk,
	[EFFECT_SBRK] = effect_sbrk,
	[EFFECT_REMAPFILE] = effect_remapfile,
	[EFFECT_PROTECT] = effect_protect,
	[EFFECT_SEAL] = effect_seal,
	[EFFECT_LOCK] = effect_lock,
	[EFFECT_UNLOCK] = effect_unlock,
	[EFFECT_LOCKALL] = effect_lockall,
	[EFFECT_UNLOCKALL] = effect_unlockall,
	[EFFECT_ADVISE] = effect_advise,
	[EFFECT_ADVISEV] = effect_advisev,
	[EFFECT_RESIDENCY] = effect_residency,
	[EFFECT_SYNC] = effect_sync,
	[EFFECT_ATTACH] = effect_attach,
	[EFFECT_DETACH] = effect_detach,
	[EFFECT_LIMIT] = effect_limit,
	[EFFECT_PRCTL] = effect_prctl,
	[EFFECT_PERSONALITY] = effect_personality,
	[EFFECT_EXIT] = NULL,
};

/* The pages a call that never returned may have changed, as far as its arguments say. */
static enum apply_result unfinished(struct change *change)
{
	struct range range;

	switch (call_table[change->call->call].effect) {
	case EFFECT_UNMAP:
	case EFFECT_PROTECT:
	case EFFECT_SEAL:
	case EFFECT_ADVISE:
		range_aligned(change->call->arg[0], change->call->arg[1], &range);
		break;
	case EFFECT_LOCK:
	case EFFECT_UNLOCK:
		range_covering(change->call->arg[0], change->call->arg[1], &range);
		break;
	case EFFECT_RESIDENCY:
	case EFFECT_SYNC:
	case EFFECT_LIMIT:
	case EFFECT_PERSONALITY:
		return APPLY_DONE;
	default:
		return look_everywhere(change);
	}
	if (range.start >= range.end)
		return look_everywhere(change);
	return look_at(change, page_down(range.start), range.end);
}

/* No look of the process's own goes there: it does not know what was cut. */
static enum apply_result look_at_cut(const struct change *change, enum apply_result result)
{
	struct space *space = change->space;

	if (change->cut.start >= change->cut.end)
		return result;
	space->look_start = result == APPLY_LOOK ? min_u64(space->look_start, change->cut.start) : change->cut.start;
	space->look_end = result == APPLY_LOOK ? max_u64(space->look_end, change->cut.end) : change->cut.end;
	return APPLY_LOOK;
}

enum apply_result space_apply(struct space *space, const struct record *record, delta_fn *changed, void *arg)
{
	struct change change = { space, record, &record->call, record->seq, changed, arg, { 0 } };
	enum apply_result result = APPLY_DONE;
	effect_fn *apply;

	if (record->type != RECORD_CALL || record->call.call >= CALL_COUNT)
		return APPLY_DONE;
	apply = effect[call_table[record->call.call].effect];
	if (!apply)
		return APPLY_DONE;
	result = record->call.has & HAS_RET ? apply(&change) : unfinished(&change);
	/* A capability that was dropped is heard of only here. */
	if (record->call.has & HAS_LIMIT)
		space->limits.cap_ipc_lock = record->call.cap_ipc_lock;
	space_settle(space);
	return look_at_cut(&change, result);
}

/* ---- where to look ---- */

enum apply_result look_at(struct change *change, uint64_t start, uint64_t end)
{
	if (change->call && (change->call->has & HAS_LOOKED))
		return APPLY_DONE;
	change->space->look_start = start;
	change->space->look_end = end;
	return APPLY_LOOK;
}

enum apply_result look_everywhere(struct change *change)
{
	return look_at(change, 0, SPACE_END);
}

enum apply_result look_if(struct change *change, bool doubt, struct range range)
{
	return doubt ? look_at(change, range.start, range.end) : APPLY_DONE;
}

void space_look(const struct space *space, uint64_t *start, uint64_t *end)
{
	*start = space->look_start;
	*end = space->look_end;
}

/* ---- questions ---- */

const struct vma *space_find(const struct space *space, uint64_t addr)
{
	const struct vma *vma = vmaset_find(&space->set, addr);

	return vma && vma->start <= addr ? vma : NULL;
}

const struct vma *space_next(const struct space *space, uint64_t addr)
{
	return vmaset_find(&space->set, addr);
}

uint64_t space_id(const struct space *space)
{
	return space->id;
}

unsigned space_users(const struct space *space)
{
	return space->users;
}

const struct limits *space_limits(const struct space *space)
{
	return &space->limits;
}

unsigned space_future(const struct space *space)
{
	return space->future;
}

size_t space_vmas(const struct space *space)
{
	return space->set.count;
}

size_t space_vmas_joined(const struct space *space)
{
	const struct vma *vma = space_next(space, 0), *next;
	size_t count = 0;

	for (; vma; vma = next) {
		next = space_next(space, vma->end);
		count += !next || !vma_continues(vma, next);
	}
	return count;
}

/* DEFAULT_MAX_MAP_COUNT, include/linux/mm.h */
uint64_t space_max_maps(const struct space *space)
{
	return space->commons->max_maps ? space->commons->max_maps : 65530;
}

const char *space_path(const struct space *space, uint32_t path)
{
	return strings_get(&space->commons->strings, path);
}

struct space_totals space_totals(const struct space *space)
{
	const struct vmasums *sums = &space->set.sums;

	return (struct space_totals){ sums->mapped, sums->locked, space->peak, space_vmlck(space), sums->wx };
}

uint64_t space_hole(const struct space *space, uint64_t start, uint64_t end)
{
	const struct vma *vma;

	while (start < end && (vma = vmaset_find(&space->set, start)) && vma->start <= start)
		start = vma->end;
	return min_u64(start, end);
}

uint64_t space_locked_in(const struct space *space, uint64_t start, uint64_t end)
{
	const struct vma *vma = vmaset_find(&space->set, start);
	uint64_t bytes = 0;

	for (; vma && vma->start < end; vma = vmaset_after(&space->set, vma, end))
		if (vma->lock)
			bytes += min_u64(vma->end, end) - max_u64(vma->start, start);
	return bytes;
}

bool space_maps_segment(const struct space *space, uint64_t shmid)
{
	const struct vma *vma = vmaset_find(&space->set, 0);

	for (; vma; vma = vmaset_find(&space->set, vma->end))
		if (vma->kind == KIND_SHM && vma->ino == shmid)
			return true;
	return false;
}

/* Guard markers are of pages, not of VMAs; and a name may be known of a part only. */
static bool can_be_one(struct vma a, struct vma b)
{
	a.flags &= (uint16_t)~VMA_GUARD;
	b.flags &= (uint16_t)~VMA_GUARD;
	a.path = b.path = 0;
	return vma_continues(&a, &b);
}

struct range space_span(const struct space *space, const struct vma *vma)
{
	struct range span = { vma->start, vma->end };
	const struct vma *at, *next;

	for (at = vma; (next = vmaset_before(&space->set, at->start)) && can_be_one(*next, *at); at = next)
		span.start = next->start;
	for (at = vma; (next = vmaset_find(&space->set, at->end)) && can_be_one(*at, *next); at = next)
		span.end = next->end;
	return span;
}

bool space_stack_room(const struct space *space, const struct vma *vma, uint64_t addr)
{
	const uint64_t gap = 256 * PAGE_BYTES;
	const struct vma *below;

	if (!(vma->flags & VMA_GROWSDOWN) || addr >= vma->start)
		return false;
	if (space_span(space, vma).end - addr > space->limits.stack)
		return false;
	below = vmaset_before(&space->set, vma->start);
	if (!below || !below->prot || (below->flags & VMA_GROWSDOWN))
		return !below || below->end <= addr;
	return addr >= below->end && addr - below->end >= gap;
}

bool space_may_have_grown(const struct space *space, uint64_t addr)
{
	const struct vma *next = vmaset_find(&space->set, addr);

	return next && space_stack_room(space, next, addr);
}

bool vma_is_lockable(const struct vma *vma)
{
	const unsigned never = VMA_SPECIAL | VMA_DONTEXPAND | VMA_HUGETLB | VMA_DROPPABLE;

	return !(vma->flags & never) && vma->kind != KIND_SECRET && vma->kind != KIND_HUGETLB &&
	       vma->kind != KIND_VDSO && vma->kind != KIND_VVAR && vma->kind != KIND_VSYSCALL;
}

bool vma_is_mergeable(const struct vma *vma)
{
	const unsigned never = VMA_SPECIAL | VMA_DONTEXPAND | VMA_HUGETLB | VMA_DROPPABLE;

	return !vma->shared && !(vma->flags & never) && vma->kind != KIND_VSYSCALL;
}

/* ---- life ---- */

struct space *space_new(struct commons *commons)
{
	struct space *space = alloc_zero(1, sizeof *space);

	space->commons = commons;
	space->id = ++commons->spaces;
	space->users = 1;
	space->heap_low = UINT64_MAX;
	vmaset_init(&space->set);
	limits_init(&space->limits);
	return space;
}

struct space *space_use(struct space *space)
{
	space->users++;
	return space;
}

void space_drop(struct space *space)
{
	if (!space || --space->users)
		return;
	vmaset_free(&space->set);
	free(space);
}

/* What a new address space has of the one before, by fork as by exec: mmf_init_flags(), include/linux/mm_types.h. */
static void inherit(struct space *space, const struct space *from)
{
	space->limits = from->limits;
	space->mdwe = from->mdwe & K_MDWE_NO_INHERIT ? 0 : from->mdwe;
	space->merge_any = from->merge_any;
}

struct space *space_fork(const struct space *parent, uint64_t seq)
{
	struct space *child = space_new(parent->commons);
	const struct vma *vma = vmaset_find(&parent->set, 0);

	for (; vma; vma = vmaset_find(&parent->set, vma->end)) {
		struct vma copy = *vma;

		if (copy.advice & ADVICE_DONTFORK)
			continue;
		if (copy.lock) {
			copy.lock = VMA_UNLOCKED;
			copy.by.lock = seq;
		}
		/* The child's wiped pages are new ones, without markers. */
		if (copy.advice & ADVICE_WIPEONFORK)
			copy.flags &= (uint16_t)~VMA_GUARD;
		vmaset_put(&child->set, &copy);
	}
	inherit(child, parent);
	child->heap_low = parent->heap_low;
	child->brk = parent->brk;
	child->read_exec = parent->read_exec;
	return child;
}

struct space *space_exec(const struct space *old)
{
	struct space *space = space_new(old->commons);

	inherit(space, old);
	return space;
}

void space_settle(struct space *space)
{
	space->peak = max_u64(space->peak, space->set.sums.locked);
}
