/*
 * check.h - the model against the kernel's listing, page by page.
 *
 * Compared are: mapped or not, permissions, lock, advice.  Kinds and names are not, for the kernel moves its labels
 * about. No difference is what no call causes: the growth of a stack, and the kernel's own vdso, vvar and vsyscall; nor
 * is the tracer's own memory, which the program has not asked for.
 */
#ifndef PAGETRAIL_LIVE_CHECK_H
#define PAGETRAIL_LIVE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/range.h"
#include "../vm/space.h"
#include "line.h"

/* Addresses that changed; in no order, may overlap. */
struct check_moved {
	struct range *range;
	size_t count, room;
};

void check_moved_add(struct check_moved *moved, uint64_t start, uint64_t end);

/* Pages about which model and kernel disagree, all in the same way; what neither has mapped is in no difference. */
struct check_difference {
	uint64_t start, end;
	bool in_model, in_kernel;
	struct vma model, kernel;
};

struct check_result {
	uint64_t pages, differing;	      /* compared; of these */
	uint64_t unsettled;		      /* pages that changed too much to tell */
	uint64_t model_locked, kernel_locked; /* bytes that count as locked (VmLck), compared or not */
	uint64_t model_apart, kernel_apart;   /* of these, bytes not compared */
	struct check_difference *difference;  /* in address order */
	size_t count, room;
	struct check_moved grown; /* of stacks: pages the model is to be shown */
};

/* What the kernel listed, in address order. */
struct check_listing {
	struct vma *vma;
	size_t count, room;
};

/*
 * check_listing_add - one more VMA of the listing
 */
void check_listing_add(struct check_listing *listing, const struct vma *vma);

/*
 * check_listing_read - the text of smaps as a listing, replacing what was there
 */
void check_listing_read(struct check_listing *listing, const struct line *smaps);
void check_listing_free(struct check_listing *listing);

/*
 * check_compare - compare an address space with a listing; *result is replaced
 *
 * Cost: one step for each VMA of either side.
 */
void check_compare(struct check_result *result, const struct space *space, const struct check_listing *listing);
void check_result_free(struct check_result *result);

/*
 * check_settle - take out of the differences what other threads were changing while the listing was read
 * @moved: sorted by this
 *
 * Such pages were in both states in the meantime: that the sides differ there says nothing. They go from @pages and
 * @differing to @unsettled.
 */
void check_settle(struct check_result *result, struct check_moved *moved);

/*
 * check_state_text - "rw-p", "r--s locked dontdump", "unmapped"
 * @vma: NULL: not mapped
 */
void check_state_text(struct line *line, const struct vma *vma);

#endif
