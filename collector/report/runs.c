#include "runs.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "change.h"

static void cut(struct run *run, uint64_t start, uint64_t end)
{
	run->start = start;
	run->end = end;
	if (run->was_mapped)
		run->was = vma_clip(&run->was, start, end);
	if (run->is_mapped)
		run->is = vma_clip(&run->is, start, end);
}

static struct run *insert(struct runs *runs, size_t index, const struct run *run)
{
	runs->run = alloc_room(runs->run, runs->count, &runs->room, sizeof(*runs->run));
	memmove(&runs->run[index + 1], &runs->run[index], (runs->count - index) * sizeof(*runs->run));
	runs->run[index] = *run;
	runs->count++;
	return &runs->run[index];
}

/* The first run that ends above @addr. */
static size_t find(const struct runs *runs, uint64_t addr)
{
	size_t low = 0, high = runs->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (runs->run[middle].end > addr)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* No run reaches over @addr. */
static void split(struct runs *runs, uint64_t addr)
{
	size_t index = find(runs, addr);
	struct run tail;

	if (index == runs->count || runs->run[index].start >= addr)
		return;
	tail = runs->run[index];
	cut(&tail, addr, tail.end);
	cut(&runs->run[index], runs->run[index].start, addr);
	insert(runs, index + 1, &tail);
}

static struct run run_of(uint64_t start, uint64_t end, const struct vma *vma)
{
	struct run run = {.start = start, .end = end, .was_mapped = vma, .is_mapped = vma};

	if (vma)
		run.was = run.is = vma_clip(vma, start, end);
	return run;
}

void runs_see(struct runs *runs, const struct space *space, uint64_t start, uint64_t end)
{
	while (start < end) {
		const struct vma *vma = space_next(space, start);
		bool inside = vma && vma->start <= start;
		uint64_t stop = !vma ? end : inside ? vma->end : vma->start;
		struct run run = run_of(start, stop < end ? stop : end, inside ? vma : NULL);

		insert(runs, find(runs, start), &run);
		start = run.end;
	}
}

/* The state after, and whether this is a change in anything but history. */
static void set(struct run *run, const struct vma *after)
{
	run->is_mapped = after;
	if (after)
		run->is = vma_clip(after, run->start, run->end);
	run->changed = change_is_real(run->was_mapped ? &run->was : NULL, after ? &run->is : NULL);
}

void runs_change(struct runs *runs, const struct delta *delta)
{
	uint64_t at = delta->start;
	size_t index;

	split(runs, delta->start);
	split(runs, delta->end);
	for (index = find(runs, at); at < delta->end; index++) {
		uint64_t next = index < runs->count ? runs->run[index].start : delta->end;

		if (next > at) {
			struct run run = run_of(at, next < delta->end ? next : delta->end, delta->before);

			set(insert(runs, index, &run), delta->after);
		} else {
			set(&runs->run[index], delta->after);
		}
		at = runs->run[index].end;
	}
}

uint64_t runs_pages(const struct runs *runs, uint64_t page_bytes, runs_claim *claim)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < runs->count; i++)
		if (claim(&runs->run[i]))
			bytes += runs->run[i].end - runs->run[i].start;
	return bytes / page_bytes;
}

static bool is_changed(const struct run *run)
{
	return run->changed;
}

uint64_t runs_changed(const struct runs *runs, uint64_t page_bytes)
{
	return runs_pages(runs, page_bytes, is_changed);
}

void runs_free(struct runs *runs)
{
	free(runs->run);
	*runs = (struct runs){ 0 };
}
