/*
 * window_show.c - listings come out of the window: they speak of the pages that no call can have changed between their
 * beginning and their end, and end the doubt about those.
 */
#include "window_parts.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "intake.h"

/* What a listing may speak of, and what has been in doubt there. */
struct showing {
	size_t index;
	struct traced *traced;
	struct ranges shown, moved;
	bool vmlck; /* nothing else can be told from it */
};

/* Calls that ended after this and are not in the window any more came out before. */
static uint64_t known_since(const struct recorder *recorder, const struct traced *traced)
{
	return traced->round == recorder->window.round ? traced->ended_before_ns : traced->ended_ns;
}

/*
 * @showing->shown: what the listing covers.  One that began before calls ended that have come out already, as when its
 * reader was put to sleep, says nothing: what those changed is not known any more.
 */
static void judge(struct recorder *recorder, struct showing *showing)
{
	const struct order *order = recorder->window.order;

	order_moved(order, showing->index, &showing->moved);
	if (showing->traced && recorder->window.item[showing->index].begin_ns < known_since(recorder, showing->traced))
		ranges_add(&showing->moved, 0, SPACE_END);
	for (size_t i = 0; i < showing->moved.count; i++)
		ranges_remove(&showing->shown, showing->moved.range[i].start, showing->moved.range[i].end);
	if (showing->traced)
		for (size_t i = 0; i < showing->shown.count; i++)
			ranges_remove(&showing->traced->doubt, showing->shown.range[i].start, showing->shown.range[i].end);
	showing->vmlck = !order_overlapped(order, showing->index, FACT_LOCK | FACT_MAPPING) &&
			 !(showing->traced && showing->traced->doubt.count);
}

/* ---- ours ---- */

void window_show_look(struct recorder *recorder, size_t index, const struct look *look)
{
	struct showing showing = {.index = index, .traced = processes_find(recorder->processes, look->pid)};
	struct snapshot_about about = {
		.pid = look->pid, .why = "look", .end_ns = look->end_ns, .vmlck_bytes = look->vmlck_bytes};

	ranges_copy(&showing.shown, &look->wanted);
	judge(recorder, &showing);
	for (size_t i = 0; i < showing.shown.count; i++) {
		about.from = showing.shown.range[i].start;
		about.to = showing.shown.range[i].end;
		about.has_vmlck = look->has_vmlck && showing.vmlck && i + 1 == showing.shown.count;
		intake_put_parts(recorder, snapshot_make(&look->smaps, &about));
	}
	if (showing.traced && showing.traced->vmlck_doubt && look->has_vmlck && showing.vmlck && !showing.moved.count)
		intake_put_parts(recorder, snapshot_vmlck(&about));
	ranges_free(&showing.shown);
	ranges_free(&showing.moved);
}

/* ---- the process's own ---- */

/* Did its predecessor come out as it was, and nothing of another snapshot since? */
static bool is_next_part(const struct showing *showing, const struct record_snapshot *snapshot)
{
	return !snapshot->part || (showing->traced && showing->traced->part == snapshot->part);
}

/* Is there a page that was not to be spoken of, or a number? */
static bool is_partial(const struct showing *showing, const struct record_snapshot *snapshot)
{
	return showing->shown.count != 1 || showing->shown.range[0].start != snapshot->from ||
	       showing->shown.range[0].end != snapshot->to || (snapshot->has_vmlck && !showing->vmlck);
}

/* The pieces are made before the first is written: the record lives until the next is read. */
static void show_pieces(struct recorder *recorder, const struct showing *showing, const struct record *record)
{
	size_t count = showing->shown.count;
	struct snapshot *piece = alloc_zero(count, sizeof(*piece));

	for (size_t i = 0; i < count; i++)
		piece[i] = snapshot_piece(record, showing->shown.range[i].start, showing->shown.range[i].end,
					  showing->vmlck && i + 1 == count);
	for (size_t i = 0; i < count; i++)
		intake_put_parts(recorder, piece[i]);
	free(piece);
}

/* Where the process wanted to know and could not, somebody must look again. */
static void doubt_moved(const struct showing *showing, const struct record_snapshot *snapshot)
{
	for (size_t i = 0; i < showing->moved.count && showing->traced; i++)
		ranges_add(&showing->traced->doubt, max_u64(showing->moved.range[i].start, snapshot->from),
			   min_u64(showing->moved.range[i].end, snapshot->to));
}

/* What the process listed itself. */
void window_show_record(struct recorder *recorder, size_t index, const struct cargo *cargo)
{
	struct showing showing = {.index = index, .traced = processes_find(recorder->processes, cargo->entry.pid)};
	const struct record *record =
		journal_prepare(recorder->journal, RECORD_SNAPSHOT, NULL, cargo->text, cargo->entry.length, false);
	bool empty, whole;

	if (!record) {
		intake_commit(recorder, NULL);
		return;
	}
	if (showing.traced && record->snapshot.last && record->snapshot.why && !strcmp(record->snapshot.why, "call"))
		awaited_came(&showing.traced->awaited, record->tid);
	empty = record->snapshot.from >= record->snapshot.to;
	if (!empty)
		ranges_add(&showing.shown, record->snapshot.from, record->snapshot.to);
	judge(recorder, &showing);
	whole = is_next_part(&showing, &record->snapshot) && (empty || !is_partial(&showing, &record->snapshot));
	if (showing.traced)
		showing.traced->part = 0; /* what comes out says what follows, and nothing may, as when all its pages moved */
	if (whole) {
		intake_put_snapshot(recorder, cargo->text, cargo->entry.length);
	} else if (!empty) {
		doubt_moved(&showing, &record->snapshot);
		show_pieces(recorder, &showing, record);
	}
	ranges_free(&showing.shown);
	ranges_free(&showing.moved);
}
