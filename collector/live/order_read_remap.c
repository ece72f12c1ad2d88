/*
 * order_read_remap.c - mremap: one call that needs, removes and makes pages, in two places.
 */
#include "order_reading.h"

#include <errno.h>

#include "../vm/uapi.h"

struct remap {
	struct range source, target;
	uint64_t old_bytes, new_bytes;
	bool fixed, keeps, single; /* single: only one mapping can be moved so */
};

static struct remap remap_of(const struct reading *reading)
{
	const struct record_call *call = reading->call;
	uint64_t from = call->arg[0], to = reading->worked ? (uint64_t)call->ret : call->arg[4];
	uint64_t unit = reading_is_huge(reading, from) ? HUGE_BYTES : PAGE_BYTES;
	struct remap remap = {
		.old_bytes = round_up_to(call->arg[1], unit),
		.new_bytes = round_up_to(call->arg[2], unit),
		.fixed = call->arg[3] & K_MREMAP_FIXED,
		.keeps = call->arg[3] & K_MREMAP_DONTUNMAP,
	};

	remap.source = reading_pages(from, remap.old_bytes);
	remap.target = reading_pages(to, remap.new_bytes);
	remap.single = remap.old_bytes != remap.new_bytes || !(remap.fixed || remap.keeps);
	return remap;
}

/* The first page, where a mapping must be. */
static void need_source(struct reading *reading, const struct remap *remap, uint64_t bytes)
{
	struct range range = reading_pages(remap->source.start, bytes ? bytes : PAGE_BYTES);
	struct touch *touch = reading_add(reading, ACT_NONE, NEED_MAPPED, range);

	touch->sees = FACT_PAGE;
}

static void make_target(struct reading *reading, struct range range, enum need need)
{
	struct touch *touch = reading_add(reading, ACT_MAKE, need, range);

	touch->object = reading_mix(3, reading->id);
	reading->out->spreads = true;
}

static void resize(struct reading *reading, const struct remap *remap)
{
	struct range tail = {remap->target.end, remap->source.end}, more = {remap->source.end, remap->target.end};

	if (remap->new_bytes <= remap->old_bytes) {
		need_source(reading, remap, PAGE_BYTES);
		reading_add(reading, ACT_REMOVE, NEED_NOTHING, tail);
		return;
	}
	need_source(reading, remap, remap->old_bytes);
	make_target(reading, more, NEED_FREE);
}

static void move(struct reading *reading, const struct remap *remap)
{
	uint64_t moved = min_u64(remap->old_bytes, remap->new_bytes);
	bool page = moved <= PAGE_BYTES;

	need_source(reading, remap, remap->single ? moved : PAGE_BYTES);
	if (remap->old_bytes)
		reading_add(reading, remap->keeps ? ACT_LOCK : ACT_REMOVE, NEED_NOTHING, remap->source)->sees = FACT_PAGE;
	make_target(reading, remap->target, remap->fixed ? NEED_NOTHING : NEED_FREE);
	/* what lies opposite a hole of the source stays */
	reading->out->touch[reading->out->count - 1].maybe = !remap->single && !page;
}

/* Nothing was done, but for a move to a fixed place that met an obstacle on the way. */
static void remap_failed(struct reading *reading, const struct remap *remap)
{
	bool stepwise = remap->new_bytes < remap->old_bytes ||
			(remap->new_bytes == remap->old_bytes && remap->old_bytes > PAGE_BYTES &&
			 reading->err != EINVAL);

	if (!remap->fixed || !stepwise)
		return;
	reading_maybe(reading, ACT_UNCLEAR, remap->source);
	reading_maybe(reading, ACT_UNCLEAR, remap->target);
}

static void remap_begun(struct reading *reading, const struct remap *remap)
{
	struct range here = reading_pages(remap->source.start, max_u64(remap->old_bytes, remap->new_bytes));

	reading_maybe(reading, ACT_UNCLEAR, here);
	if (remap->fixed)
		reading_maybe(reading, ACT_UNCLEAR, remap->target);
	else
		reading->out->anywhere = reading->call->arg[3] & K_MREMAP_MAYMOVE;
}

void read_remap(struct reading *reading)
{
	struct remap remap = remap_of(reading);

	if (remap.source.start % PAGE_BYTES)
		return;
	if (reading->begun)
		remap_begun(reading, &remap);
	else if (!reading->worked)
		remap_failed(reading, &remap);
	else if (remap.target.start == remap.source.start)
		resize(reading, &remap);
	else
		move(reading, &remap);
}
