/*
 * order_prove_complaints.c - calls that failed for the want of a page: where it can have been missing, and how far they
 * came.
 */
#include "order_prover.h"

#include "../util/alloc.h"

static void add_complaint(struct prover *prover, size_t call, const struct touch *touch)
{
	if (!touch->somewhere || !ranges_touch(&prover->contested, touch->start, touch->end))
		return;
	prover->complaint =
		alloc_room(prover->complaint, prover->complaints, &prover->complaint_room, sizeof(*prover->complaint));
	prover->complaint[prover->complaints++] =
		(struct complaint){.call = (uint32_t)call, .touch = touch, .first = ATOMS_MAX};
}

static void list_complaints(struct prover *prover)
{
	for (size_t i = 0; i < prover->calls; i++)
		for (unsigned k = 0; k < prover->call[i].touches->count; k++)
			add_complaint(prover, i, &prover->call[i].touches->touch[k]);
}

/* Where not all of its pages are asked about, there can have been one among the others. */
static void weigh_complaints(struct prover *prover)
{
	for (size_t i = 0; i < prover->complaints; i++) {
		struct complaint *complaint = &prover->complaint[i];
		uint64_t left = complaint->touch->end - complaint->touch->start;

		for (size_t k = 0; k < prover->atoms; k++) {
			const struct atom *atom = &prover->atom[k];

			if (atom->start >= complaint->touch->start && atom->end <= complaint->touch->end)
				left -= atom->end - atom->start;
		}
		complaint->other |= left > 0;
	}
}

void prover_find_complaints(struct prover *prover)
{
	list_complaints(prover);
	weigh_complaints(prover);
}

static const struct complaint *complaint_of(const struct prover *prover, uint32_t call, const struct touch *touch)
{
	size_t low = 0, high = prover->complaints;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (prover->complaint[middle].call < call)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < prover->complaints && prover->complaint[low].call == call; low++)
		if (prover->complaint[low].touch == touch)
			return &prover->complaint[low];
	return NULL;
}

void prover_complain(struct prover *prover, struct complaint *complaint, const struct page_met *met)
{
	bool taken = complaint->touch->somewhere == NEED_MAPPED;
	bool can = taken ? met->mapped : met->free, must = can && !(taken ? met->free : met->mapped);

	complaint->other |= complaint->touch->faults && met->untouchable;
	if (!can)
		return;
	if (!complaint->could++) {
		complaint->first = prover->at;
		complaint->surely = must;
	}
}

static void place(const struct prover *prover, const struct complaint *complaint, struct touch *touch)
{
	bool here = prover->at == complaint->first;

	if (prover->asking || complaint->other || !complaint->could)
		return;
	if (prover->at < complaint->first) {
		touch->maybe = false;
		return;
	}
	if (!complaint->surely && complaint->could > 1)
		return;
	touch->maybe = false;
	if (here)
		touch->need = touch->somewhere;
	if (touch->act == ACT_PROTECT || touch->act == ACT_LOCK)
		touch->act = ACT_NONE;
}

struct touch prover_place(const struct prover *prover, uint32_t call, const struct touch *touch)
{
	const struct complaint *complaint = touch->somewhere ? complaint_of(prover, call, touch) : NULL;
	struct touch placed = *touch;

	if (complaint)
		place(prover, complaint, &placed);
	return placed;
}
