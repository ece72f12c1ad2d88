#include "order_prove.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

/* Calls that follow one another are judged together up to so many: what comes later tells about what was before. */
#define TOGETHER_MAX 6

/* Runs of pages looked at one by one; a call about the whole address space may meet more. */
#define ATOMS_MAX 4096

/* Pages that no call and no mapping tells apart. */
struct atom {
	uint64_t start, end;
};

/* A call that failed for the want of a page: where that can have been. */
struct complaint {
	uint32_t call;
	const struct touch *touch;
	size_t first;  /* atom where the page can have been missing; ATOMS_MAX: none */
	size_t could;  /* how many of them there are */
	bool surely;   /* at the first of them it was missing whatever the order */
	bool other;    /* it can have been something else */
};

struct prover {
	struct proof *proof;
	const struct prove_call *call;
	size_t calls;
	const struct space *space;
	const struct ranges *doubt;
	struct ranges contested;
	struct atom *atom;
	size_t atoms, atom_room;
	uint64_t *cut;
	size_t cuts, cut_room;
	struct complaint *complaint;
	size_t complaints, complaint_room;
	struct page_orders orders;
	uint32_t *member;    /* calls that touch the atom at hand */
	uint64_t *begins_ns; /* of each of them and those behind it: the earliest beginning */
	size_t members;
	size_t at;	  /* the atom */
	bool asking;	  /* only complaints are looked into */
	struct page state[ORDER_STATES_MAX]; /* what the page can be so far */
	size_t states;
};

void proof_free(struct proof *proof)
{
	free(proof->before);
	free(proof->race);
	*proof = (struct proof){.befores = 0};
}

/* ---- what is found ---- */

static void put_before(struct proof *proof, uint32_t first, uint32_t second)
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

/* Pages one after the other make one race. */
static void put_race(struct proof *proof, const struct prove_race *race)
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

static void race_here(struct prover *prover, uint32_t first, uint32_t second)
{
	const struct atom *atom = &prover->atom[prover->at];

	if (!prover->asking)
		put_race(prover->proof, &(struct prove_race){first, second, atom->start, atom->end});
}

/* ---- the pages in question ---- */

static void contest(struct prover *prover, const struct touch *touch, const struct touch *other)
{
	if (!touch_conflict(touch, other))
		return;
	ranges_add(&prover->contested, max_u64(touch->start, other->start), min_u64(touch->end, other->end));
	/* where the page was that a call missed is asked of all its pages */
	if (touch->somewhere && (other->sets & FACT_MAPPING))
		ranges_add(&prover->contested, touch->start, touch->end);
	if (other->somewhere && (touch->sets & FACT_MAPPING))
		ranges_add(&prover->contested, other->start, other->end);
}

static void contest_pair(struct prover *prover, const struct prove_pair *pair)
{
	const struct touches *a = prover->call[pair->first].touches, *b = prover->call[pair->second].touches;

	for (unsigned i = 0; i < a->count; i++)
		for (unsigned k = 0; k < b->count; k++)
			contest(prover, &a->touch[i], &b->touch[k]);
}

static void add_cut(struct prover *prover, uint64_t at)
{
	if (!ranges_touch(&prover->contested, at, at + 1))
		return;
	if (prover->cuts == prover->cut_room) {
		prover->cut_room = prover->cut_room * 2 + 32;
		prover->cut = alloc_resize(prover->cut, prover->cut_room, sizeof(*prover->cut));
	}
	prover->cut[prover->cuts++] = at;
}

