#include "order_prove.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "order_prover.h"

void proof_free(struct proof *proof)
{
	free(proof->before);
	free(proof->race);
	*proof = (struct proof){.befores = 0};
}

/* ---- what is found ---- */

void prover_put_before(struct proof *proof, uint32_t first, uint32_t second)
{
	for (size_t i = proof->befores; i-- > 0;)
		if (proof->before[i].first == first && proof->before[i].second == second)
			return;
	if (proof->befores == proof->before_room) {
		proof->before_room = proof->before_room * 2 + 8;
		proof->before = alloc_resize(proof->before, proof->before_room, sizeof(*proof->before));
	}
	proof->before[proof->befores++] = (struct prove_pair){first, second};
}

void prover_put_race(struct proof *proof, const struct prove_race *race)
{
	for (size_t i = proof->races; i-- > 0;) {
		struct prove_race *known = &proof->race[i];

		if (known->first != race->first || known->second != race->second || known->end < race->start ||
		    known->start > race->start)
			continue;
		known->end = max_u64(known->end, race->end);
		return;
	}
	if (proof->races == proof->race_room) {
		proof->race_room = proof->race_room * 2 + 8;
		proof->race = alloc_resize(proof->race, proof->race_room, sizeof(*proof->race));
	}
	proof->race[proof->races++] = *race;
}

/* ---- all of it ---- */

/* The race of two calls is about all that one of them changes. */
static void spread_over(struct proof *proof, uint32_t first, uint32_t second, const struct touches *touches)
{
	for (unsigned i = 0; touches->spreads && i < touches->count; i++) {
		const struct touch *touch = &touches->touch[i];

		if (touch->sets & FACT_PAGE)
			prover_put_race(proof, &(struct prove_race){first, second, touch->start, touch->end});
	}
}

/* What a call does to one page can depend on another. */
static void spread(struct proof *proof, const struct prove_call *call)
{
	size_t races = proof->races;

	for (size_t i = 0; i < races; i++) {
		uint32_t first = proof->race[i].first, second = proof->race[i].second;

		spread_over(proof, first, second, call[first].touches);
		spread_over(proof, first, second, call[second].touches);
	}
}

/* Nothing is told apart. */
static void give_up(struct prover *prover, const struct prove_pair *overlap, size_t overlaps)
{
	for (size_t i = 0; i < overlaps; i++)
		for (size_t k = 0; k < prover->contested.count; k++)
			prover_put_race(prover->proof, &(struct prove_race){overlap[i].first, overlap[i].second,
								     prover->contested.range[k].start,
								     prover->contested.range[k].end});
}

static void tell_apart(struct prover *prover)
{
	page_orders_init(&prover->orders);
	prover->member = alloc_zero(prover->calls, sizeof(*prover->member));
	prover->begins_ns = alloc_zero(prover->calls, sizeof(*prover->begins_ns));
	prover_find_complaints(prover);
	if (prover->complaints)
		prover_judge(prover, true);
	prover_judge(prover, false);
	spread(prover->proof, prover->call);
	page_orders_free(&prover->orders);
}

void prove(struct proof *proof, const struct prove_call *call, size_t calls, const struct prove_pair *overlap,
	   size_t overlaps, const struct space *space, const struct ranges *doubt)
{
	struct prover prover = {.proof = proof, .call = call, .calls = calls, .space = space, .doubt = doubt};

	proof->befores = proof->races = 0;
	if (!overlaps)
		return;
	prover_find_atoms(&prover, overlap, overlaps);
	if (prover.atoms > ATOMS_MAX)
		give_up(&prover, overlap, overlaps);
	else
		tell_apart(&prover);
	free(prover.member);
	free(prover.begins_ns);
	free(prover.complaint);
	free(prover.cut);
	free(prover.atom);
	ranges_free(&prover.contested);
}
