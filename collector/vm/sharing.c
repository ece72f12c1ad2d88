/*
 * sharing.c - the index of locks on shared memory: for each object, its locked mappings as intervals of offsets.
 *
 * The array is sorted by object and offset.  The entries of one object are a search tree without pointers: the middle
 * one is the root, and each knows the highest end in its subtree.
 */
#include "sharing.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "state.h"

struct entry {
	struct identity object;
	uint64_t from, to;	/* bytes of the object */
	uint64_t reach;		/* highest .to in the subtree */
	const struct process *process;
	uint64_t start;		/* where .from lies in that address space */
	uint64_t set_by;
	uint8_t lock;
};

struct sharing {
	struct entry *entry;
	size_t count, room;
};

/* ---- collecting ---- */

/* A lock of pages that never were accessible brought none of them in. */
static bool brought_none(const struct vma *vma)
{
	return !vma->prot && vma->by.prot == vma->by.map;
}

/* VMAs may be split by what does not matter here. */
static bool continues(const struct entry *last, const struct entry *next)
{
	return last->process == next->process && !identity_compare(&last->object, &next->object) &&
	       last->to == next->from && last->start + (last->to - last->from) == next->start &&
	       last->lock == next->lock && last->set_by == next->set_by;
}

static void add(struct sharing *sharing, const struct entry *entry)
{
	struct entry *last = sharing->count ? &sharing->entry[sharing->count - 1] : NULL;

	if (last && continues(last, entry)) {
		last->to = entry->to;
		return;
	}
	sharing->entry = alloc_room(sharing->entry, sharing->count, &sharing->room, sizeof *sharing->entry);
	sharing->entry[sharing->count++] = *entry;
}

static void collect(struct sharing *sharing, const struct process *process, const struct identity *only)
{
	const struct vma *vma = space_next(process->space, 0);

	for (; vma; vma = space_next(process->space, vma->end)) {
		struct entry entry = { .from = vma->offset, .to = vma->offset + (vma->end - vma->start),
				       .process = process, .start = vma->start, .set_by = vma->by.lock,
				       .lock = vma->lock };

		if (!vma->lock || brought_none(vma) || !identity_of(process->space, vma, &entry.object))
			continue;
		if (!only || !identity_compare(&entry.object, only))
			add(sharing, &entry);
	}
}

/* ---- the tree ---- */

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = identity_compare(&x->object, &y->object);

	if (!order)
		order = x->from < y->from ? -1 : x->from > y->from;
	if (!order)
		order = x->process->first_seq < y->process->first_seq ? -1 :
									x->process->first_seq > y->process->first_seq;
	return order ? order : x->start < y->start ? -1 : x->start > y->start;
}

static uint64_t set_reach(struct entry *entry, size_t count)
{
	struct entry *middle = entry + count / 2;
	uint64_t below, above;

	if (!count)
		return 0;
	below = set_reach(entry, count / 2);
	above = set_reach(middle + 1, count - count / 2 - 1);
	return middle->reach = max_u64(middle->to, max_u64(below, above));
}

/* The first entry that is not below @object; with @past, the first above it. */
static size_t bound(const struct sharing *sharing, const struct identity *object, bool past)
{
	size_t low = 0, high = sharing->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = identity_compare(&sharing->entry[middle].object, object);

		if (order < 0 || (past && !order))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void build(struct sharing *sharing)
{
	if (sharing->count)
		qsort(sharing->entry, sharing->count, sizeof *sharing->entry, compare);
	for (size_t i = 0, end; i < sharing->count; i = end) {
		end = bound(sharing, &sharing->entry[i].object, true);
		set_reach(sharing->entry + i, end - i);
	}
}

static bool counts(const struct process *process, const struct process *shown)
{
	if (process == shown)
		return true;
	return !process->exited && !process->borrows && (!shown || process->space != shown->space);
}

struct sharing *sharing_new(const struct world *world, const struct process *shown, const struct vma *only)
{
	struct sharing *sharing = alloc_zero(1, sizeof *sharing);
	const struct process *process = world_each(world, 0);
	struct identity object;

	if (!process || (only && !identity_of(process->space, only, &object)))
		return sharing;
	for (size_t i = 0; (process = world_each(world, i)); i++)
		if (counts(process, shown))
			collect(sharing, process, only ? &object : NULL);
	build(sharing);
	return sharing;
}

void sharing_free(struct sharing *sharing)
{
	if (sharing)
		free(sharing->entry);
	free(sharing);
}

/* ---- asking ---- */

struct question {
	const struct process *process;
	const struct vma *vma;
	holding_fn *found;
	void *arg;
};

/* The mapping itself: the same pages at the same addresses. */
static bool is_itself(const struct question *question, const struct entry *entry)
{
	const struct vma *vma = question->vma;

	return entry->process->space == question->process->space && entry->start - entry->from == vma->start - vma->offset;
}

static void tell(const struct question *question, const struct entry *entry)
{
	const struct vma *vma = question->vma;
	uint64_t from = max_u64(entry->from, vma->offset);
	uint64_t to = min_u64(entry->to, vma->offset + (vma->end - vma->start));
	struct holding holding = { entry->process, entry->start + (from - entry->from), entry->start + (to - entry->from),
				   vma->start + (from - vma->offset), entry->lock, entry->set_by };

	if (from < to && !is_itself(question, entry))
		question->found(question->arg, &holding);
}

static void ask(const struct question *question, const struct entry *entry, size_t count)
{
	const struct entry *middle = entry + count / 2;

	if (!count || middle->reach <= question->vma->offset)
		return;
	ask(question, entry, count / 2);
	if (middle->from >= question->vma->offset + (question->vma->end - question->vma->start))
		return;
	tell(question, middle);
	ask(question, middle + 1, count - count / 2 - 1);
}

void sharing_each(const struct sharing *sharing, const struct process *process, const struct vma *vma,
		  holding_fn *found, void *arg)
{
	const struct question question = { process, vma, found, arg };
	struct identity object;
	size_t first;

	if (!identity_of(process->space, vma, &object))
		return;
	first = bound(sharing, &object, false);
	ask(&question, sharing->entry + first, bound(sharing, &object, true) - first);
}
