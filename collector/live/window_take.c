/*
 * window_take.c - what comes out of the window is taken: a call changes what is in doubt of the pages it is about, then
 * the model.
 */
#include "window_parts.h"

#include "doubt.h"
#include "intake.h"

/* ---- a call ---- */

/* A call changes what is in doubt before it is applied: then the pages it is about are as it met them. */
static void follow_call(struct recorder *recorder, const struct order_item *item, struct traced *traced,
			const struct touches *touches)
{
	struct traced *child;

	doubt_follow(&traced->doubt, touches);
	if (touches->copies && item->child > 0 && traced->doubt.count) {
		child = processes_see(recorder->processes, item->child);
		ranges_add_all(&child->doubt, &traced->doubt);
	}
}

/* mlockall and munlockall say it anew. */
static void follow_rules(struct traced *traced, const struct touches *touches)
{
	for (unsigned i = 0; i < touches->count; i++) {
		const struct touch *touch = &touches->touch[i];

		if (touch->act == ACT_FUTURE)
			traced->rules_doubt = false;
		if (touch->act == ACT_MAKE || touch->act == ACT_UNCLEAR)
			looks_wanted(traced, touch->start, touch->end);
	}
}

/*
 * How much was locked when a lock was refused is not what was read later, if others locked or unlocked meanwhile; nor can
 * it be held against the model while that may be wrong.  The process itself sees those that began after the call, not
 * those that had begun before.
 */
static bool is_out_of_date(const struct recorder *recorder, const struct order_item *item, const struct traced *traced)
{
	const struct window *window = &recorder->window;

	return traced->doubt.count ||
	       (item->overlaps && order_overlapped(window->order, (size_t)(item - window->item),
						   FACT_LOCK | FACT_MAPPING | FACT_RULES));
}

static const struct record *mark_overlap(struct recorder *recorder, const struct cargo *cargo)
{
	struct line line = {.length = 0};
	const struct record *record;

	line_bytes(&line, cargo->text, cargo->entry.length);
	line_text(&line, ",\"overlap\":true");
	record = journal_prepare(recorder->journal, RECORD_CALL, NULL, line.at, line.length, false);
	line_free(&line);
	return record;
}

static void note_end(const struct order_item *item, struct traced *traced, uint64_t round)
{
	if (traced->round != round)
		traced->ended_before_ns = traced->ended_ns;
	traced->round = round;
	traced->ended_ns = max_u64(traced->ended_ns, item->end_ns);
}

static struct touches touches_now(struct recorder *recorder, const struct order_item *item, const struct record *record,
				  const struct traced *traced)
{
	if (item->touches)
		return *item->touches;
	if (traced->doubt.count || traced->rules_doubt || (record->call.has & HAS_OVERLAP))
		return window_read_touches(recorder, record, item->position);
	return (struct touches){.count = 0};
}

static const struct record *read_call(struct recorder *recorder, const struct cargo *cargo)
{
	if (cargo->known)
		return journal_take_up(recorder->journal, cargo->known, cargo->text, cargo->entry.length);
	return journal_prepare(recorder->journal, RECORD_CALL, NULL, cargo->text, cargo->entry.length, false);
}

void window_take_call(struct recorder *recorder, struct order_item *item, const struct cargo *cargo)
{
	const struct record *record = read_call(recorder, cargo);
	struct traced *traced = record ? processes_see(recorder->processes, record->pid) : NULL;
	struct touches touches;

	if (!record) {
		intake_commit(recorder, NULL);
		return;
	}
	item->seq = journal_before(recorder->journal) + record->seq;
	touches = touches_now(recorder, item, record, traced);
	if (touches.copies)
		item->child = (int32_t)record->call.ret;
	if (touches.refused && !(record->call.has & HAS_OVERLAP) && is_out_of_date(recorder, item, traced))
		record = mark_overlap(recorder, cargo);
	if (touches.limited && record && (record->call.has & HAS_OVERLAP))
		doubt_effect(&traced->doubt, &touches);
	else
		follow_call(recorder, item, traced, &touches);
	intake_commit(recorder, record);
	if (traced->rules_doubt)
		follow_rules(traced, &touches);
	note_end(item, traced, recorder->window.round);
}

/* ---- what is not known ---- */

/* It was waited for long enough: what has not returned by now may have come before it. */
static void doubt_forced(struct recorder *recorder, const struct order_item *item)
{
	int32_t copy = item->parent ? item->pid : item->child;
	struct traced *traced = processes_find(recorder->processes, item->pid);

	if (copy > 0)
		looks_wanted(processes_see(recorder->processes, copy), 0, SPACE_END);
	if (traced && item->touches)
		doubt_effect(&traced->doubt, item->touches);
}

/* ---- whatever comes out ---- */

/* What is in doubt of its parent's pages is so of its own, until it makes them anew. */
static void follow_child(struct recorder *recorder, size_t index)
{
	const struct order_item *item = &recorder->window.item[index];
	const struct traced *parent = processes_find(recorder->processes, item->parent);
	struct traced *child = processes_find(recorder->processes, item->pid);

	if (parent && child && parent != child)
		ranges_add_all(&child->doubt, &parent->doubt);
}

static void end_pending(struct window *window, const struct drain_entry *program)
{
	for (size_t i = 0; i < window->pendings; i++)
		if (window->pending[i].pid == program->pid && window->pending[i].position < program->position)
			window->pending[i].pid = 0;
}

void window_take(struct recorder *recorder, size_t index)
{
	const struct order_item *item = &recorder->window.item[index];
	const struct cargo *cargo = &recorder->window.cargo[item->cargo];

	if (cargo->look)
		window_show_look(recorder, index, cargo->look);
	else if (cargo->entry.kind == SLOT_SNAPSHOT)
		window_show_record(recorder, index, cargo);
	else if (cargo->entry.kind == SLOT_CALL)
		window_take_call(recorder, &recorder->window.item[index], cargo);
	else
		intake_take(recorder, &cargo->entry, cargo->text);
	if (cargo->entry.kind == SLOT_FORK)
		follow_child(recorder, index);
	else if (cargo->entry.kind == SLOT_PROCESS)
		end_pending(&recorder->window, &cargo->entry);
	if (item->forced)
		doubt_forced(recorder, item);
	window_take_races(recorder);
}
