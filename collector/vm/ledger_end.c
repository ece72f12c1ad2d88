/*
 * ledger_end.c - how pages stop being held: told to whoever wants to know, but where their requests go on elsewhere.
 */
#include "ledger_state.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "range.h"

bool ledger_copy_part(void *arg, const struct piece *piece)
{
	struct copying *copying = arg;

	copying->part = alloc_room(copying->part, copying->count, &copying->room, sizeof(*copying->part));
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
		ledger_copy_part(ending->spared, part);
		return;
	}
	if (ending->silent) {
		request->moved = true;
		request->pages -= (part->end - part->start) / PAGE_BYTES;
	} else if (ending->ledger->ended) {
		ending->ledger->ended(ending->ledger->arg, &release);
	}
	if (!request->held)
		ledger_request_free(ending->ledger, request);
}

void ledger_end_all(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end,
		    enum lock_end how)
{
	struct ending ending = { ledger, record, how, false, NULL };

	pieces_cut(&ledger->pieces, start, end, end_part, &ending);
}

void ledger_forget(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end)
{
	struct ending ending = { ledger, record, LOCK_END_REMAP, true, NULL };

	pieces_cut(&ledger->pieces, start, end, end_part, &ending);
}

void ledger_end_full(struct ledger *ledger, const struct record *record, uint64_t start, uint64_t end)
{
	struct copying spared = { 0 };
	struct ending ending = { ledger, record, LOCK_END_ONFAULT, false, &spared };

	pieces_cut(&ledger->pieces, start, end, end_part, &ending);
	for (size_t i = 0; i < spared.count; i++)
		ledger_hold(ledger, spared.part[i].value, spared.part[i].start, spared.part[i].end);
	free(spared.part);
}
