#include "underway.h"

#include <stdlib.h>

#include "../vm/uapi.h"

void underway_free(struct underway *underway)
{
	free(underway->doubt.range);
}

static bool changes_pages(enum call_effect effect)
{
	switch (effect) {
	case EFFECT_FORK:
	case EFFECT_VFORK:
	case EFFECT_CLONE:
	case EFFECT_SPAWN:
	case EFFECT_RESIDENCY:
	case EFFECT_SYNC:
		return false;
	default:
		return true;
	}
}

/* Does the call change pages only where its first two arguments say? */
static bool keeps_to_its_range(const struct record_call *call)
{
	switch (call_table[call->call].effect) {
	case EFFECT_MAP:
		return call->arg[3] & (K_MAP_FIXED | K_MAP_FIXED_NOREPLACE);
	case EFFECT_PROTECT:
		return !(call->arg[2] & K_PROT_GROWSDOWN);
	case EFFECT_UNMAP:
	case EFFECT_SEAL:
	case EFFECT_LOCK:
	case EFFECT_UNLOCK:
	case EFFECT_ADVISE:
		return true;
	default:
		return false;
	}
}

static void add_doubt(struct underway *underway, const struct record_call *call)
{
	uint64_t start = page_down(call->arg[0]), end;

	if (!keeps_to_its_range(call) || __builtin_add_overflow(call->arg[0], call->arg[1], &end) || page_up(end) <= start)
		check_moved_add(&underway->doubt, 0, UINT64_MAX);
	else
		check_moved_add(&underway->doubt, start, page_up(end));
}

static bool is_among(const uint64_t *list, size_t count, uint64_t position)
{
	for (size_t i = 0; i < count && i < UNDERWAY_VAIN_MAX; i++)
		if (list[i] == position)
			return true;
	return false;
}

/* Not those of a thread that waits for us, nor those that take the whole address space away. */
static bool may_end(const struct underway_ask *ask, const struct record *record)
{
	enum call_effect effect = call_table[record->call.call].effect;

	for (size_t i = 0; i < ask->tids; i++)
		if (ask->tid[i] == record->tid)
			return false;
	return effect != EFFECT_EXEC && effect != EFFECT_EXIT;
}

static void wait_for(struct underway *underway, uint64_t position)
{
	if (!is_among(underway->vain, underway->vains, position) && underway->waits < UNDERWAY_VAIN_MAX)
		underway->waited[underway->waits++] = position;
}

bool underway_look(struct underway *underway, struct drain *drain, struct journal *journal,
		   const struct underway_ask *ask)
{
	struct drain_batch batch = drain_under_way(drain);

	underway->doubt.count = underway->waits = 0;
	for (size_t i = 0; i < batch.count; i++) {
		const struct drain_entry *entry = &batch.entry[i];
		const struct record *record;

		if (entry->kind != SLOT_CALL || entry->pid != ask->pid)
			continue;
		record = journal_prepare(journal, RECORD_CALL, NULL, batch.text + entry->text, entry->length, true);
		if (record && (record->t_ns > ask->by_ns || !changes_pages(call_table[record->call.call].effect)))
			continue;
		if (record)
			add_doubt(underway, &record->call);
		else /* read while its writer completed it, it makes no sense */
			check_moved_add(&underway->doubt, 0, UINT64_MAX);
		if (!record || may_end(ask, record))
			wait_for(underway, entry->position);
	}
	return underway->waits > 0;
}

void underway_give_up(struct underway *underway)
{
	for (size_t i = 0; i < underway->waits; i++)
		underway->vain[underway->vains++ % UNDERWAY_VAIN_MAX] = underway->waited[i];
}
