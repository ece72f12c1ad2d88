#include "window.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "intake.h"
#include "window_parts.h"

/*
 * How long a record waits for a call that may have come before it: longer than a thread is put to sleep by others, not so
 * long that a call that takes its time (msync, mlock of much memory) fills this memory.
 */
#define WAIT_NS	 100000000ull
#define WAIT_MAX 16384

/* From round to round, 480 bytes each. */
#define LENT_KEPT 512

void window_init(struct window *window, struct recorder *recorder)
{
	window->order = order_new(window_known_pages, recorder);
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
	for (size_t i = 0; i < window->lent_room; i++)
		free(window->lent[i]);
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

/* ---- one round ---- */

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
		kept[left].known = NULL;
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
	window->lents = 0;
	while (window->lent_room > LENT_KEPT)
		free(window->lent[--window->lent_room]);
}

static bool in_order(const struct drain_entry *entry)
{
	return entry->kind != SLOT_MODULE && entry->kind != SLOT_STACK;
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
		window_fill(recorder);
	order_decide(window->order, given_up_ns(recorder));
	memset(window->out, 0, window->count);
	while (order_next(window->order, &index)) {
		window_take(recorder, index);
		window->out[index] = true;
	}
	end_round(window);
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
		window_take_call(recorder, &item, &cargo);
	else
		intake_take(recorder, entry, text);
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
