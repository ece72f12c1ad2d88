#include "known.h"

#include <stdio.h>
#include <stdlib.h>

#include "../util/alloc.h"
#include "resident.h"

#define STRIP_PAGES 64	/* a longer range is told in numbers only */

/* ---- learning ---- */

static struct known_telling *tell(struct known *known, const char *how, const char *when)
{
	struct known_telling *telling = alloc_zero(1, sizeof(*telling));

	telling->seq = known->last_seq;
	snprintf(telling->how, sizeof(telling->how), "%s%.12s", how, when);
	for (int i = 0; i < KNOWN_STATES; i++)
		telling->fact[i] = (struct known_fact){ telling, (enum known_state)i };
	telling->older = known->newest;
	known->newest = telling;
	return telling;
}

/* Only of what is mapped, as far as the log knows. */
static void set(struct known *known, const struct space *space, uint64_t start, uint64_t end, struct known_fact *fact)
{
	const struct vma *vma = space_next(space, start);

	for (; vma && vma->start < end; vma = space_next(space, vma->end)) {
		uint64_t from = vma->start > start ? vma->start : start, to = vma->end < end ? vma->end : end;

		if (from < to && vma_is_sampled(vma))
			pieces_set(&known->pieces, from, to, fact);
	}
}

static void see_mincore(struct known *known, const struct record *record, const struct space *space,
			uint64_t page_bytes)
{
	struct known_telling *telling = tell(known, "mincore", "");
	struct resident_run run = { 0 };

	while (resident_run(record, page_bytes, &run))
		set(known, space, run.start, run.end, &telling->fact[run.resident ? KNOWN_RESIDENT : KNOWN_ABSENT]);
}

static void see_sample(struct known *known, const struct record_residency *sample, const struct space *space,
		       uint64_t page_bytes)
{
	struct known_telling *telling;

	if (sample->unread)
		return;
	telling = tell(known, "sample at ", sample->why ? sample->why : "?");
	set(known, space, sample->from, sample->to, &telling->fact[KNOWN_ABSENT]);
	for (size_t i = 0; i < sample->count; i++) {
		const struct residency_range *range = &sample->range[i];
		enum known_state state = range->swapped ? KNOWN_SWAPPED : KNOWN_RESIDENT;
		uint64_t bytes, end;

		if (!__builtin_mul_overflow(range->pages, page_bytes, &bytes) &&
		    !__builtin_add_overflow(range->start, bytes, &end))
			set(known, space, range->start, end, &telling->fact[state]);
	}
}

void known_see(struct known *known, const struct record *record, const struct space *space, uint64_t page_bytes)
{
	if (record->seq)
		known->last_seq = record->seq;
	if (!space)
		return;
	if (record->type == RECORD_RESIDENCY)
		see_sample(known, &record->residency, space, page_bytes);
	else if (record->type == RECORD_CALL && (record->call.has & HAS_RUNS))
		see_mincore(known, record, space, page_bytes);
}

void known_change(struct known *known, const struct delta *delta)
{
	if (!delta->before || !delta->after || delta->before->by.map != delta->after->by.map)
		pieces_cut(&known->pieces, delta->start, delta->end, NULL, NULL);
}

void known_clear(struct known *known)
{
	struct known_telling *telling = known->newest;

	pieces_free(&known->pieces);
	while (telling) {
		struct known_telling *older = telling->older;

		free(telling);
		telling = older;
	}
	*known = (struct known){ .last_seq = known->last_seq };
}

/* ---- telling ---- */

const struct known_fact *known_page(const struct known *known, uint64_t address)
{
	const struct piece *piece = pieces_first(&known->pieces, address, address + 1);

	return piece ? piece->value : NULL;
}

/* What is known of a range. */
struct sum {
	uint64_t start, end, page_bytes;
	uint64_t pages[KNOWN_STATES];
	const struct known_telling *newest;
	bool several;		/* told by more than one record */
	struct jout *json;
	char strip[STRIP_PAGES + 1];
};

static bool add(void *arg, const struct piece *piece)
{
	static const char letter[KNOWN_STATES] = { '.', '#', 's' };
	const struct known_fact *fact = piece->value;
	struct sum *sum = arg;
	uint64_t from = piece->start > sum->start ? piece->start : sum->start;
	uint64_t to = piece->end < sum->end ? piece->end : sum->end;

	sum->pages[fact->state] += (to - from) / sum->page_bytes;
	for (uint64_t at = from; at < to && (at - sum->start) / sum->page_bytes < STRIP_PAGES; at += sum->page_bytes)
		sum->strip[(at - sum->start) / sum->page_bytes] = letter[fact->state];
	sum->several |= sum->newest && sum->newest != fact->by;
	if (!sum->newest || fact->by->seq > sum->newest->seq)
		sum->newest = fact->by;
	return true;
}

static void sum_up(struct sum *sum, const struct known *known)
{
	uint64_t pages = (sum->end - sum->start) / sum->page_bytes;

	for (uint64_t i = 0; i < pages && i < STRIP_PAGES; i++)
		sum->strip[i] = '?';
	pieces_each(&known->pieces, sum->start, sum->end, add, sum);
}

static void add_numbers(struct text *line, const struct sum *sum, uint64_t pages)
{
	uint64_t told = sum->pages[KNOWN_ABSENT] + sum->pages[KNOWN_RESIDENT] + sum->pages[KNOWN_SWAPPED];

	if (!told) {
		text_put(line, "not known");
		return;
	}
	text_count(line, sum->pages[KNOWN_RESIDENT]);
	text_put(line, " of ");
	text_count(line, told);
	text_put(line, told < pages ? " known pages" : told == 1 ? " page" : " pages");
	if (sum->pages[KNOWN_SWAPPED]) {
		text_put(line, ", swapped out ");
		text_count(line, sum->pages[KNOWN_SWAPPED]);
	}
	text_printf(line, ", as of #%llu (%s)%s", (unsigned long long)sum->newest->seq, sum->newest->how,
		    sum->several ? " and before" : "");
}

void known_line(const struct view *view, const struct known *known, uint64_t start, uint64_t end, uint64_t page_bytes,
		const char *margin)
{
	struct sum sum = { .start = start, .end = end, .page_bytes = page_bytes };
	uint64_t pages = (end - start) / page_bytes;
	struct text line = { 0 };

	sum_up(&sum, known);
	text_put(&line, margin);
	text_put(&line, "in memory: ");
	if (sum.newest && pages <= STRIP_PAGES)
		text_printf(&line, "%s  ", sum.strip);
	add_numbers(&line, &sum, pages);
	view_line(view, &line, 8);
	text_free(&line);
}

static bool piece_json(void *arg, const struct piece *piece)
{
	static const char *const words[KNOWN_STATES] = { "absent", "resident", "swapped" };
	const struct known_fact *fact = piece->value;
	struct sum *sum = arg;

	jout_line(sum->json);
	jout_object(sum->json, NULL);
	jout_hex(sum->json, "start", piece->start > sum->start ? piece->start : sum->start);
	jout_hex(sum->json, "end", piece->end < sum->end ? piece->end : sum->end);
	jout_string(sum->json, "state", words[fact->state]);
	jout_number(sum->json, "seq", fact->by->seq);
	jout_string(sum->json, "how", fact->by->how);
	jout_end(sum->json);
	return true;
}

void known_json(struct jout *json, const struct known *known, uint64_t start, uint64_t end)
{
	struct sum sum = { .start = start, .end = end, .json = json };

	jout_array(json, "resident");
	pieces_each(&known->pieces, start, end, piece_json, &sum);
	jout_end(json);
}
