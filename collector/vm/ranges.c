#include "ranges.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

void ranges_free(struct ranges *ranges)
{
	free(ranges->range);
	*ranges = (struct ranges){.count = 0};
}

/* The first range that ends above @at. */
static size_t find(const struct ranges *ranges, uint64_t at)
{
	size_t low = 0, high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->range[middle].end > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Puts @with in the place of the ranges [first, last). */
static void splice(struct ranges *ranges, size_t first, size_t last, const struct range *with, size_t count)
{
	size_t after = ranges->count - last;

	if (first + count + after > ranges->room) {
		ranges->room = 2 * (first + count + after) + 4;
		ranges->range = alloc_resize(ranges->range, ranges->room, sizeof(*ranges->range));
	}
	if (after)
		memmove(ranges->range + first + count, ranges->range + last, after * sizeof(*ranges->range));
	for (size_t i = 0; i < count; i++)
		ranges->range[first + i] = with[i];
	ranges->count = first + count + after;
}

/* Ranges that adjoin become one. */
void ranges_add(struct ranges *ranges, uint64_t start, uint64_t end)
{
	struct range whole = {start, end};
	size_t first, last;

	if (start >= end)
		return;
	first = last = start ? find(ranges, start - 1) : 0;
	for (; last < ranges->count && ranges->range[last].start <= end; last++) {
		whole.start = min_u64(whole.start, ranges->range[last].start);
		whole.end = max_u64(whole.end, ranges->range[last].end);
	}
	splice(ranges, first, last, &whole, 1);
}

void ranges_remove(struct ranges *ranges, uint64_t start, uint64_t end)
{
	size_t first = find(ranges, start), last = first, left = 0;
	struct range rest[2];

	if (start >= end)
		return;
	for (; last < ranges->count && ranges->range[last].start < end; last++) {
		const struct range *range = &ranges->range[last];

		if (range->start < start)
			rest[left++] = (struct range){range->start, start};
		if (range->end > end)
			rest[left++] = (struct range){end, range->end};
	}
	if (last > first)
		splice(ranges, first, last, rest, left);
}

void ranges_add_all(struct ranges *ranges, const struct ranges *other)
{
	for (size_t i = 0; i < other->count; i++)
		ranges_add(ranges, other->range[i].start, other->range[i].end);
}

void ranges_copy(struct ranges *ranges, const struct ranges *other)
{
	splice(ranges, 0, ranges->count, other->range, other->count);
}

bool ranges_touch(const struct ranges *ranges, uint64_t start, uint64_t end)
{
	size_t first = find(ranges, start);

	return start < end && first < ranges->count && ranges->range[first].start < end;
}

bool ranges_hold(const struct ranges *ranges, uint64_t start, uint64_t end)
{
	size_t first = find(ranges, start);

	return first < ranges->count && ranges->range[first].start <= start && ranges->range[first].end >= end;
}
