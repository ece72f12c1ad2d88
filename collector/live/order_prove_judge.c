/*
 * order_prove_judge.c - one atom: which orders of the calls about it their results allow (order_page.h), and whether
 * those that they allow end alike.
 */
#include "order_prover.h"

/* Calls that follow one another are judged together up to so many: what comes later tells about what was before. */
#define TOGETHER_MAX 6

/* ---- who is about it ---- */

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

static struct page_call call_here(const struct prover *prover, uint32_t index)
{
	const struct prove_call *call = &prover->call[index];
	const struct atom *atom = &prover->atom[prover->at];
	struct page_call here = {.begin_ns = call->begin_ns, .end_ns = call->end_ns};

	for (unsigned k = 0; k < call->touches->count; k++) {
		const struct touch *touch = &call->touches->touch[k];

		if (touch->start <= atom->start && touch->end >= atom->end)
			here.touch[here.touches++] = prover_place(prover, index, touch);
	}
	return here;
}

/* ---- what they say of their order ---- */

static void race_here(struct prover *prover, uint32_t first, uint32_t second)
{
	const struct atom *atom = &prover->atom[prover->at];

	if (!prover->asking)
		prover_put_race(prover->proof, &(struct prove_race){first, second, atom->start, atom->end});
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

/* Both the complaints and the members come by call. */
static void ask_members(struct prover *prover, size_t first, size_t count, bool known)
{
	size_t k = 0;

	for (size_t i = 0; i < prover->complaints; i++) {
		struct complaint *complaint = &prover->complaint[i];
		struct page_met met = {true, true, true};

		while (k < count && prover->member[first + k] < complaint->call)
			k++;
		if (k == count)
			return;
		if (prover->member[first + k] != complaint->call)
			continue;
		if (known)
			met = page_orders_met(&prover->orders, k);
		prover_complain(prover, complaint, &met);
	}
}

/* Return: whether the order of the two matters here and is not known. */
static bool judge_pair(struct prover *prover, size_t first, size_t a, size_t b, bool known)
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
	prover_put_before(prover->proof, forth ? one : other, forth ? other : one);
	return false;
}

static bool is_settled(const struct prover *prover)
{
	for (size_t i = 1; i < prover->states; i++)
		if (!page_same(&prover->state[0], &prover->state[i]))
			return false;
	return true;
}

/* The calls [first, first + count) of the members. Where there are too many at once all that conflict are races. */
static void judge_group(struct prover *prover, size_t first, size_t count)
{
	struct page_orders *orders = &prover->orders;
	bool known, race = false;

	page_orders_size(orders, count);
	for (size_t i = 0; i < count; i++)
		orders->call[i] = call_here(prover, prover->member[first + i]);
	known = page_orders_run(orders, prover->state, prover->states);
	if (prover->asking)
		ask_members(prover, first, count, known);
	for (size_t b = 1; b < count && !prover->asking; b++)
		for (size_t a = orders->time[b].first; a < b; a++)
			race |= judge_pair(prover, first, a, b, known);
	prover->states = known ? page_orders_end(orders, prover->state) : 1;
	if (!known)
		prover->state[0] = page_unknown();
	if (!race && !is_settled(prover))
		race_here(prover, prover->member[first + count - 1], prover->member[first + count - 1]);
}

/* ---- from the first to the last ---- */

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

void prover_judge(struct prover *prover, bool asking)
{
	prover->asking = asking;
	for (prover->at = 0; prover->at < prover->atoms; prover->at++)
		judge_atom(prover);
}
