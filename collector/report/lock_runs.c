/*
 * lock_runs.c - which pages are locked now, in runs of pages that the same requests hold.
 */
#include <stdlib.h>

#include "../util/alloc.h"
#include "lockbook.h"

struct gather {
	const struct locks *locks;
	struct lock_run *run;
};

struct edges {
	uint64_t *at;
	size_t count, room;
};

static bool add_edges(void *arg, const struct piece *piece)
{
	struct edges *edges = arg;

	if (edges->count + 2 > edges->room) {
		edges->room = edges->room ? 2 * edges->room : 64;
		edges->at = alloc_resize(edges->at, edges->room, sizeof(*edges->at));
	}
	edges->at[edges->count++] = piece->start;
	edges->at[edges->count++] = piece->end;
	return true;
}

static int ascending(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool add_holder(void *arg, const struct piece *piece)
{
	const struct gather *gather = arg;
	struct lock_run *run = gather->run;
	const struct lock_request *request = piece->value;
	size_t at = run->holders;

	if (!request_call(gather->locks->audit, request).wanted)
		return true;
	run->holder = alloc_resize(run->holder, run->holders + 1, sizeof(*run->holder));
	for (; at && run->holder[at - 1]->seq > request->seq; at--)
		run->holder[at] = run->holder[at - 1];
	run->holder[at] = request;
	run->holders++;
	return true;
}

static bool same_holders(const struct lock_run *a, const struct lock_run *b)
{
	if (a->holders != b->holders)
		return false;
	for (size_t i = 0; i < a->holders; i++)
		if (a->holder[i] != b->holder[i])
			return false;
	return true;
}

static void add_run(struct lock_runs *runs, struct lock_run *run)
{
	struct lock_run *last = runs->count ? &runs->run[runs->count - 1] : NULL;

	if (!run->holders || (last && last->end == run->start && same_holders(last, run))) {
		if (run->holders)
			last->end = run->end;
		free(run->holder);
		return;
	}
	runs->run = alloc_room(runs->run, runs->count, &runs->room, sizeof(*runs->run));
	runs->run[runs->count++] = *run;
}

static const struct ledger *ledger_of(const struct locks *locks, const struct lock_process *mine)
{
	const struct process *process = world_process(locks->world, mine->pid);

	/* What the pid is now may be another program. */
	if (!process || table_find(&locks->index, space_id(process->space)) != mine)
		return NULL;
	return audit_ledger(locks->audit, process);
}

struct lock_runs lock_runs_of(const struct locks *locks, const struct lock_process *process)
{
	const struct ledger *ledger = ledger_of(locks, process);
	struct lock_runs runs = { 0 };
	struct edges edges = { 0 };

	if (!ledger)
		return runs;
	ledger_each(ledger, 0, UINT64_MAX, add_edges, &edges);
	if (edges.count)
		qsort(edges.at, edges.count, sizeof(*edges.at), ascending);
	for (size_t i = 1; i < edges.count; i++) {
		struct lock_run run = { .start = edges.at[i - 1], .end = edges.at[i] };
		struct gather gather = { locks, &run };

		if (run.start == run.end)
			continue;
		ledger_each(ledger, run.start, run.end, add_holder, &gather);
		add_run(&runs, &run);
	}
	free(edges.at);
	return runs;
}

bool lock_process_is_shown(const struct locks *locks, const struct lock_process *process)
{
	int32_t pid = locks->asked.filter->pid;
	struct lock_runs runs;
	bool holds;

	if (!process->present || (pid && pid != process->pid))
		return false;
	if (process->ended || !filter_is_set(locks->asked.filter))
		return true;
	runs = lock_runs_of(locks, process);
	holds = runs.count > 0;
	lock_runs_free(&runs);
	return holds;
}

void lock_runs_free(struct lock_runs *runs)
{
	for (size_t i = 0; i < runs->count; i++)
		free(runs->run[i].holder);
	free(runs->run);
	*runs = (struct lock_runs){ 0 };
}
