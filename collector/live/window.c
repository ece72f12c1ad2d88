#include "window.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "doubt.h"
#include "intake.h"

/*
 * How long a record waits for a call that may have come before it: longer than a thread is put to sleep by others, not so
 * long that a call that takes its time (msync, mlock of much memory) fills this memory.
 */
#define WAIT_NS	 100000000ull
#define WAIT_MAX 16384

/* Notes of one call's races; all of its pages are looked at. */
#define RACES_TOLD 4

/* ---- what is known of a process's pages ---- */

static const struct ranges no_doubt;

static void known_pages(void *arg, int32_t pid, const struct space **space, const struct ranges **doubt)
{
	const struct recorder *recorder = arg;
	const struct process *process = world_process(recorder->world, pid);
	const struct traced *traced = processes_find(recorder->processes, pid);

	*space = process && !process->exited ? process->space : NULL;
	*doubt = traced ? &traced->doubt : &no_doubt;
}

void window_init(struct window *window, struct recorder *recorder)
{
	window->order = order_new(known_pages, recorder);
}

static void drop(struct cargo *cargo)
{
	free(cargo->own);
	if (cargo->look)
		look_free(cargo->look);
}

void window_free(struct window *window)
{
	for (size_t i = 0; i < window->count; i++)
		drop(&window->cargo[window->item[i].cargo]);
	order_free(window->order);
	free(window->item);
	free(window->cargo);
	free(window->pending);
	free(window->lent);
	free(window->out);
}

bool window_holds(const struct window *window, int32_t pid)
{
	for (size_t i = 0; i < window->count; i++)
		if (window->item[i].pid == pid)
			return true;
	return false;
}

/* ---- in ---- */

static struct order_item *add(struct window *window, const struct cargo *cargo)
{
	struct order_item *item;

	if (window->count == window->room) {
		window->room = window->room * 2 + 256;
		window->item = alloc_resize(window->item, window->room, sizeof(*window->item));
		window->cargo = alloc_resize(window->cargo, window->room, sizeof(*window->cargo));
		window->out = alloc_resize(window->out, window->room, sizeof(*window->out));
	}
	item = &window->item[window->count];
	window->cargo[window->count] = *cargo;
	*item = (struct order_item){.kind = ORDER_POINT, .cargo = (uint32_t)window->count};
	window->count++;
	return item;
}

/* The parent of a child that announces itself. */
static int32_t parent_of(struct recorder *recorder, const struct cargo *cargo)
{
	const struct record *record =
		journal_prepare(recorder->journal, RECORD_PROCESS, "fork", cargo->text, cargo->entry.length, false);

	return record && record->process.ppid > 0 ? record->process.ppid : 0;
}

static void add_entry(struct recorder *recorder, const struct drain_entry *entry, const char *text)
{
	const struct cargo cargo = {.entry = *entry, .text = text};
	struct order_item *item = add(&recorder->window, &cargo);

	item->begin_ns = item->end_ns = entry->end_ns;
	item->position = entry->position;
	item->pid = entry->pid;
	if (entry->kind == SLOT_FORK)
		item->parent = parent_of(recorder, &cargo);
	if ((entry->kind != SLOT_CALL && entry->kind != SLOT_SNAPSHOT) || !entry->begin_ns)
		return;
	item->kind = entry->kind == SLOT_CALL ? ORDER_CALL : ORDER_LOOK;
	if (entry->begin_ns < entry->end_ns)
		item->begin_ns = entry->begin_ns;
}

static void add_looks(struct recorder *recorder)
{
	struct look *look;

	while ((look = looks_next(&recorder->looks))) {
		const struct cargo cargo = {.look = look};
		struct order_item *item = add(&recorder->window, &cargo);

		item->kind = ORDER_LOOK;
		item->pid = look->pid;
		item->begin_ns = look->begin_ns;
		item->end_ns = look->end_ns;
		item->position = UINT64_MAX;
	}
}

