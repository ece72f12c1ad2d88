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
	proof->before = alloc_room(proof->before, proof->befores, &proof->before_room, sizeof(*proof->before));
	proof->before[proof->befores++] = (struct prove_pair){first, second};
}

void prover_put_race(struct proof *proof, const struct prove_race *race)
{
	proof->race = alloc_room(proof->race, proof->races, &proof->race_room, sizeof(*proof->race));
	proof->race[proof->races++] = *race;
}

/* ---- each once ---- */

static int compare_pairs(uint32_t first, uint32_t second, uint32_t other_first, uint32_t other_second)
{
	if (second != other_second)
		return second < other_second ? -1 : 1;
	return first < other_first ? -1 : first > other_first;
}

static int compare_befores(const void *a, const void *b)
{
	const struct prove_pair *x = a, *y = b;

	return compare_pairs(x->first, x->second, y->first, y->second);
}

static int compare_races(const void *a, const void *b)
{
	const struct prove_race *x = a, *y = b;
	int pairs = compare_pairs(x->first, x->second, y->first, y->second);

	if (pairs)
		return pairs;
	return x->start < y->start ? -1 : x->start > y->start;
}

static void tidy_befores(struct proof *proof)
{
	size_t left = 0;

	if (proof->befores)
		qsort(proof->before, proof->befores, sizeof(*proof->before), compare_befores);
	for (size_t i = 0; i < proof->befores; i++)
		if (!left || compare_befores(&proof->before[left - 1], &proof->before[i]))
			proof->before[left++] = proof->before[i];
	proof->befores = left;
}

/* Pages one after the other make one race. */
static void tidy_races(struct proof *proof)
{
	size_t left = 0;

	if (proof->races)
		qsort(proof->race, proof->races, sizeof(*proof->race), compare_races);
	for (size_t i = 0; i < proof->races; i++) {
		const struct prove_race *race = &proof->race[i];
		struct prove_race *last = left ? &proof->race[left - 1] : NULL;

		if (last && last->first == race->first && last->second == race->second && last->end >= race->start)
			last->end = max_u64(last->end, race->end);
		else
			proof->race[left++] = *race;
	}
	proof->races = left;
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
	size_t races;

	tidy_races(proof);
	races = proof->races;
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
	tidy_befores(proof);
	tidy_races(proof);
	free(prover.member);
	free(prover.begins_ns);
	free(prover.complaint);
	free(prover.cut);
	free(prover.atom);
	ranges_free(&prover.contested);
}
