/*
 * ledger_remap.c - mremap: requests go along with their pages, and hold what grows behind them.
 */
#include "ledger_state.h"

#include <stdlib.h>

#include "range.h"
#include "state.h"

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

	pieces_each(&ledger->pieces, start, end, ledger_copy_part, &copying);
	for (size_t i = 0; i < copying.count; i++)
		ledger_hold(ledger, copying.part[i].value, max_u64(copying.part[i].start, start) + distance,
		     min_u64(copying.part[i].end, end) + distance);
	free(copying.part);
}

/* Whoever holds the page at @last holds the pages that grow behind it. */
static void grow_holders(struct ledger *ledger, uint64_t last, uint64_t start, uint64_t end)
{
	struct copying copying = { 0 };

	pieces_each(&ledger->pieces, last, last + PAGE_BYTES, ledger_copy_part, &copying);
	for (size_t i = 0; i < copying.count; i++)
		ledger_hold(ledger, copying.part[i].value, start, end);
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

void ledger_remap(struct ledger *ledger, const struct record *record, const struct delta *delta)
{
	const struct move move = move_of(record);
	uint64_t moved_end = move.from + min_u64(move.old_end - move.from, move.new_end - move.to);
	bool is_destination = delta->start >= move.to && delta->start < move.new_end;

	if (delta->before && delta->before->lock) {
		uint64_t stays = !move.away || is_destination || delta->start < move.from ? delta->start :
				 max_u64(delta->start, min_u64(delta->end, moved_end));

		if (delta->start < stays)
			ledger_forget(ledger, record, delta->start, stays);
		if (stays < delta->end)
			ledger_end_all(ledger, record, stays, delta->end,
				       is_destination && move.away ? LOCK_END_REPLACED : LOCK_END_REMAP);
	}
	if (is_destination && delta->after && delta->after->lock)
		arrive(ledger, &move, delta->start, delta->end);
}
