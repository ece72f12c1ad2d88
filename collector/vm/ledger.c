/*
 * ledger.c - lock requests and the pages they hold, as pieces of an interval tree.
 *
 * Invariant, outside of ledger_change(): a page that the program locked, or that a mapping has locked for it, lies in
 * at least one piece; a page without a lock lies in none.  The tracer's own pages are nobody's.
 */
#include "ledger.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "range.h"
#include "state.h"

/* How many holders of a page are looked at for one that asked the same before. */
#define SAME_LOOKED_AT 32

struct ledger {
	struct pieces pieces;			/* value: struct lock_request */
	struct lock_request *oldest, *newest;
	struct lock_request *current;		/* of the record being applied; NULL: none yet */
	uint64_t future;			/* seq of the mlockall in force for new mappings */
	ledger_ended *ended;
	void *arg;
};

struct ledger *ledger_new(ledger_ended *ended, void *arg)
{
	struct ledger *ledger = alloc_zero(1, sizeof(*ledger));

	ledger->ended = ended;
	ledger->arg = arg;
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	pieces_free(&ledger->pieces);
	while (ledger->oldest) {
		struct lock_request *request = ledger->oldest;

		ledger->oldest = request->newer;
		free(request);
	}
	free(ledger);
}

/* ---- requests ---- */

static enum call_effect effect_of(const struct record *record)
{
	return call_table[record->call.call].effect;
}

static bool is_call_of(const struct record *record, enum call_effect effect)
{
	return record->type == RECORD_CALL && effect_of(record) == effect;
}

static bool has_failed(const struct record *record)
{
	return record->type == RECORD_CALL && (!(record->call.has & HAS_RET) || call_failed(&record->call));
}

/* mlock, mlock2 or mlockall that worked: what it holds is known once it has been applied, not from its changes. */
static bool is_lock(const struct record *record)
{
	return (is_call_of(record, EFFECT_LOCK) || is_call_of(record, EFFECT_LOCKALL)) && !has_failed(record);
}

static bool is_onfault(const struct record *record)
{
	const struct record_call *call = &record->call;

	if (is_call_of(record, EFFECT_LOCKALL))
		return call->arg[0] & K_MCL_ONFAULT;
	return call->call == CALL_mlock2 && (call->arg[2] & K_MLOCK_ONFAULT);
}

static enum lock_how how_of(const struct ledger *ledger, const struct record *record, const struct vma *after)
{
	if (record->type != RECORD_CALL)
		return LOCK_HOW_LISTED;
	if (effect_of(record) == EFFECT_LOCK)
		return LOCK_HOW_CALL;
	if (effect_of(record) == EFFECT_LOCKALL)
		return LOCK_HOW_ALL;
	if (after && after->kind == KIND_SECRET)
		return LOCK_HOW_SECRET;
	if (ledger->future)
		return LOCK_HOW_FUTURE;
	return effect_of(record) == EFFECT_MAP ? LOCK_HOW_MAP : LOCK_HOW_OTHER;
}

/* The bytes named by the call; where it names none, those of the mapping. */
static void set_asked(struct lock_request *request, const struct record *record, const struct vma *after)
{
	switch (request->how) {
	case LOCK_HOW_CALL:
		request->addr = record->call.arg[0];
		request->bytes = record->call.arg[1];
		break;
	case LOCK_HOW_ALL:
		request->bytes = UINT64_MAX;
		break;
	default:
		request->addr = after->start;
		request->bytes = after->end - after->start;
	}
}

static struct lock_request *request_new(struct ledger *ledger, const struct record *record, const struct vma *after)
{
	struct lock_request *request = alloc_zero(1, sizeof(*request));

	*request = (struct lock_request){
		.seq = record->seq, .last_seq = record->seq, .t_ns = record->t_ns, .pid = record->pid,
		.tid = record->tid, .count = 1, .call = CALL_COUNT, .failed = has_failed(record),
		.how = how_of(ledger, record, after), .older = ledger->newest,
	};
	if (record->type == RECORD_CALL) {
		request->call = record->call.call;
		request->stack = record->call.stack;
	}
	request->because = request->how == LOCK_HOW_FUTURE ? ledger->future : 0;
	request->onfault = after ? after->lock == VMA_LOCKED_ONFAULT : is_onfault(record);
	set_asked(request, record, after);
	*(ledger->newest ? &ledger->newest->newer : &ledger->oldest) = request;
	ledger->newest = request;
	return request;
}

static void request_free(struct ledger *ledger, struct lock_request *request)
{
	*(request->older ? &request->older->newer : &ledger->oldest) = request->newer;
	*(request->newer ? &request->newer->older : &ledger->newest) = request->older;
	if (ledger->current == request)
		ledger->current = NULL;
	free(request);
}

static void hold(struct ledger *ledger, struct lock_request *request, uint64_t start, uint64_t end)
{
	uint64_t pages = (end - start) / PAGE_BYTES;

	pieces_add(&ledger->pieces, start, end, request);
	request->held += pages;
	request->pages += pages;
}

