#include "refuse.h"

uint64_t space_mapped_in(const struct space *space, uint64_t start, uint64_t end)
{
	const struct vma *vma = vmaset_find(&space->set, start);
	uint64_t bytes = 0;

	for (; vma && vma->start < end; vma = vmaset_after(&space->set, vma, end))
		bytes += min_u64(vma->end, end) - max_u64(vma->start, start);
	return bytes;
}

bool space_sealed_in(const struct space *space, uint64_t start, uint64_t end)
{
	const struct vma *vma = vmaset_find(&space->set, start);

	for (; vma && vma->start < end; vma = vmaset_after(&space->set, vma, end))
		if (vma->flags & VMA_SEALED)
			return true;
	return false;
}

/* Part of a huge page, or part of vdso and vvar, which cannot be split. */
static bool is_unsplittable(const struct vma *vma, struct range range)
{
	bool cut = vma->start < range.start || vma->end > range.end;

	if (vma->kind == KIND_VDSO || vma->kind == KIND_VVAR)
		return cut;
	return (vma->flags & VMA_HUGETLB) &&
	       (max_u64(vma->start, range.start) % HUGE_BYTES || min_u64(vma->end, range.end) % HUGE_BYTES);
}

/* ---- mprotect ---- */

uint8_t protect_prot(const struct space *space, const struct vma *vma, uint8_t prot)
{
	return space->read_exec && (prot & PROT_BIT_READ) ? prot | (PROT_BIT_EXEC & vma->ceiling) : prot;
}

/* MDWE: no page becomes executable, and none is made writable and executable, even if it was. map_deny_write_exec(). */
static bool denies_exec(const struct space *space, const struct vma *vma, uint8_t prot)
{
	return (space->mdwe & K_MDWE_REFUSE_EXEC_GAIN) && (prot & PROT_BIT_EXEC) &&
	       ((prot & PROT_BIT_WRITE) || !(vma->prot & PROT_BIT_EXEC));
}

enum why_reason refuse_protect(const struct space *space, const struct vma *vma, const struct protect *protect)
{
	uint8_t prot = protect_prot(space, vma, protect->prot);

	if (denies_exec(space, vma, prot))
		return WHY_mdwe;
	if (prot & ~vma->ceiling)
		return WHY_ceiling;
	if (vma->flags & VMA_SEALED)
		return WHY_sealed;
	/* What changes nothing needs no split. */
	return prot != vma->prot && is_unsplittable(vma, protect->range) ? WHY_unsplittable : WHY_COUNT;
}

struct refusal refuse_first_protect(const struct space *space, const struct protect *protect)
{
	uint64_t at = protect->range.start;
	const struct vma *vma;

	while (at < protect->range.end) {
		enum why_reason reason;

		vma = vmaset_find(&space->set, at);
		if (!vma || vma->start > at || vma->kind == KIND_VSYSCALL)
			return (struct refusal){WHY_hole, at, NULL};
		reason = refuse_protect(space, vma, protect);
		if (reason != WHY_COUNT)
			return (struct refusal){reason, at, vma};
		at = vma->end;
	}
	return (struct refusal){.reason = WHY_COUNT};
}

/* ---- madvise ---- */

static bool is_special(const struct vma *vma)
{
	return vma->flags & (VMA_SPECIAL | VMA_DONTEXPAND);
}

/* Sealing keeps the contents of private anonymous pages that cannot be written: none of this there. */
static bool discards(uint64_t advice)
{
	switch (advice) {
	case K_MADV_DONTNEED:
	case K_MADV_FREE:
	case K_MADV_REMOVE:
	case K_MADV_DONTFORK:
	case K_MADV_WIPEONFORK:
	case K_MADV_DONTNEED_LOCKED:
	case K_MADV_GUARD_INSTALL:
		return true;
	default:
		return false;
	}
}

/* Private /dev/zero has a file and is anonymous memory all the same: mmap_zero(), drivers/char/mem.c. */
static bool is_anonymous(const struct vma *vma)
{
	return vma_is_plain(vma) || (vma->flags & VMA_ZERO);
}

static bool has_file(const struct vma *vma)
{
	return !vma_is_plain(vma) || (vma->flags & VMA_ZERO);
}

static bool is_sealed_against(const struct vma *vma, uint64_t advice)
{
	return (vma->flags & VMA_SEALED) && discards(advice) && is_anonymous(vma) &&
	       !(vma->prot & PROT_BIT_WRITE);
}

static enum why_reason refuse_dontneed(const struct vma *vma, uint64_t advice, uint64_t start)
{
	if (vma->flags & VMA_HUGETLB)
		return start % HUGE_BYTES ? WHY_advice_huge : WHY_COUNT;
	if (vma->lock && advice == K_MADV_DONTNEED)
		return WHY_advice_locked;
	return vma->flags & VMA_SPECIAL ? WHY_advice_special : WHY_COUNT;
}

static enum why_reason refuse_free(const struct vma *vma)
{
	if (vma->flags & VMA_HUGETLB)
		return WHY_advice_huge;
	if (vma->lock)
		return WHY_advice_locked;
	if (vma->flags & VMA_SPECIAL)
		return WHY_advice_special;
	if (is_anonymous(vma))
		return WHY_COUNT;
	return vma->shared ? WHY_advice_shared : WHY_advice_file;
}