static int compare_cuts(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Every address where something begins or ends. */
static void find_cuts(struct prover *prover)
{
	for (size_t i = 0; i < prover->calls; i++) {
		const struct touches *touches = prover->call[i].touches;

		for (unsigned k = 0; k < touches->count; k++) {
			add_cut(prover, touches->touch[k].start);
			add_cut(prover, touches->touch[k].end);
		}
	}
	for (size_t i = 0; i < prover->doubt->count; i++) {
		add_cut(prover, prover->doubt->range[i].start);
		add_cut(prover, prover->doubt->range[i].end);
	}
	for (size_t i = 0; i < prover->contested.count && prover->space; i++) {
		const struct range *range = &prover->contested.range[i];
		const struct vma *vma = space_next(prover->space, range->start);

		for (; vma && vma->start < range->end; vma = space_next(prover->space, vma->end)) {
			add_cut(prover, vma->start);
			add_cut(prover, vma->end);
		}
	}
	if (prover->cuts)
		qsort(prover->cut, prover->cuts, sizeof(*prover->cut), compare_cuts);
}

static void add_atom(struct prover *prover, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	if (prover->atoms == prover->atom_room) {
		prover->atom_room = prover->atom_room * 2 + 16;
		prover->atom = alloc_resize(prover->atom, prover->atom_room, sizeof(*prover->atom));
	}
	prover->atom[prover->atoms++] = (struct atom){start, end};
}

static void find_atoms(struct prover *prover)
{
	size_t next = 0;

	find_cuts(prover);
	for (size_t i = 0; i < prover->contested.count; i++) {
		uint64_t at = prover->contested.range[i].start, end = prover->contested.range[i].end;

		for (; next < prover->cuts && prover->cut[next] < end; next++) {
			add_atom(prover, at, prover->cut[next]);
			at = max_u64(at, prover->cut[next]);
		}
		add_atom(prover, at, end);
	}
}

/* ---- complaints ---- */

static void find_complaints(struct prover *prover)
{
	for (size_t i = 0; i < prover->calls; i++) {
		const struct touches *touches = prover->call[i].touches;

		for (unsigned k = 0; k < touches->count; k++) {
			const struct touch *touch = &touches->touch[k];

			if (!touch->somewhere || !ranges_touch(&prover->contested, touch->start, touch->end))
				continue;
			if (prover->complaints == prover->complaint_room) {
				prover->complaint_room = prover->complaint_room * 2 + 8;
				prover->complaint = alloc_resize(prover->complaint, prover->complaint_room,
								 sizeof(*prover->complaint));
			}
			prover->complaint[prover->complaints++] =
				(struct complaint){.call = (uint32_t)i, .touch = touch, .first = ATOMS_MAX};
		}
	}
}

/* Where not all of its pages are asked about, there can have been one among the others. */
static void weigh_complaints(struct prover *prover)
{
	for (size_t i = 0; i < prover->complaints; i++) {
		struct complaint *complaint = &prover->complaint[i];
		uint64_t left = complaint->touch->end - complaint->touch->start;

		for (size_t k = 0; k < prover->atoms; k++)
			if (prover->atom[k].start >= complaint->touch->start && prover->atom[k].end <= complaint->touch->end)
				left -= prover->atom[k].end - prover->atom[k].start;
		complaint->other |= left > 0;
	}
}

static struct complaint *complaint_of(const struct prover *prover, uint32_t call, const struct touch *touch)
{
	for (size_t i = 0; i < prover->complaints; i++)
		if (prover->complaint[i].call == call && prover->complaint[i].touch == touch)
			return &prover->complaint[i];
	return NULL;
}

static void ask(struct prover *prover, struct complaint *complaint, const struct page_met *met)
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

/*
 * mprotect, mlock and munlock stop at the missing page, madvise passes over it: once it is known which page that was, it
 * is known what they reached.
 */
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

/* ---- one atom ---- */

static void find_members(struct prover *prover)
{
	const struct atom *atom = &prover->atom[prover->at];

	prover->members = 0;
	for (size_t i = 0; i < prover->calls; i++) {
		const struct touches *touches = prover->call[i].touches;
		bool member = false;

		for (unsigned k = 0; k < touches->count; k++)
			member |= touches->touch[k].start <= atom->start && touches->touch[k].end >= atom->end;
		if (member)
			prover->member[prover->members++] = (uint32_t)i;
	}
	for (size_t i = prover->members; i-- > 0;) {
		uint64_t begin_ns = prover->call[prover->member[i]].begin_ns;
		bool last = i + 1 == prover->members;

		prover->begins_ns[i] = last ? begin_ns : min_u64(begin_ns, prover->begins_ns[i + 1]);
	}
}

static struct page_call call_here(struct prover *prover, uint32_t index)
{
	const struct prove_call *call = &prover->call[index];
	const struct atom *atom = &prover->atom[prover->at];
	struct page_call here = {.begin_ns = call->begin_ns, .end_ns = call->end_ns};

	for (unsigned k = 0; k < call->touches->count; k++) {
		const struct touch *touch = &call->touches->touch[k];
		const struct complaint *complaint;

		if (touch->start > atom->start || touch->end < atom->end)
			continue;
		here.touch[here.touches] = *touch;
		complaint = touch->somewhere ? complaint_of(prover, index, touch) : NULL;
		if (complaint)
			place(prover, complaint, &here.touch[here.touches]);
		here.touches++;
	}
	return here;
}

static bool conflict_here(const struct page_call *a, const struct page_call *b)
{
	if (a->end_ns <= b->begin_ns || b->end_ns <= a->begin_ns)
		return false;
	for (unsigned i = 0; i < a->touches; i++)
		for (unsigned k = 0; k < b->touches; k++)
			if (touch_conflict(&a->touch[i], &b->touch[k]))
				return true;
	return false;
}

static void ask_members(struct prover *prover, size_t first, size_t count, bool known)
{
	for (size_t i = 0; i < prover->complaints; i++) {
		struct complaint *complaint = &prover->complaint[i];

		for (size_t k = 0; k < count; k++) {
			struct page_met met;

			if (prover->member[first + k] != complaint->call)
				continue;
			met = known ? page_orders_met(&prover->orders, (unsigned)k) : (struct page_met){true, true, true};
			ask(prover, complaint, &met);
		}
	}
}

/* Return: whether the order of the two matters here and is not known. */
static bool judge_pair(struct prover *prover, size_t first, unsigned a, unsigned b, bool known)
{
	const struct page_orders *orders = &prover->orders;
	uint32_t one = prover->member[first + a], other = prover->member[first + b];
	bool forth, back;

	if (!conflict_here(&orders->call[a], &orders->call[b]))
		return false;
	forth = !known || page_orders_can(orders, a, b);
	back = !known || page_orders_can(orders, b, a);
	if (forth && back && known && !page_orders_differ(orders, a, b))
		return false;
	if (forth && back) {
		race_here(prover, one, other);
		return true;
	}
	put_before(prover->proof, forth ? one : other, forth ? other : one);
	return false;
}

static bool is_settled(const struct prover *prover)
{
	for (size_t i = 1; i < prover->states; i++)
		if (!page_same(&prover->state[0], &prover->state[i]))
			return false;
	return true;
}

/* The calls [first, first + count) of the members, few enough to try all orders. */
static void judge_few(struct prover *prover, size_t first, size_t count)
{
	struct page_orders *orders = &prover->orders;
	bool known, race = false;

	orders->count = (unsigned)count;
	for (size_t i = 0; i < count; i++)
		orders->call[i] = call_here(prover, prover->member[first + i]);
	known = page_orders_run(orders, prover->state, prover->states);
	if (prover->asking)
		ask_members(prover, first, count, known);
	for (unsigned b = 1; b < count && !prover->asking; b++)
		for (unsigned a = 0; a < b; a++)
			race |= judge_pair(prover, first, a, b, known);
	prover->states = known ? page_orders_end(orders, prover->state) : 1;
	if (!known)
		prover->state[0] = page_unknown();
	if (!race && !is_settled(prover))
		race_here(prover, prover->member[first + count - 1], prover->member[first + count - 1]);
}

/* Too many at once. */
static void judge_many(struct prover *prover, size_t first, size_t count)
{
	for (size_t b = first + 1; b < first + count && !prover->asking; b++) {
		struct page_call later = call_here(prover, prover->member[b]);

		for (size_t a = b; a-- > first && prover->call[prover->member[a]].end_ns > later.begin_ns;) {
			struct page_call before = call_here(prover, prover->member[a]);

			if (conflict_here(&before, &later))
				race_here(prover, prover->member[a], prover->member[b]);
		}
	}
	if (prover->asking)
		ask_members(prover, first, count, false);
	prover->state[0] = page_unknown();
	prover->states = 1;
}

/* How many of the members from @first on are at work at the same time, one overlapping the next. */
static size_t group_size(const struct prover *prover, size_t first)
{
	size_t next = first + 1;

	/* sorted by end */
	while (next < prover->members && prover->begins_ns[next] < prover->call[prover->member[next - 1]].end_ns)
		next++;
	return next - first;
}

static struct page page_before(const struct prover *prover)
{
	const struct atom *atom = &prover->atom[prover->at];

	if (!prover->space || ranges_touch(prover->doubt, atom->start, atom->end))
		return page_unknown();
	return page_known(space_find(prover->space, atom->start));
}

static void judge_group(struct prover *prover, size_t first, size_t count)
{
	if (count > ORDER_CALLS_MAX)
		judge_many(prover, first, count);
	else
		judge_few(prover, first, count);
}

static void judge_atom(struct prover *prover)
{
	size_t first = 0;

	find_members(prover);
	prover->state[0] = page_before(prover);
	prover->states = 1;
	while (first < prover->members) {
		size_t count = group_size(prover, first), more;

		while (count > 1 && first + count < prover->members) {
			more = group_size(prover, first + count);
			if (count + more > TOGETHER_MAX)
				break;
			count += more;
		}
		judge_group(prover, first, count);
		first += count;
	}
}

static void judge_atoms(struct prover *prover, bool asking)
{
	prover->asking = asking;
	for (prover->at = 0; prover->at < prover->atoms; prover->at++)
		judge_atom(prover);
}

/* ---- all of it ---- */

/* What a call does to one page can depend on another. */
static void spread(struct proof *proof, const struct prove_call *call)
{
	size_t races = proof->races;

	for (size_t i = 0; i < races; i++) {
		const uint32_t pair[2] = {proof->race[i].first, proof->race[i].second};

		for (unsigned k = 0; k < 2; k++) {
			const struct touches *touches = call[pair[k]].touches;

			for (unsigned n = 0; touches->spreads && n < touches->count; n++)
				if (touches->touch[n].sets & FACT_PAGE)
					put_race(proof, &(struct prove_race){pair[0], pair[1], touches->touch[n].start,
									     touches->touch[n].end});
		}
	}
}

/* Nothing is told apart. */
static void give_up(struct prover *prover, const struct prove_pair *overlap, size_t overlaps)
{
	for (size_t i = 0; i < overlaps; i++)
		for (size_t k = 0; k < prover->contested.count; k++)
			put_race(prover->proof, &(struct prove_race){overlap[i].first, overlap[i].second,
								     prover->contested.range[k].start,
								     prover->contested.range[k].end});
}

void prove(struct proof *proof, const struct prove_call *call, size_t calls, const struct prove_pair *overlap,
	   size_t overlaps, const struct space *space, const struct ranges *doubt)
{
	struct prover prover = {.proof = proof, .call = call, .calls = calls, .space = space, .doubt = doubt};

	proof->befores = proof->races = 0;
	if (!overlaps)
		return;
	for (size_t i = 0; i < overlaps; i++)
		contest_pair(&prover, &overlap[i]);
	find_atoms(&prover);
	if (prover.atoms > ATOMS_MAX) {
		give_up(&prover, overlap, overlaps);
	} else {
		page_orders_init(&prover.orders);
		prover.member = alloc_zero(calls, sizeof(*prover.member));
		prover.begins_ns = alloc_zero(calls, sizeof(*prover.begins_ns));
		find_complaints(&prover);
		weigh_complaints(&prover);
		if (prover.complaints)
			judge_atoms(&prover, true);
		judge_atoms(&prover, false);
		spread(proof, call);
		page_orders_free(&prover.orders);
	}
	free(prover.member);
	free(prover.begins_ns);
	free(prover.complaint);
	free(prover.cut);
	free(prover.atom);
	ranges_free(&prover.contested);
}
