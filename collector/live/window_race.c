/*
 * window_race.c - pages whose order of calls is not known: they are looked at, and readers are told.
 *
 * One that was put to sleep in the kernel may race with a thousand others, so not every pair is told; but every page is, and
 * with the earliest of the calls, from which on a reader cannot be sure of it; and so is that the rules for new mappings are
 * not known.
 */
#include "window_parts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../util/alloc.h"
#include "intake.h"

/* Pairs told of one call, whether or not there is news in it. */
#define RACES_TOLD 4

/* A call in the log before has no seq here: the first record, which tells what there was, stands for it. */
static uint64_t seq_here(const struct recorder *recorder, uint64_t seq)
{
	uint64_t before = journal_before(recorder->journal);

	return seq > before ? seq - before : 1;
}

static void write_race(struct recorder *recorder, const struct order_race *race)
{
	struct line *line = &recorder->line;

	if (race->second_seq <= journal_before(recorder->journal))
		return;
	line_clear(line);
	line_add(line, ",\"what\":\"race\",\"pid\":%" PRId32 ",\"seqs\":[%" PRIu64 ",%" PRIu64 "]", race->pid,
		 seq_here(recorder, race->first_seq), seq_here(recorder, race->second_seq));
	line_add(line, ",\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\"", race->start, race->end);
	if (race->rules)
		line_text(line, ",\"rules\":true");
	if (race->copy)
		line_add(line, ",\"child\":%" PRId32 ",\"text\":\"whether the child has these pages as before or as "
			       "after the other call cannot be told: looked at\"", race->child);
	else
		line_add(line, ",\"text\":\"two calls at the same time, and their results do not tell which came "
			       "first: these pages are looked at%s\"",
			 race->rules ? ", and what is mapped before the next such call" : "");
	journal_put(recorder->journal, RECORD_NOTE, line->at, line->length);
}

/* Those of a child's pages behind those of its own; the earliest first. */
static int compare_races(const void *a, const void *b)
{
	const struct order_race *x = a, *y = b;

	if (x->child != y->child)
		return x->child < y->child ? -1 : 1;
	if (x->first_seq != y->first_seq)
		return x->first_seq < y->first_seq ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static void tell_races(struct recorder *recorder, struct order_race *race, size_t count)
{
	struct ranges told = {.count = 0};
	bool rules = false;

	qsort(race, count, sizeof(*race), compare_races);
	for (size_t i = 0; i < count; i++) {
		if (i && race[i].child != race[i - 1].child)
			ranges_free(&told);
		if (i >= RACES_TOLD && (rules || !race[i].rules) && ranges_hold(&told, race[i].start, race[i].end))
			continue;
		rules |= race[i].rules;
		write_race(recorder, &race[i]);
		ranges_add(&told, race[i].start, race[i].end);
	}
	ranges_free(&told);
}

static void look_at(struct recorder *recorder, const struct order_race *race)
{
	int32_t pid = race->copy ? race->child : race->pid;
	struct traced *traced = pid > 0 ? processes_find(recorder->processes, pid) : NULL;

	if (!traced)
		return;
	looks_wanted(traced, race->start, race->end);
	traced->rules_doubt |= race->rules;
}

void window_take_races(struct recorder *recorder)
{
	struct order_race *list = NULL, race;
	size_t count = 0, room = 0;

	while (order_race(recorder->window.order, &race)) {
		look_at(recorder, &race);
		if (!race.first_seq || race.first_seq == race.second_seq)
			continue;
		list = alloc_room(list, count, &room, sizeof(*list));
		list[count++] = race;
	}
	if (count)
		tell_races(recorder, list, count);
	free(list);
}
