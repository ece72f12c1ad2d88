#include "overlap.h"

#include "range.h"

static bool leaves_pages_alone(enum call_effect effect)
{
	switch (effect) {
	case EFFECT_RESIDENCY:
	case EFFECT_SYNC:
	case EFFECT_FD:
	case EFFECT_FORK:
	case EFFECT_VFORK:
	case EFFECT_CLONE:
	case EFFECT_SPAWN:
	case EFFECT_EXEC:
	case EFFECT_EXIT:
		return true;
	default:
		return false;
	}
}

/* Which pages they are about some calls do not say; one that did not return may have done anything. */
static bool is_unclear(const struct record_call *call, enum call_effect effect)
{
	return effect == EFFECT_DETACH || effect == EFFECT_ADVISEV || !(call->has & HAS_RET);
}

struct reach overlap_reach(const struct record *record)
{
	enum call_effect effect = call_table[record->call.call].effect;
	struct reach reach = { .sums = !leaves_pages_alone(effect) };

	if (!reach.sums)
		return reach;
	if (is_unclear(&record->call, effect))
		reach.span[reach.spans++] = (struct span){ 0, UINT64_MAX };
	else
		reach.spans = (uint8_t)touch_spans(record, PAGE_BYTES, reach.span);
	return reach;
}

bool overlap_bears_on(const struct reach *reach, const struct impossible *found)
{
	if (found->basis != BASIS_PAGES)
		return found->basis == BASIS_SPACE && reach->sums;
	for (unsigned i = 0; i < reach->spans; i++)
		if (ranges_overlap(reach->span[i].start, reach->span[i].end, found->pages.start, found->pages.end))
			return true;
	return false;
}

void overlap_remember(struct latest *latest, const struct record *record, uint64_t space)
{
	struct latest_call *call = &latest->call[latest->count++ % LATEST];

	call->space = space;
	call->end_ns = record_end_ns(record);
	call->reach = overlap_reach(record);
}

bool overlap_latest(const struct latest *latest, const struct record *record, uint64_t space,
		    const struct impossible *found)
{
	size_t known = latest->count < LATEST ? latest->count : LATEST;

	if (found->basis == BASIS_ARGUMENTS)
		return false;
	for (size_t i = 1; i <= known; i++) {
		const struct latest_call *call = &latest->call[(latest->count - i) % LATEST];

		if (call->space == space && call->end_ns > record->t_ns && overlap_bears_on(&call->reach, found))
			return true;
	}
	/* those before the first of them may do so too */
	return known == LATEST && latest->call[latest->count % LATEST].end_ns > record->t_ns;
}
