/*
 * ledger_request.c - lock requests: what a record asks for, and which pages that holds.
 */
#include "ledger_state.h"

#include "range.h"
#include "state.h"

enum call_effect ledger_effect(const struct record *record)
{
	return call_table[record->call.call].effect;
}

bool ledger_is_call(const struct record *record, enum call_effect effect)
{
	return record->type == RECORD_CALL && ledger_effect(record) == effect;
}

bool ledger_failed(const struct record *record)
{
	return record->type == RECORD_CALL && (!(record->call.has & HAS_RET) || call_failed(&record->call));
}

bool ledger_is_onfault(const struct record *record)
{
	const struct record_call *call = &record->call;

	if (ledger_is_call(record, EFFECT_LOCKALL))
		return call->arg[0] & K_MCL_ONFAULT;
	return call->call == CALL_mlock2 && (call->arg[2] & K_MLOCK_ONFAULT);
}

static enum lock_how how_of(const struct ledger *ledger, const struct record *record, const struct vma *after)
{
	if (record->type != RECORD_CALL)
		return LOCK_HOW_LISTED;
	if (ledger_effect(record) == EFFECT_LOCK)
		return LOCK_HOW_CALL;
	if (ledger_effect(record) == EFFECT_LOCKALL)
		return LOCK_HOW_ALL;
	if (after && after->kind == KIND_SECRET)
		return LOCK_HOW_SECRET;
	if (ledger->future)
		return LOCK_HOW_FUTURE;
	return ledger_effect(record) == EFFECT_MAP ? LOCK_HOW_MAP : LOCK_HOW_OTHER;
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

struct lock_request *ledger_request_new(struct ledger *ledger, const struct record *record, const struct vma *after)
{
	struct lock_request *request = arena_take(&ledger->requests);

	*request = (struct lock_request){
		.seq = record->seq, .last_seq = record->seq, .t_ns = record->t_ns, .pid = record->pid,
		.tid = record->tid, .count = 1, .call = CALL_COUNT, .failed = ledger_failed(record),
		.how = how_of(ledger, record, after), .older = ledger->newest,
	};
	if (record->type == RECORD_CALL) {
		request->call = record->call.call;
		request->stack = record->call.stack;
	}
	request->because = request->how == LOCK_HOW_FUTURE ? ledger->future : 0;
	request->onfault = after ? after->lock == VMA_LOCKED_ONFAULT : ledger_is_onfault(record);
	set_asked(request, record, after);
	*(ledger->newest ? &ledger->newest->newer : &ledger->oldest) = request;
	ledger->newest = request;
	return request;
}

void ledger_request_free(struct ledger *ledger, struct lock_request *request)
{
	*(request->older ? &request->older->newer : &ledger->oldest) = request->newer;
	*(request->newer ? &request->newer->older : &ledger->newest) = request->older;
	if (ledger->current == request)
		ledger->current = NULL;
	arena_give(&ledger->requests, request);
}

void ledger_hold(struct ledger *ledger, struct lock_request *request, uint64_t start, uint64_t end)
{
	uint64_t pages = (end - start) / PAGE_BYTES;

	pieces_add(&ledger->pieces, start, end, request);
	request->held += pages;
	request->pages += pages;
}

/* ---- names ---- */

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
