/*
 * window_touch.c - what the order asks: what is known of a process's pages, and which pages the calls that overlap are
 * about.
 */
#include "window_parts.h"

#include "../util/alloc.h"
#include "intake.h"

static const struct ranges no_doubt;

void window_known_pages(void *arg, int32_t pid, const struct space **space, const struct ranges **doubt)
{
	const struct recorder *recorder = arg;
	const struct process *process = world_process(recorder->world, pid);
	const struct traced *traced = processes_find(recorder->processes, pid);

	*space = process && !process->exited ? process->space : NULL;
	*doubt = traced ? &traced->doubt : &no_doubt;
}

/* ---- calls ---- */

static struct lent *lend(struct window *window)
{
	if (window->lents == window->lent_room) {
		size_t room = window->lent_room * 2 + 64;

		window->lent = alloc_resize(window->lent, room, sizeof(*window->lent));
		while (window->lent_room < room)
			window->lent[window->lent_room++] = alloc_zero(1, sizeof(struct lent));
	}
	return window->lent[window->lents++];
}

struct touches window_read_touches(struct recorder *recorder, const struct record *record, uint64_t position)
{
	const struct process *process = world_process(recorder->world, record->pid);

	return touches_of(&record->call, process ? process->space : NULL, position);
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

/* What cannot be read will not be applied. */
static void fill_item(struct recorder *recorder, struct order_item *item)
{
	struct cargo *cargo = &recorder->window.cargo[item->cargo];
	const struct record *record;
	struct lent *lent;

	if (!item->overlaps || item->kind != ORDER_CALL)
		return;
	record = journal_prepare(recorder->journal, RECORD_CALL, NULL, cargo->text, cargo->entry.length, false);
	if (!record)
		return;
	lent = lend(&recorder->window);
	lent->touches = window_read_touches(recorder, record, item->position);
	item->touches = &lent->touches;
	if (journal_keep(record, &lent->record))
		cargo->known = &lent->record;
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
	pending->touches = record ? window_read_touches(recorder, record, pending->position) : touches_everything();
}

void window_fill(struct recorder *recorder)
{
	struct window *window = &recorder->window;

	for (size_t i = 0; i < window->pendings; i++)
		if (window->pending[i].overlaps)
			fill_pending(recorder, &window->pending[i]);
	for (size_t i = 0; i < window->count; i++)
		fill_item(recorder, &window->item[i]);
}
