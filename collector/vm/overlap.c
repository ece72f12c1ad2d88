#include "overlap.h"

#include "touch.h"

uint64_t overlap_end_ns(const struct record *record)
{
	return record->t_ns + record->call.dur_ns;
}

struct record overlap_bare(const struct record *record)
{
	struct record copy = *record;

	copy.call.has &= ~(unsigned)(HAS_IOV | HAS_RUNS);
	copy.call.iov_count = copy.call.run_count = 0;
	copy.call.iov = NULL;
	copy.call.run = NULL;
	copy.call.path = copy.call.via = NULL;
	return copy;
}

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

bool overlap_bears_on(const struct record *record, const struct impossible *found)
{
	enum call_effect effect = call_table[record->call.call].effect;

	if (found->basis == BASIS_ARGUMENTS || leaves_pages_alone(effect))
		return false;
	/* which pages those are they do not say */
	if (found->basis == BASIS_SPACE || effect == EFFECT_DETACH || !(record->call.has & HAS_RET))
		return true;
	return touch_hits(record, PAGE_BYTES, found->pages.start, found->pages.end);
}

void overlap_remember(struct latest *latest, const struct record *record, uint64_t space)
{
	latest->call[latest->count++ % LATEST] = (struct latest_call){ space, overlap_bare(record) };
}

bool overlap_latest(const struct latest *latest, const struct record *record, uint64_t space,
		    const struct impossible *found)
{
	size_t known = latest->count < LATEST ? latest->count : LATEST;

	for (size_t i = 1; i <= known; i++) {
		const struct latest_call *call = &latest->call[(latest->count - i) % LATEST];

		if (call->space == space && overlap_end_ns(&call->record) > record->t_ns &&
		    overlap_bears_on(&call->record, found))
			return true;
	}
	/* those before the first of them may do so too */
	return known == LATEST && overlap_end_ns(&latest->call[latest->count % LATEST].record) > record->t_ns;
}
