#include "doubt.h"

void doubt_effect(struct ranges *doubt, const struct touches *touches)
{
	for (unsigned i = 0; i < touches->count; i++)
		if (touches->touch[i].sets & FACT_PAGE)
			ranges_add(doubt, touches->touch[i].start, touches->touch[i].end);
}

/* mremap depends on what it moves, a call that stopped half-way on everything before. */
static bool depends(const struct ranges *doubt, const struct touches *touches)
{
	for (unsigned i = 0; touches->spreads && i < touches->count; i++) {
		const struct touch *touch = &touches->touch[i];

		if ((touch->maybe || (touch->sees & FACT_PAGE) == FACT_PAGE) &&
		    ranges_touch(doubt, touch->start, touch->end))
			return true;
	}
	return touches->limited && doubt->count;
}

void doubt_follow(struct ranges *doubt, const struct touches *touches)
{
	bool spreads;

	if (!doubt->count)
		return;
	spreads = depends(doubt, touches);
	for (unsigned i = 0; i < touches->count; i++) {
		const struct touch *touch = &touches->touch[i];

		if ((touch->act == ACT_MAKE || touch->act == ACT_REMOVE) && !touch->maybe)
			ranges_remove(doubt, touch->start, touch->end);
	}
	for (unsigned i = 0; spreads && i < touches->count; i++) {
		const struct touch *touch = &touches->touch[i];

		/* a source that was removed is gone, whatever it was */
		if ((touch->sets & FACT_PAGE) && (touch->act != ACT_REMOVE || touch->maybe))
			ranges_add(doubt, touch->start, touch->end);
	}
}
