/*
 * ledger.c - lock requests and the pages they hold, as pieces of an interval tree.
 *
 * Invariant, outside of ledger_change(): a page that the program locked, or that a mapping has locked for it, lies in
 * at least one piece; a page without a lock lies in none.  The tracer's own pages are nobody's.
 */
#include "ledger.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "ledger_state.h"
#include "range.h"
#include "state.h"

/* How many holders of a page are looked at for one that asked the same before. */
#define SAME_LOOKED_AT 32

struct ledger *ledger_new(ledger_ended *ended, void *arg)
{
	struct ledger *ledger = alloc_zero(1, sizeof(*ledger));

	arena_init(&ledger->requests, (sizeof(struct lock_request) + 63) / 64 * 64);
	ledger->ended = ended;
	ledger->arg = arg;
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	pieces_free(&ledger->pieces);
	arena_free(&ledger->requests);
	free(ledger);
}

/* ---- changes ---- */

static bool is_locked(const struct vma *vma)
{
	return vma && vma->lock && vma->kind != KIND_TRACER;
}

/* mlock, mlock2 or mlockall that worked: what it holds is known once it has been applied, not from its changes. */
static bool is_lock(const struct record *record)
{
	return (ledger_is_call(record, EFFECT_LOCK) || ledger_is_call(record, EFFECT_LOCKALL)) && !ledger_failed(record);
}

static enum lock_end end_of(const struct record *record, const struct delta *delta)
{
	if (record->type != RECORD_CALL)
		return LOCK_END_LISTED;
	switch (ledger_effect(record)) {
	case EFFECT_UNLOCK:
		return LOCK_END_UNLOCK;
	case EFFECT_UNLOCKALL:
		return LOCK_END_UNLOCKALL;
	case EFFECT_DETACH:
		return LOCK_END_DETACH;
	case EFFECT_BRK:
	case EFFECT_SBRK:
		return LOCK_END_BREAK;
	default:
		return delta->after ? LOCK_END_REPLACED : LOCK_END_UNMAP;
	}
}

void ledger_change(struct ledger *ledger, const struct record *record, const struct delta *delta)
{
	bool was = is_locked(delta->before), is = is_locked(delta->after);
	bool replaced = was && is && delta->after->by.map != delta->before->by.map;
	bool weaker = was && is && delta->before->lock == VMA_LOCKED && delta->after->lock == VMA_LOCKED_ONFAULT;

	if (ledger_is_call(record, EFFECT_REMAP)) {
		ledger_remap(ledger, record, delta);
		return;
	}
	if (weaker && !replaced)
		ledger_end_full(ledger, record, delta->start, delta->end);
	else if (was && (!is || replaced))
		ledger_end_all(ledger, record, delta->start, delta->end, end_of(record, delta));
	/* an mlock2 that stopped half-way has made full locks into its own */
	if (!is || is_lock(record) || (was && !replaced && !weaker))
		return;
	if (!ledger->current || ledger->current->seq != record->seq)
		ledger->current = ledger_request_new(ledger, record, delta->after);
	else if (ledger->current->how != LOCK_HOW_CALL && delta->start == ledger->current->addr + ledger->current->bytes)
		ledger->current->bytes += delta->end - delta->start;
	ledger_hold(ledger, ledger->current, delta->start, delta->end);
}

void ledger_close(struct ledger *ledger, const struct record *record, enum lock_end how)
{
	ledger_end_all(ledger, record, 0, UINT64_MAX, how);
	ledger->future = 0;
}

/* ---- lock calls that worked ---- */

struct same {
	const struct record *record;
	struct lock_request *found;
	unsigned looked_at;
};

/* The same question from the same place, and the answer still whole. */
static bool find_same(void *arg, const struct piece *piece)
{
	struct same *same = arg;
	struct lock_request *request = piece->value;
	const struct record_call *call = &same->record->call;

	if (request->how == LOCK_HOW_CALL && request->call == call->call && request->stack == call->stack &&
	    call->stack && request->addr == call->arg[0] && request->bytes == call->arg[1] &&
	    request->tid == same->record->tid && request->onfault == ledger_is_onfault(same->record) &&
	    request->held == request->pages && !request->failed && !request->moved)
		same->found = request;
	return !same->found && ++same->looked_at < SAME_LOOKED_AT;
}

static bool ask_again(struct ledger *ledger, const struct record *record, struct range range)
{
	struct same same = { .record = record };

	pieces_each(&ledger->pieces, range.start, range.start + PAGE_BYTES, find_same, &same);
	if (!same.found)
		return false;
	same.found->count++;
	same.found->last_seq = record->seq;
	return true;
}

/* Every locked page of the range is held from now on, neighbours in one piece. */
static void hold_locked(struct ledger *ledger, const struct record *record, const struct space *space,
			struct range range)
{
	struct lock_request *request = ledger_request_new(ledger, record, NULL);
	struct range run = { 0, 0 };
	const struct vma *vma = space_next(space, range.start);

	for (; vma && vma->start < range.end; vma = space_next(space, vma->end)) {
		uint64_t start = max_u64(vma->start, range.start), end = min_u64(vma->end, range.end);

		if (!is_locked(vma) || vma->kind == KIND_SECRET)
			continue;
		if (run.end != start && run.end)
			ledger_hold(ledger, request, run.start, run.end);
		run.start = run.end == start && run.end ? run.start : start;
		run.end = end;
	}
	if (run.end)
		ledger_hold(ledger, request, run.start, run.end);
	if (!request->held)
		ledger_request_free(ledger, request);
}

static void settle_lock(struct ledger *ledger, const struct record *record, const struct space *space)
{
	struct range range;

	if (range_covering(record->call.arg[0], record->call.arg[1], &range) == RANGE_PAGES &&
	    !ask_again(ledger, record, range))
		hold_locked(ledger, record, space, range);
}

static void settle_lockall(struct ledger *ledger, const struct record *record, const struct space *space)
{
	uint64_t flags = record->call.arg[0];

	ledger->future = flags & K_MCL_FUTURE ? record->seq : 0;
	if (flags & K_MCL_CURRENT)
		hold_locked(ledger, record, space, (struct range){ 0, SPACE_END });
}

void ledger_settle(struct ledger *ledger, const struct record *record, const struct space *space)
{
	if (record->type != RECORD_CALL || ledger_failed(record))
		return;
	if (ledger_effect(record) == EFFECT_LOCK)
		settle_lock(ledger, record, space);
	else if (ledger_effect(record) == EFFECT_LOCKALL)
		settle_lockall(ledger, record, space);
	else if (ledger_effect(record) == EFFECT_UNLOCKALL)
		ledger->future = 0;
}

/* ---- questions ---- */

const struct lock_request *ledger_requests(const struct ledger *ledger)
{
	return ledger->oldest;
}

void ledger_each(const struct ledger *ledger, uint64_t start, uint64_t end, pieces_visit *fn, void *arg)
{
	pieces_each(&ledger->pieces, start, end, fn, arg);
}