/* Shared anonymous memory and segments are files of an internal file system; private anonymous memory is none. */
static enum why_reason refuse_remove(const struct vma *vma)
{
	if (vma->lock)
		return WHY_advice_locked;
	if (!has_file(vma) || vma->kind == KIND_VDSO || vma->kind == KIND_VVAR)
		return WHY_advice_no_file;
	if (!vma->shared || !(vma->ceiling & PROT_BIT_WRITE))
		return WHY_advice_not_shared;
	/* a fork child's, which has no lock: secretmem_fops have no fallocate, mm/secretmem.c */
	return vma->kind == KIND_SECRET ? WHY_advice_not_file : WHY_COUNT;
}

static enum why_reason refuse_reclaim(const struct vma *vma)
{
	if (vma->lock)
		return WHY_advice_locked;
	if (vma->flags & VMA_HUGETLB)
		return WHY_advice_huge;
	return vma->flags & VMA_SPECIAL ? WHY_advice_special : WHY_COUNT;
}

static enum why_reason refuse_wipe(const struct vma *vma)
{
	if (vma->shared)
		return WHY_advice_shared;
	return has_file(vma) ? WHY_advice_file : WHY_COUNT;
}

static enum why_reason refuse_guard(const struct vma *vma, uint64_t advice)
{
	if (vma->lock && advice == K_MADV_GUARD_INSTALL)
		return WHY_advice_locked;
	if (vma->flags & VMA_HUGETLB)
		return WHY_advice_huge;
	return is_special(vma) ? WHY_advice_special : WHY_COUNT;
}

static enum why_reason refuse_populate(const struct vma *vma, uint64_t advice)
{
	uint8_t needs = advice == K_MADV_POPULATE_READ ? PROT_BIT_READ : PROT_BIT_WRITE;

	if ((vma->flags & VMA_SPECIAL) || vma->kind == KIND_SECRET)
		return WHY_advice_special;
	if (!(vma->prot & needs))
		return WHY_advice_no_access;
	return vma->flags & VMA_GUARD ? WHY_advice_fault : WHY_COUNT;
}

static enum why_reason refuse_dump(const struct vma *vma)
{
	if (is_special(vma) && !(vma->flags & VMA_HUGETLB))
		return WHY_advice_special;
	return vma->flags & VMA_DROPPABLE ? WHY_advice_droppable : WHY_COUNT;
}

static enum why_reason refuse_value(const struct vma *vma, uint64_t advice, uint64_t start)
{
	switch (advice) {
	case K_MADV_DONTNEED:
	case K_MADV_DONTNEED_LOCKED:
		return refuse_dontneed(vma, advice, start);
	case K_MADV_FREE:
		return refuse_free(vma);
	case K_MADV_REMOVE:
		return refuse_remove(vma);
	case K_MADV_COLD:
	case K_MADV_PAGEOUT:
		return refuse_reclaim(vma);
	case K_MADV_DOFORK:
		return vma->flags & VMA_SPECIAL ? WHY_advice_special : WHY_COUNT;
	case K_MADV_DODUMP:
		return refuse_dump(vma);
	case K_MADV_WIPEONFORK:
		return refuse_wipe(vma);
	case K_MADV_KEEPONFORK:
		return vma->flags & VMA_DROPPABLE ? WHY_advice_droppable : WHY_COUNT;
	case K_MADV_GUARD_INSTALL:
	case K_MADV_GUARD_REMOVE:
		return refuse_guard(vma, advice);
	case K_MADV_POPULATE_READ:
	case K_MADV_POPULATE_WRITE:
		return refuse_populate(vma, advice);
	default:
		return WHY_COUNT;
	}
}

enum why_reason refuse_advice(const struct vma *vma, uint64_t advice, struct range range)
{
	enum why_reason reason;

	if (is_sealed_against(vma, advice))
		return WHY_sealed;
	reason = refuse_value(vma, advice, max_u64(vma->start, range.start));
	/* What is kept in the flags of a mapping a part of it can only have by itself. */
	if (reason == WHY_COUNT && advice <= K_MADV_KEEPONFORK && is_unsplittable(vma, range) &&
	    advice_changes(vma, advice))
		return WHY_unsplittable;
	return reason;
}

/* Holes are passed over, except where pages are to be brought in. */
struct refusal refuse_first_advice(const struct space *space, struct range range, uint64_t advice)
{
	bool populates = advice == K_MADV_POPULATE_READ || advice == K_MADV_POPULATE_WRITE;
	const struct vma *vma = vmaset_find(&space->set, range.start);
	uint64_t at = range.start;

	for (; vma && vma->start < range.end; vma = vmaset_after(&space->set, vma, range.end)) {
		enum why_reason reason = refuse_advice(vma, advice, range);

		if (vma->kind == KIND_VSYSCALL || (populates && vma->start > at))
			break;
		at = max_u64(vma->start, range.start);
		if (reason != WHY_COUNT)
			return (struct refusal){reason, at, vma};
		at = vma->end;
	}
	if (populates && at < range.end)
		return (struct refusal){WHY_hole, at, NULL};
	return (struct refusal){.reason = WHY_COUNT};
}

/* ---- unmapping ---- */

struct refusal refuse_removal(const struct space *space, struct range range)
{
	const struct vma *vma = vmaset_find(&space->set, range.start);

	for (; vma && vma->start < range.end; vma = vmaset_after(&space->set, vma, range.end)) {
		uint64_t at = max_u64(vma->start, range.start);

		if (vma->flags & VMA_SEALED)
			return (struct refusal){WHY_sealed, at, vma};
		if (is_unsplittable(vma, range))
			return (struct refusal){WHY_unsplittable, at, vma};
	}
	return (struct refusal){.reason = WHY_COUNT};
}
