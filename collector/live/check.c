#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../vm/range.h"
#include "smaps.h"

/* ---- the listing ---- */

void check_listing_add(struct check_listing *listing, const struct vma *vma)
{
	listing->vma = alloc_room(listing->vma, listing->count, &listing->room, sizeof(*listing->vma));
	listing->vma[listing->count++] = *vma;
}

void check_listing_free(struct check_listing *listing)
{
	free(listing->vma);
	memset(listing, 0, sizeof(*listing));
}

static void add_listed(struct check_listing *listing, const struct smaps_vma *seen)
{
	struct snapshot_range range = {.start = seen->start, .end = seen->end, .dev = seen->dev, .ino = seen->ino};
	char *path = seen->path_length ? alloc_copy(seen->path, seen->path_length) : NULL;
	char *flags = seen->flags ? alloc_copy(seen->flags, seen->flags_length) : NULL;
	struct vma vma;

	memcpy(range.perms, seen->perms, sizeof(range.perms));
	range.path = path;
	range.vmflags = flags;
	vma = vma_listed(&range);
	check_listing_add(listing, &vma);
	free(path);
	free(flags);
}

void check_listing_read(struct check_listing *listing, const struct line *smaps)
{
	const char *at = smaps->at;
	struct smaps_vma seen;
	uint64_t reached = 0; /* a VMA that grew while the list was read may be listed twice */

	listing->count = 0;
	while (smaps_next(&at, &seen)) {
		if (seen.start < reached)
			seen.start = reached;
		if (seen.start >= seen.end)
			continue;
		reached = seen.end;
		add_listed(listing, &seen);
	}
}

/* ---- differences ---- */

void check_result_free(struct check_result *result)
{
	free(result->difference);
	free(result->grown.range);
	memset(result, 0, sizeof(*result));
}

static bool same_state(bool in_a, const struct vma *a, bool in_b, const struct vma *b)
{
	if (!in_a || !in_b)
		return in_a == in_b;
	return a->prot == b->prot && a->shared == b->shared && a->lock == b->lock && a->advice == b->advice;
}

static bool same_difference(const struct check_difference *a, const struct check_difference *b)
{
	return same_state(a->in_model, &a->model, b->in_model, &b->model) &&
	       same_state(a->in_kernel, &a->kernel, b->in_kernel, &b->kernel);
}

static void add_difference(struct check_result *result, const struct check_difference *piece)
{
	struct check_difference *last = result->count ? &result->difference[result->count - 1] : NULL;

	result->differing += (piece->end - piece->start) / PAGE_BYTES;
	if (last && last->end == piece->start && same_difference(last, piece)) {
		last->end = piece->end;
		return;
	}
	result->difference = alloc_room(result->difference, result->count, &result->room, sizeof(*result->difference));
	result->difference[result->count++] = *piece;
}

/* ---- what moves ---- */

void check_moved_add(struct check_moved *moved, uint64_t start, uint64_t end)
{
	moved->range = alloc_room(moved->range, moved->count, &moved->room, sizeof(*moved->range));
	moved->range[moved->count++] = (struct range){start, end};
}

static int compare_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* What of a difference lies between the ranges; *at: the first of them that can matter to it and to later ones. */
static void keep_rest(struct check_result *rest, struct check_difference piece, const struct check_moved *moved,
		      size_t *at)
{
	uint64_t end = piece.end;

	while (*at < moved->count && moved->range[*at].end <= piece.start)
		++*at;
	for (size_t i = *at; i < moved->count && moved->range[i].start < end; i++) {
		piece.end = min_u64(end, moved->range[i].start);
		if (piece.start < piece.end)
			add_difference(rest, &piece);
		piece.start = max_u64(piece.start, moved->range[i].end);
	}
	piece.end = end;
	if (piece.start < end)
		add_difference(rest, &piece);
}

