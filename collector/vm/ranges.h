/*
 * ranges.h - a set of addresses: sorted, disjoint ranges.  Pure.
 */
#ifndef PAGETRAIL_RANGES_H
#define PAGETRAIL_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "range.h"

struct ranges {
	struct range *range;
	size_t count, room;
};

void ranges_free(struct ranges *ranges);

/*
 * ranges_add, ranges_remove - put [start, end) in, take it out
 */
void ranges_add(struct ranges *ranges, uint64_t start, uint64_t end);
void ranges_remove(struct ranges *ranges, uint64_t start, uint64_t end);

/*
 * ranges_add_all, ranges_copy - all of another set in; the same as another
 */
void ranges_add_all(struct ranges *ranges, const struct ranges *other);
void ranges_copy(struct ranges *ranges, const struct ranges *other);

/*
 * ranges_touch, ranges_hold - is any byte of [start, end) in the set, is every
 */
bool ranges_touch(const struct ranges *ranges, uint64_t start, uint64_t end);
bool ranges_hold(const struct ranges *ranges, uint64_t start, uint64_t end);

#endif