static void add_pending(struct recorder *recorder)
{
	struct window *window = &recorder->window;
	const struct drain_pending *found;

	found = drain_pending(recorder->drain, &window->pendings);
	if (window->pendings > window->pending_room) {
		window->pending_room = 2 * window->pendings;
		window->pending = alloc_resize(window->pending, window->pending_room, sizeof(*window->pending));
	}
	for (size_t i = 0; i < window->pendings; i++)
		window->pending[i] = (struct order_pending){
			.begin_ns = found[i].begin_ns, .position = found[i].position, .pid = found[i].pid};
}

/* exec ends every call of the image before it: none of them returns. */
static bool is_replaced(const struct window *window, const struct order_pending *pending)
{
	for (size_t i = 0; i < window->count; i++) {
		const struct drain_entry *entry = &window->cargo[window->item[i].cargo].entry;

		if (entry->kind == SLOT_PROCESS && entry->pid == pending->pid && entry->position > pending->position)
			return true;
	}
	return false;
}

static void end_pending(struct window *window, const struct drain_entry *program)
{
	for (size_t i = 0; i < window->pendings; i++)
		if (window->pending[i].pid == program->pid && window->pending[i].position < program->position)
			window->pending[i].pid = 0;
}

/* ---- what the order asks for ---- */

static struct touches *lend(struct window *window, struct touches touches)
{
	struct touches *lent = alloc_zero(1, sizeof(*lent));

	*lent = touches;
	if (window->lents == window->lent_room) {
		window->lent_room = window->lent_room * 2 + 64;
		window->lent = alloc_resize(window->lent, window->lent_room, sizeof(struct touches *));
	}
	return window->lent[window->lents++] = lent;
}

static struct touches read_touches(struct recorder *recorder, const struct record *record, uint64_t position)
{
	const struct process *process = world_process(recorder->world, record->pid);

	return touches_of(&record->call, process ? process->space : NULL, position);
}

/* What cannot be read will not be applied. */
static void fill_item(struct recorder *recorder, struct order_item *item)
{
	const struct cargo *cargo = &recorder->window.cargo[item->cargo];
	const struct record *record;

	if (!item->overlaps || item->kind != ORDER_CALL)
		return;
	record = journal_prepare(recorder->journal, RECORD_CALL, NULL, cargo->text, cargo->entry.length, false);
	if (!record)
		return;
	item->touches = lend(&recorder->window, read_touches(recorder, record, item->position));
	item->child = item->touches->copies ? (int32_t)record->call.ret : 0;
}

static void fill_pending(struct recorder *recorder, struct order_pending *pending)
{
	const struct traced *traced = processes_find(recorder->processes, pending->pid);
	struct drain_batch batch = drain_peek(recorder->drain, pending->position);
	const struct record *record = NULL;

	pending->gone = (traced && traced->closing) || is_replaced(&recorder->window, pending);
	if (batch.count)
		record = journal_prepare(recorder->journal, RECORD_CALL, NULL, batch.text + batch.entry[0].text,
					 batch.entry[0].length, true);
	pending->touches = record ? read_touches(recorder, record, pending->position) : touches_everything();
}

static void fill(struct recorder *recorder)
{
	struct window *window = &recorder->window;

	for (size_t i = 0; i < window->pendings; i++)
		if (window->pending[i].overlaps)
			fill_pending(recorder, &window->pending[i]);
	for (size_t i = 0; i < window->count; i++)
		fill_item(recorder, &window->item[i]);
}

static uint64_t given_up_ns(const struct recorder *recorder)
{
	const struct window *window = &recorder->window;
	uint64_t by_time = recorder->now_ns > WAIT_NS ? recorder->now_ns - WAIT_NS : 0;

	if (window->flushing)
		return UINT64_MAX;
	if (window->count <= WAIT_MAX)
		return by_time;
	return max_u64(by_time, window->item[window->count - WAIT_MAX].end_ns);
}

/* ---- out: listings ---- */

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

static void put_snapshot(struct recorder *recorder, struct snapshot snapshot)
{
	for (size_t i = 0; i < snapshot.parts; i++)
		intake_put_snapshot(recorder, snapshot.part[i].at, snapshot.part[i].length);
	snapshot_free(&snapshot);
}