/* ---- ends ---- */

struct copying {
	struct piece *part;
	size_t count, room;
};

static bool copy_part(void *arg, const struct piece *piece)
{
	struct copying *copying = arg;

	if (copying->count == copying->room) {
		copying->room = copying->room ? 2 * copying->room : 16;
		copying->part = alloc_resize(copying->part, copying->room, sizeof(*copying->part));
	}
	copying->part[copying->count++] = *piece;
	return true;
}

struct ending {
	struct ledger *ledger;
	const struct record *record;
	enum lock_end how;
	bool silent;		/* the pages moved, and their requests with them */
	struct copying *spared;	/* lock-on-fault requests stay: collected here; NULL: none do */
};

static void end_part(void *arg, const struct piece *part)
{
	const struct ending *ending = arg;
	struct lock_request *request = part->value;
	const struct lock_release release = { request, part->start, part->end, ending->how, ending->record };

	request->held -= (part->end - part->start) / PAGE_BYTES;
	if (ending->spared && request->onfault) {
		request->pages -= (part->end - part->start) / PAGE_BYTES;
		copy_part(ending->spared, part);
		return;
	}
	if (ending->silent) {
		request->moved = true;
		request->pages -= (part->end - part->start) / PAGE_BYTES;
	} else if (ending->ledger->ended) {
		ending->ledger->ended(ending->ledger->arg, &release);
	}
	if (!request->held)
		request_free(ending->ledger, request);
}

static void end_all(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end, enum lock_end how)
{
	struct ending ending = { ledger, record, how, false, NULL };

	pieces_cut(&ledger->pieces, start, end, end_part, &ending);
}

static void forget(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end)
{
	struct ending ending = { ledger, record, LOCK_END_REMAP, true, NULL };

	pieces_cut(&ledger->pieces, start, end, end_part, &ending);
}

/* What asked for no more than lock-on-fault has not lost anything. */
static void end_full(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end)
{
	struct copying spared = { 0 };
	struct ending ending = { ledger, record, LOCK_END_ONFAULT, false, &spared };

	pieces_cut(&ledger->pieces, start, end, end_part, &ending);
	for (size_t i = 0; i < spared.count; i++)
		hold(ledger, spared.part[i].value, spared.part[i].start, spared.part[i].end);
	free(spared.part);
}

