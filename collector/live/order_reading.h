/*
 * order_reading.h - one call on its way into touches (order_touch.h), and who reads which call.  Private to
 * order_touch.c and order_read*.c.
 */
#ifndef PAGETRAIL_LIVE_ORDER_READING_H
#define PAGETRAIL_LIVE_ORDER_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "order_touch.h"
#include "../vm/range.h"

struct reading {
	const struct record_call *call;
	const struct space *space;
	uint64_t id;
	struct touches *out;
	struct touch none; /* what reading_add() gives for no pages */
	bool begun, worked;
	int err;
};

/* The whole address space. */
extern const struct range reading_everywhere;

/*
 * reading_add - the next touch: it sees and sets what the act does
 *
 * Return: the touch, for the caller to complete; one that counts for nothing if @range has no pages.
 */
struct touch *reading_add(struct reading *reading, enum act act, enum need need, struct range range);

/*
 * reading_falter - it failed, or may fail, on the way
 * @somewhere: whether for want of a page
 */
void reading_falter(struct reading *reading, struct touch *touch, enum need somewhere);

/*
 * reading_maybe - an act that may have reached some pages of @range
 */
void reading_maybe(struct reading *reading, enum act act, struct range range);

/*
 * reading_finish - a call that works through its range: done as a whole, or up to where it had to stop
 * @hole: the error that says that some page was not mapped
 */
void reading_finish(struct reading *reading, struct touch *touch, int hole);

/*
 * reading_pages - the pages of @length bytes from @start on, no further than the address space reaches
 */
struct range reading_pages(uint64_t start, uint64_t length);

/*
 * reading_aligned - the pages of a call whose first two arguments are an address that must be aligned and a length
 *
 * Return: false: there are none.
 */
bool reading_aligned(const struct reading *reading, struct range *range);

/*
 * reading_is_huge - is the page known to be of a hugetlb mapping
 */
bool reading_is_huge(const struct reading *reading, uint64_t addr);

/*
 * reading_mix - for numbers of objects (touch.object)
 */
uint64_t reading_mix(uint64_t hash, uint64_t word);

/* order_read_map.c: mappings that come and go */
void read_map(struct reading *reading);
void read_unmap(struct reading *reading);
void read_break(struct reading *reading);
void read_attach(struct reading *reading);
void read_detach(struct reading *reading);

/* order_read_remap.c */
void read_remap(struct reading *reading);

/* order_read_change.c: what is there is changed, or only seen */
void read_remapfile(struct reading *reading);
void read_protect(struct reading *reading);
void read_seal(struct reading *reading);
void read_lock(struct reading *reading, uint8_t lock);
void read_lockall(struct reading *reading);
void read_unlockall(struct reading *reading);
void read_advise(struct reading *reading);
void read_advisev(struct reading *reading);
void read_sight(struct reading *reading);

#endif
