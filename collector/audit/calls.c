/*
 * calls.c - questions about a call that many rules ask.
 */
#include "core.h"

bool call_worked(const struct record *record)
{
	return record->type == RECORD_CALL && (record->call.has & HAS_RET) && !call_error(record);
}

int call_error(const struct record *record)
{
	const struct record_call *call = &record->call;

	if (record->type != RECORD_CALL || !(call->has & HAS_RET))
		return 0;
	if (call_table[call->call].result == CLASS_ERRNO)
		return call->err ? call->err : (int)call->ret;
	return call->ret == -1 ? call->err : 0;
}

/* Rewritten sites lie in libc and ld.so only (preload/sites.c): a call of the program's goes through a symbol. */
bool call_is_librarys(const struct record *record)
{
	return record->type == RECORD_CALL && record->call.via == VIA_SITE;
}

bool call_pages(const struct record *record, struct range *range)
{
	if (record->type != RECORD_CALL)
		return false;
	switch (call_table[record->call.call].effect) {
	case EFFECT_LOCK:
	case EFFECT_UNLOCK:
		return range_covering(record->call.arg[0], record->call.arg[1], range) == RANGE_PAGES;
	case EFFECT_UNMAP:
	case EFFECT_PROTECT:
	case EFFECT_SEAL:
	case EFFECT_ADVISE:
	case EFFECT_SYNC:
	case EFFECT_RESIDENCY:
		return range_aligned(record->call.arg[0], record->call.arg[1], range) == RANGE_PAGES;
	default:
		return false;
	}
}

bool request_is_neighbours(const struct audit *audit, const struct record *record, const struct lock_request *request)
{
	const struct record_call *call = &record->call;

	return request->how == LOCK_HOW_CALL && request->last_seq != record->seq && !request->failed &&
	       !ranges_overlap(call->arg[0], call->arg[0] + call->arg[1], request->addr, request->addr + request->bytes) &&
	       site_of(audit, call->stack) != site_of(audit, request->stack);
}