void check_settle(struct check_result *result, struct check_moved *moved)
{
	struct check_result rest = {0};
	size_t at = 0;

	if (moved->count)
		qsort(moved->range, moved->count, sizeof(*moved->range), compare_start);
	for (size_t i = 0; i < result->count; i++)
		keep_rest(&rest, result->difference[i], moved, &at);
	free(result->difference);
	result->difference = rest.difference;
	result->count = rest.count;
	result->room = rest.room;
	result->unsettled += result->differing - rest.differing;
	result->pages -= result->differing - rest.differing;
	result->differing = rest.differing;
}

/* ---- the walk ---- */

static bool is_apart(bool present, const struct vma *vma)
{
	return present && (vma->kind == KIND_TRACER || vma->kind == KIND_VDSO || vma->kind == KIND_VVAR ||
			   vma->kind == KIND_VSYSCALL);
}

/* The page fault that grew it left no trace; the next VMA of the model is the stack as it was. */
static bool is_growth(const struct space *space, const struct check_difference *piece)
{
	const struct vma *above = space_next(space, piece->start);

	return piece->in_kernel && !piece->in_model && (piece->kernel.flags & VMA_GROWSDOWN) && above &&
	       above->start == piece->end && (above->flags & VMA_GROWSDOWN);
}

static void judge(struct check_result *result, const struct space *space, const struct check_difference *piece)
{
	uint64_t bytes = piece->end - piece->start;
	uint64_t model_locked = piece->in_model && piece->model.lock ? bytes : 0;
	uint64_t kernel_locked = piece->in_kernel && piece->kernel.lock ? bytes : 0;

	result->model_locked += model_locked;
	result->kernel_locked += kernel_locked;
	if (is_growth(space, piece))
		check_moved_add(&result->grown, piece->start, piece->end);
	if (is_apart(piece->in_model, &piece->model) || is_apart(piece->in_kernel, &piece->kernel) ||
	    is_growth(space, piece)) {
		result->model_apart += model_locked;
		result->kernel_apart += kernel_locked;
		return;
	}
	result->pages += bytes / PAGE_BYTES;
	if (!same_state(piece->in_model, &piece->model, piece->in_kernel, &piece->kernel))
		add_difference(result, piece);
}

/* How far, from @at, the side's answer stays the same; *inside: what it is. */
static uint64_t reach(const struct vma *vma, uint64_t at, bool *inside)
{
	*inside = vma && vma->start <= at;
	return !vma ? UINT64_MAX : *inside ? vma->end : vma->start;
}

void check_compare(struct check_result *result, const struct space *space, const struct check_listing *listing)
{
	const struct vma *model = space_next(space, 0), *kernel = listing->vma, *end = kernel + listing->count;
	struct check_difference piece = {0};

	result->pages = result->differing = result->unsettled = result->count = result->grown.count = 0;
	result->model_locked = result->kernel_locked = result->model_apart = result->kernel_apart = 0;
	while (model || kernel < end) {
		uint64_t model_reach = reach(model, piece.end, &piece.in_model);
		uint64_t kernel_reach = reach(kernel < end ? kernel : NULL, piece.end, &piece.in_kernel);

		piece.start = piece.end;
		piece.end = min_u64(model_reach, kernel_reach);
		if (piece.in_model)
			piece.model = *model;
		if (piece.in_kernel)
			piece.kernel = *kernel;
		if (piece.in_model || piece.in_kernel)
			judge(result, space, &piece);
		if (model && model->end == piece.end)
			model = space_next(space, model->end);
		if (kernel < end && kernel->end == piece.end)
			kernel++;
	}
}

/* ---- words ---- */

void check_state_text(struct line *line, const struct vma *vma)
{
	char perms[5];

	if (!vma) {
		line_text(line, "unmapped");
		return;
	}
	vma_perms(vma, perms);
	line_text(line, perms);
	if (vma->lock)
		line_add(line, " %s", vma_lock_name(vma->lock));
	for (unsigned bit = 0; vma_advice_name(bit); bit++)
		if (vma->advice >> bit & 1)
			line_add(line, " %s", vma_advice_name(bit));
}
