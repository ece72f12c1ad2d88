#include "order_reading.h"

#include "../vm/uapi.h"

const struct range reading_everywhere = {0, SPACE_END};

/* ---- one touch ---- */

static uint8_t facts_set(enum act act)
{
	static const uint8_t sets[] = {
		[ACT_NONE] = 0,
		[ACT_MAKE] = FACT_PAGE,
		[ACT_REMOVE] = FACT_PAGE,
		[ACT_PROTECT] = FACT_PROT,
		[ACT_LOCK] = FACT_LOCK,
		[ACT_ADVISE] = FACT_ADVICE,
		[ACT_SEAL] = FACT_SEAL,
		[ACT_FUTURE] = FACT_RULES,
		[ACT_RULE] = FACT_RULES,
		[ACT_UNCLEAR] = FACT_PAGE,
	};

	return sets[act];
}

/* What decides how the act ends. */
static uint8_t facts_seen(enum act act)
{
	switch (act) {
	case ACT_MAKE:
		return FACT_SEAL | FACT_RULES;
	case ACT_REMOVE:
		return FACT_SEAL;
	case ACT_PROTECT:
		return FACT_MAPPING | FACT_SEAL | FACT_RULES;
	case ACT_LOCK:
	case ACT_ADVISE:
	case ACT_SEAL:
		return FACT_MAPPING;
	case ACT_UNCLEAR:
		return FACT_PAGE | FACT_RULES;
	default:
		return 0;
	}
}

struct touch *reading_add(struct reading *reading, enum act act, enum need need, struct range range)
{
	struct touches *out = reading->out;
	struct touch *touch = &reading->none;

	if (range.start < range.end && out->count < TOUCHES_MAX)
		touch = &out->touch[out->count++];
	*touch = (struct touch){
		.start = range.start,
		.end = range.end,
		.act = (uint8_t)act,
		.need = (uint8_t)need,
		.sees = facts_seen(act) | (need ? FACT_MAPPING : 0),
		.sets = facts_set(act),
	};
	return touch;
}

void reading_falter(struct reading *reading, struct touch *touch, enum need somewhere)
{
	touch->maybe = true;
	touch->need = NEED_NOTHING;
	touch->somewhere = (uint8_t)somewhere;
	touch->sees |= somewhere ? FACT_MAPPING : 0;
	reading->out->spreads |= touch->act != ACT_NONE;
}

void reading_maybe(struct reading *reading, enum act act, struct range range)
{
	reading_falter(reading, reading_add(reading, act, NEED_NOTHING, range), NEED_NOTHING);
}

void reading_finish(struct reading *reading, struct touch *touch, int hole)
{
	if (reading->begun)
		reading_falter(reading, touch, NEED_NOTHING);
	else if (!reading->worked)
		reading_falter(reading, touch, reading->err == hole ? NEED_FREE : NEED_NOTHING);
}

/* ---- where ---- */

struct range reading_pages(uint64_t start, uint64_t length)
{
	return (struct range){start, length > SPACE_END - start ? SPACE_END : start + page_up(length)};
}

bool reading_aligned(const struct reading *reading, struct range *range)
{
	return range_aligned(reading->call->arg[0], reading->call->arg[1], range) == RANGE_PAGES;
}

bool reading_is_huge(const struct reading *reading, uint64_t addr)
{
	const struct vma *vma = reading->space ? space_find(reading->space, addr) : NULL;

	return vma && (vma->flags & VMA_HUGETLB);
}

/* ---- which object ---- */

uint64_t reading_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}
