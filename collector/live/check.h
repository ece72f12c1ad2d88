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

#include "../vm/space.h"
#include "line.h"

/* Pages about which model and kernel disagree, all in the same way; what neither has mapped is in no difference. */
struct check_difference {
	uint64_t start, end;
	bool in_model, in_kernel;
	struct vma model, kernel;
};

struct check_result {
	uint64_t pages, differing;	      /* compared; of these */
	uint64_t model_locked, kernel_locked; /* bytes that count as locked (VmLck), compared or not */
	uint64_t model_apart, kernel_apart;   /* of these, bytes not compared */
	struct check_difference *difference;  /* in address order */
	size_t count, room;
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
 * check_keep_common - leave of @result only what is in @earlier, too, with the same two states
 *
 * Threads that run on change pages between the listing and the look at the model; what such a thread did is not there
 * twice.
 */
void check_keep_common(struct check_result *result, const struct check_result *earlier);

/*
 * check_state_text - "rw-p", "r--s locked dontdump", "unmapped"
 * @vma: NULL: not mapped
 */
void check_state_text(struct line *line, const struct vma *vma);

#endif