static void show_look(struct recorder *recorder, size_t index, const struct look *look)
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
		put_snapshot(recorder, snapshot_make(&look->smaps, &about));
	}
	if (showing.traced && showing.traced->vmlck_doubt && look->has_vmlck && showing.vmlck && !showing.moved.count)
		put_snapshot(recorder, snapshot_vmlck(&about));
	ranges_free(&showing.shown);
	ranges_free(&showing.moved);
}

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
		put_snapshot(recorder, piece[i]);
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
static void show_record(struct recorder *recorder, size_t index, const struct cargo *cargo)
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
	if (whole) {
		intake_put_snapshot(recorder, cargo->text, cargo->entry.length);
	} else if (!empty) {
		doubt_moved(&showing, &record->snapshot);
		show_pieces(recorder, &showing, record);
	}
	ranges_free(&showing.shown);
	ranges_free(&showing.moved);
}

/* ---- out: what is not known ---- */

static void write_race(struct recorder *recorder, const struct order_race *race)
{
	struct line *line = &recorder->line;

	line_clear(line);
	line_add(line, ",\"what\":\"race\",\"pid\":%" PRId32 ",\"seqs\":[%" PRIu64 ",%" PRIu64 "]", race->pid,
		 race->first_seq, race->second_seq);
	line_add(line, ",\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\"", race->start, race->end);
	if (race->copy)
		line_add(line, ",\"child\":%" PRId32 ",\"text\":\"whether the child has these pages as before or as "
			       "after the other call cannot be told: looked at\"", race->child);
	else
		line_add(line, ",\"text\":\"two calls at the same time, and their results do not tell which came "
			       "first: these pages are looked at\"");
	journal_put(recorder->journal, RECORD_NOTE, line->at, line->length);
}

static void take_races(struct recorder *recorder)
{
	struct order_race race;
	unsigned told = 0;

	while (order_race(recorder->window.order, &race)) {
		int32_t pid = race.copy ? race.child : race.pid;
		struct traced *traced = pid > 0 ? processes_find(recorder->processes, pid) : NULL;

		if (traced)
			looks_wanted(traced, race.start, race.end);
		if (traced)
			traced->rules_doubt |= race.rules;
		if (race.first_seq && race.first_seq != race.second_seq && told++ < RACES_TOLD)
			write_race(recorder, &race);
	}
}

/* ---- out ---- */

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

/* What is in doubt of its parent's pages is so of its own, until it makes them anew. */
static void follow_child(struct recorder *recorder, size_t index)
{
	const struct order_item *item = &recorder->window.item[index];
	const struct traced *parent = processes_find(recorder->processes, item->parent);
	struct traced *child = processes_find(recorder->processes, item->pid);

	if (parent && child && parent != child)
		ranges_add_all(&child->doubt, &parent->doubt);
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
		return read_touches(recorder, record, item->position);
	return (struct touches){.count = 0};
}

