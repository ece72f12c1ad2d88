/*
 * origins.c - the calls behind the facts: which record a VMA's or a request's seq was.
 *
 * Every call that changed something is appended; seqs ascend, so finding is a binary search.  When the array is full,
 * what no page and no request of a living process names any more is left out: memory is bounded by what is alive.
 */
#include <stdlib.h>

#include "../util/alloc.h"
#include "core.h"

/* A sweep sorts what is alive: of few mappings not after every few calls. */
#define CALLS_MIN 3072

struct seqs {
	uint64_t *seq;
	size_t count, room;
};

static void want(struct seqs *seqs, uint64_t seq)
{
	if (!seq || (seqs->count && seqs->seq[seqs->count - 1] == seq))
		return;
	seqs->seq = alloc_room(seqs->seq, seqs->count, &seqs->room, sizeof(*seqs->seq));
	seqs->seq[seqs->count++] = seq;
}

static void want_space(struct seqs *seqs, const struct space *space)
{
	const struct vma *vma = space_next(space, 0);

	for (; vma; vma = space_next(space, vma->end)) {
		want(seqs, vma->by.map);
		want(seqs, vma->by.prot);
		want(seqs, vma->by.lock);
		want(seqs, vma->by.advice);
	}
}

static void want_requests(struct seqs *seqs, const struct ledger *ledger)
{
	const struct lock_request *request = ledger ? ledger_requests(ledger) : NULL;

	for (; request; request = request->newer) {
		want(seqs, request->because);
		want(seqs, request->seq);
		want(seqs, request->last_seq);
	}
}

static int ascending(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void collect(struct audit *audit, struct seqs *seqs)
{
	const struct process *process;
	const struct place *place;

	for (size_t i = 0; (process = world_each(audit->world, i)); i++) {
		if (process->exited || !process->space)
			continue;
		want_space(seqs, process->space);
		place = table_find(&audit->places, space_id(process->space));
		want_requests(seqs, place ? place->ledger : NULL);
	}
	if (seqs->count)
		qsort(seqs->seq, seqs->count, sizeof(*seqs->seq), ascending);
}

static void sweep(struct audit *audit)
{
	struct origins *origins = &audit->origins;
	struct seqs alive = { 0 };
	size_t kept = 0, at = 0;

	collect(audit, &alive);
	for (size_t i = 0; i < origins->count; i++) {
		while (at < alive.count && alive.seq[at] < origins->call[i].seq)
			at++;
		if (at < alive.count && alive.seq[at] == origins->call[i].seq)
			origins->call[kept++] = origins->call[i];
	}
	origins->count = kept;
	/* Room for as many as were looked at, so that a call pays for a share of the next sweep that does not grow. */
	if (origins->room < 2 * kept + alive.count + CALLS_MIN) {
		origins->room = 2 * kept + alive.count + CALLS_MIN;
		origins->call = alloc_resize(origins->call, origins->room, sizeof(*origins->call));
	}
	free(alive.seq);
}

static struct audit_call call_of(const struct audit *audit, const struct record *record)
{
	bool call = record->type == RECORD_CALL;

	return (struct audit_call){
		.seq = record->seq, .t_ns = record->t_ns, .pid = record->pid, .tid = record->tid,
		.stack = call ? record->call.stack : 0, .call = call ? record->call.call : CALL_COUNT,
		.wanted = !audit->wanted || audit->wanted(audit->wanted_arg, record),
	};
}

void origins_add(struct audit *audit, const struct record *record)
{
	struct origins *origins = &audit->origins;

	if (origins->count == origins->room)
		sweep(audit);
	origins->call[origins->count++] = call_of(audit, record);
}

void origins_drop_last(struct origins *origins, uint64_t seq)
{
	if (origins->count && origins->call[origins->count - 1].seq == seq)
		origins->count--;
}

const struct audit_call *origin_call(const struct audit *audit, uint64_t seq)
{
	size_t low = 0, high = audit->origins.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (audit->origins.call[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low < audit->origins.count && audit->origins.call[low].seq == seq ? &audit->origins.call[low] : NULL;
}

struct audit_call event_call(const struct audit *audit, const struct audit_event *event)
{
	return event->record ? call_of(audit, event->record) : (struct audit_call){ .call = CALL_COUNT };
}

struct audit_call request_call(const struct audit *audit, const struct lock_request *request)
{
	const struct audit_call *known = origin_call(audit, request->seq);

	return (struct audit_call){
		.seq = request->seq, .t_ns = request->t_ns, .pid = request->pid, .tid = request->tid,
		.stack = request->stack, .call = request->call, .wanted = known ? known->wanted : !audit->wanted,
	};
}