static enum lock_end end_of(const struct record *record, const struct delta *delta)
{
	if (record->type != RECORD_CALL)
		return LOCK_END_LISTED;
	switch (effect_of(record)) {
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

void ledger_close(struct ledger *ledger, const struct record *record, enum lock_end how)
{
	end_all(ledger, record, 0, UINT64_MAX, how);
	ledger->future = 0;
}

/* ---- mremap: requests go along with their pages ---- */

struct move {
	uint64_t from, old_end, to, new_end;
	bool away;	/* to another place */
};

static struct move move_of(const struct record *record)
{
	const struct record_call *call = &record->call;
	struct move move = { .from = call->arg[0], .to = call_failed(call) ? call->arg[4] : (uint64_t)call->ret };

	move.old_end = move.from + page_up(call->arg[1]);
	move.new_end = move.to + page_up(call->arg[2]);
	move.away = move.to != move.from;
	return move;
}

/* The requests of [start, end) hold the pages @distance further on as well. */
static void copy_holders(struct ledger *ledger, uint64_t start, uint64_t end, uint64_t distance)
{
	struct copying copying = { 0 };

	pieces_each(&ledger->pieces, start, end, copy_part, &copying);
	for (size_t i = 0; i < copying.count; i++)
		hold(ledger, copying.part[i].value, max_u64(copying.part[i].start, start) + distance,
		     min_u64(copying.part[i].end, end) + distance);
	free(copying.part);
}

/* Whoever holds the page at @last holds the pages that grow behind it. */
static void grow_holders(struct ledger *ledger, uint64_t last, uint64_t start, uint64_t end)
{
	struct copying copying = { 0 };

	pieces_each(&ledger->pieces, last, last + PAGE_BYTES, copy_part, &copying);
	for (size_t i = 0; i < copying.count; i++)
		hold(ledger, copying.part[i].value, start, end);
	free(copying.part);
}

/* Pages that appeared at [start, end): moved there, or grown behind what moved. */
static void arrive(struct ledger *ledger, const struct move *move, uint64_t start, uint64_t end)
{
	uint64_t distance = move->to - move->from, moved_end = min_u64(move->new_end, move->old_end + distance);

	if (start < moved_end)
		copy_holders(ledger, start - distance, min_u64(end, moved_end) - distance, distance);
	/* By now the source may have gone; an old length of 0 moves nothing and copies what is at the address. */
	if (end > moved_end)
		grow_holders(ledger, moved_end > move->to ? moved_end - PAGE_BYTES : move->from,
			     max_u64(start, moved_end), end);
}

static void remap_change(struct ledger *ledger, const struct record *record, const struct delta *delta)
{
	const struct move move = move_of(record);
	uint64_t moved_end = move.from + min_u64(move.old_end - move.from, move.new_end - move.to);
	bool is_destination = delta->start >= move.to && delta->start < move.new_end;

	if (delta->before && delta->before->lock) {
		uint64_t stays = !move.away || is_destination || delta->start < move.from ? delta->start :
				 max_u64(delta->start, min_u64(delta->end, moved_end));

		if (delta->start < stays)
			forget(ledger, record, delta->start, stays);
		if (stays < delta->end)
			end_all(ledger, record, stays, delta->end, is_destination && move.away ? LOCK_END_REPLACED :
								  LOCK_END_REMAP);
	}
	if (is_destination && delta->after && delta->after->lock)
		arrive(ledger, &move, delta->start, delta->end);
}

/* ---- changes ---- */

static bool is_locked(const struct vma *vma)
{
	return vma && vma->lock && vma->kind != KIND_TRACER;
}

void ledger_change(struct ledger *ledger, const struct record *record, const struct delta *delta)
{
	bool was = is_locked(delta->before), is = is_locked(delta->after);
	bool replaced = was && is && delta->after->by.map != delta->before->by.map;
	bool weaker = was && is && delta->before->lock == VMA_LOCKED && delta->after->lock == VMA_LOCKED_ONFAULT;

	if (is_call_of(record, EFFECT_REMAP)) {
		remap_change(ledger, record, delta);
		return;
	}
	if (weaker && !replaced)
		end_full(ledger, record, delta->start, delta->end);
	else if (was && (!is || replaced))
		end_all(ledger, record, delta->start, delta->end, end_of(record, delta));
	/* an mlock2 that stopped half-way has made full locks into its own */
	if (!is || is_lock(record) || (was && !replaced && !weaker))
		return;
	if (!ledger->current || ledger->current->seq != record->seq)
		ledger->current = request_new(ledger, record, delta->after);
	else if (ledger->current->how != LOCK_HOW_CALL && delta->start == ledger->current->addr + ledger->current->bytes)
		ledger->current->bytes += delta->end - delta->start;
	hold(ledger, ledger->current, delta->start, delta->end);
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
	    request->tid == same->record->tid && request->onfault == is_onfault(same->record) &&
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
	struct lock_request *request = request_new(ledger, record, NULL);
	struct range run = { 0, 0 };
	const struct vma *vma = space_next(space, range.start);

	for (; vma && vma->start < range.end; vma = space_next(space, vma->end)) {
		uint64_t start = max_u64(vma->start, range.start), end = min_u64(vma->end, range.end);

		if (!is_locked(vma) || vma->kind == KIND_SECRET)
			continue;
		if (run.end != start && run.end)
			hold(ledger, request, run.start, run.end);
		run.start = run.end == start && run.end ? run.start : start;
		run.end = end;
	}
	if (run.end)
		hold(ledger, request, run.start, run.end);
	if (!request->held)
		request_free(ledger, request);
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
	if (record->type != RECORD_CALL || has_failed(record))
		return;
	if (effect_of(record) == EFFECT_LOCK)
		settle_lock(ledger, record, space);
	else if (effect_of(record) == EFFECT_LOCKALL)
		settle_lockall(ledger, record, space);
	else if (effect_of(record) == EFFECT_UNLOCKALL)
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

const char *lock_how_name(enum lock_how how)
{
	static const char *const names[LOCK_HOW_COUNT] = {
		[LOCK_HOW_CALL] = "mlock",	  [LOCK_HOW_ALL] = "mlockall",	     [LOCK_HOW_FUTURE] = "MCL_FUTURE",
		[LOCK_HOW_MAP] = "MAP_LOCKED",	  [LOCK_HOW_SECRET] = "memfd_secret", [LOCK_HOW_OTHER] = "other",
		[LOCK_HOW_LISTED] = "snapshot",
	};

	return how < LOCK_HOW_COUNT ? names[how] : "?";
}

const char *lock_end_name(enum lock_end how)
{
	static const char *const names[LOCK_END_COUNT] = {
		[LOCK_END_UNLOCK] = "munlock",	   [LOCK_END_UNLOCKALL] = "munlockall", [LOCK_END_UNMAP] = "munmap",
		[LOCK_END_REPLACED] = "replaced",  [LOCK_END_REMAP] = "mremap",	        [LOCK_END_DETACH] = "shmdt",
		[LOCK_END_BREAK] = "brk",	   [LOCK_END_ONFAULT] = "onfault",      [LOCK_END_LISTED] = "snapshot",
		[LOCK_END_EXEC] = "exec",	   [LOCK_END_EXIT] = "exit",
	};

	return how < LOCK_END_COUNT ? names[how] : "?";
}