static void take_call(struct recorder *recorder, struct order_item *item, const struct cargo *cargo)
{
	const struct record *record =
		journal_prepare(recorder->journal, RECORD_CALL, NULL, cargo->text, cargo->entry.length, false);
	struct traced *traced = record ? processes_see(recorder->processes, record->pid) : NULL;
	struct touches touches;

	if (!record) {
		intake_commit(recorder, NULL);
		return;
	}
	item->seq = record->seq;
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

static void take(struct recorder *recorder, size_t index)
{
	const struct order_item *item = &recorder->window.item[index];
	const struct cargo *cargo = &recorder->window.cargo[item->cargo];

	if (cargo->look)
		show_look(recorder, index, cargo->look);
	else if (cargo->entry.kind == SLOT_SNAPSHOT)
		show_record(recorder, index, cargo);
	else if (cargo->entry.kind == SLOT_CALL)
		take_call(recorder, &recorder->window.item[index], cargo);
	else
		intake_take(recorder, &cargo->entry, cargo->text);
	if (cargo->entry.kind == SLOT_FORK)
		follow_child(recorder, index);
	else if (cargo->entry.kind == SLOT_PROCESS)
		end_pending(&recorder->window, &cargo->entry);
	if (item->forced)
		doubt_forced(recorder, item);
	take_races(recorder);
}

/* What waits keeps its text; its touches are read anew, since the pages it meets may be others by then. */
static void keep_rest(struct window *window)
{
	size_t left = 0;
	struct cargo *kept;

	for (size_t i = 0; i < window->count; i++)
		left += !window->out[i];
	kept = alloc_zero(left, sizeof(*kept));
	left = 0;
	for (size_t i = 0; i < window->count; i++) {
		struct cargo *cargo = &window->cargo[window->item[i].cargo];

		if (window->out[i]) {
			drop(cargo);
			continue;
		}
		if (!cargo->own && !cargo->look)
			cargo->text = cargo->own = alloc_copy(cargo->text, cargo->entry.length);
		kept[left] = *cargo;
		window->item[left] = window->item[i];
		window->item[left].cargo = (uint32_t)left;
		window->item[left].touches = NULL;
		left++;
	}
	if (left)
		memcpy(window->cargo, kept, left * sizeof(*kept));
	free(kept);
	window->count = left;
}

static void end_round(struct window *window)
{
	keep_rest(window);
	for (size_t i = 0; i < window->lents; i++)
		free(window->lent[i]);
	window->lents = 0;
}

static bool in_order(const struct drain_entry *entry)
{
	return entry->kind != SLOT_MODULE && entry->kind != SLOT_STACK;
}

/* ---- one thread after the other ---- */

/*
 * The common case: one process, none of whose calls overlap.  Then the order is that of the batch, and nothing has to be
 * kept.
 */
static bool is_plain(const struct recorder *recorder, const struct drain_batch *batch)
{
	const struct drain_pending *pending;
	uint64_t end_ns = 0;
	int32_t pid = 0;
	size_t count;

	if (recorder->window.count || recorder->looks.count)
		return false;
	for (size_t i = 0; i < batch->count; i++) {
		const struct drain_entry *entry = &batch->entry[i];

		if (entry->kind == SLOT_SNAPSHOT || entry->kind == SLOT_FORK)
			return false;
		if (entry->kind != SLOT_CALL)
			continue;
		if ((pid && entry->pid != pid) || (entry->begin_ns && entry->begin_ns < end_ns))
			return false;
		pid = entry->pid;
		end_ns = entry->end_ns;
	}
	pending = drain_pending(recorder->drain, &count);
	for (size_t i = 0; i < count; i++)
		if (pending[i].begin_ns < end_ns)
			return false;
	return true;
}

static void take_plain(struct recorder *recorder, const struct drain_entry *entry, const char *text)
{
	const struct cargo cargo = {.entry = *entry, .text = text};
	struct order_item item = {
		.begin_ns = entry->begin_ns, .end_ns = entry->end_ns, .position = entry->position, .pid = entry->pid};

	if (entry->kind == SLOT_CALL)
		take_call(recorder, &item, &cargo);
	else
		intake_take(recorder, entry, text);
}

static void run_order(struct recorder *recorder, const struct drain_batch *batch)
{
	struct window *window = &recorder->window;
	size_t index;

	for (size_t i = 0; i < batch->count; i++)
		if (in_order(&batch->entry[i]))
			add_entry(recorder, &batch->entry[i], batch->text + batch->entry[i].text);
	add_looks(recorder);
	if (!window->count)
		return;
	add_pending(recorder);
	if (order_begin(window->order, window->item, window->count, window->pending, window->pendings))
		fill(recorder);
	order_decide(window->order, given_up_ns(recorder));
	memset(window->out, 0, window->count);
	while (order_next(window->order, &index)) {
		take(recorder, index);
		window->out[index] = true;
	}
	end_round(window);
}

void window_run(struct recorder *recorder, const struct drain_batch *batch)
{
	recorder->window.round++;
	if (!is_plain(recorder, batch)) {
		run_order(recorder, batch);
		return;
	}
	for (size_t i = 0; i < batch->count; i++)
		if (in_order(&batch->entry[i]))
			take_plain(recorder, &batch->entry[i], batch->text + batch->entry[i].text);
}
