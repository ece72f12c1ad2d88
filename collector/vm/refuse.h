/*
 * refuse.h - which mapping of a range stops a call: what the effects need to know of a call that failed half-way, and
 * why.h says.  Pure; only collector/vm/ includes this.
 */
#ifndef PAGETRAIL_REFUSE_H
#define PAGETRAIL_REFUSE_H

#include "state.h"
#include "why.h"

/* Where and by what a walk over a range was stopped. */
struct refusal {
	enum why_reason reason;	/* WHY_COUNT: nothing stops it */
	uint64_t at;		/* the first page refused */
	const struct vma *vma;	/* that refuses; NULL: a hole */
};

/* What mprotect is to do. */
struct protect {
	struct range range;
	uint8_t prot;		/* as asked */
	bool odd;		/* bits that mprotect does not know */
};

/*
 * protect_prot - what asking for @prot comes to: READ_IMPLIES_EXEC adds x where the ceiling has it
 */
uint8_t protect_prot(const struct space *space, const struct vma *vma, uint8_t prot);

/*
 * refuse_protect - does this mapping refuse, in the order of do_mprotect_pkey() and mprotect_fixup(), mm/mprotect.c
 *
 * Return: mdwe, ceiling, sealed or unsplittable; WHY_COUNT: it does not.
 */
enum why_reason refuse_protect(const struct space *space, const struct vma *vma, const struct protect *protect);

/*
 * refuse_advice - does this mapping refuse madvise(@advice)
 * @range: that is advised
 *
 * can_modify_vma_madv(), madvise_vma_behavior(), mm/madvise.c.
 * Return: sealed, advice_... or unsplittable; WHY_COUNT: it does not.
 */
enum why_reason refuse_advice(const struct vma *vma, uint64_t advice, struct range range);

/*
 * advice_changes - would madvise(@value) leave another mark on this mapping than it has; effect_advise.c
 */
bool advice_changes(const struct vma *vma, uint64_t value);

/*
 * refuse_removal - the first mapping that does not let [start, end) be unmapped or replaced: sealed, or unsplittable
 *
 * vms_gather_munmap_vmas(), mm/vma.c.
 */
struct refusal refuse_removal(const struct space *space, struct range range);

/*
 * refuse_first_protect, refuse_first_advice - the first mapping, or for mprotect the first hole, that stops the call
 */
struct refusal refuse_first_protect(const struct space *space, const struct protect *protect);
struct refusal refuse_first_advice(const struct space *space, struct range range, uint64_t advice);

/*
 * space_mapped_in - bytes of [start, end) that are mapped
 */
uint64_t space_mapped_in(const struct space *space, uint64_t start, uint64_t end);

/*
 * space_sealed_in - does [start, end) hold a sealed page
 */
bool space_sealed_in(const struct space *space, uint64_t start, uint64_t end);

#endif
