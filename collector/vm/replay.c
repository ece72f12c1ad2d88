#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "overlap.h"
#include "unsure.h"

struct replay {
	struct world *world;
	struct unsure *unsure;
	struct replay_finding *found;
	size_t count, room;
	uint64_t found_until_ns;	/* when the last of those found ended */
	struct latest latest;
	struct replay_counts counts;
	left_fn *left;		/* NULL: nobody asks */
	void *left_arg;
};

struct replay *replay_new(struct world *world)
{
	struct replay *replay = alloc_zero(1, sizeof(*replay));

	replay->world = world;
	replay->unsure = unsure_new(world);
	return replay;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	unsure_free(replay->unsure);
	free(replay->found);
	free(replay);
}

static void pass_on(void *arg, const struct process *process)
{
	const struct replay *replay = arg;

	unsure_left(replay->unsure, process);
	if (replay->left)
		replay->left(replay->left_arg, process);
}

void replay_let_leave(struct replay *replay, left_fn *left, void *arg)
{
	replay->left = left;
	replay->left_arg = arg;
	world_let_leave(replay->world, pass_on, replay);
}

/* ---- keeping and dropping ---- */

static void keep(struct replay *replay, const struct record *record, const struct impossible *found, uint64_t space)
{
	struct replay_finding *kept;

	if (replay->count == REPLAY_KEPT) {
		replay->counts.more++;
		return;
	}
	replay->found = alloc_room(replay->found, replay->count, &replay->room, sizeof(*replay->found));
	kept = &replay->found[replay->count++];
	*kept = (struct replay_finding){ .record = *record, .found = *found, .space = space };
	kept->record.call.has &= ~(unsigned)(HAS_IOV | HAS_RUNS);
	kept->record.call.iov_count = kept->record.call.run_count = 0;
	kept->record.call.iov = NULL;
	kept->record.call.run = NULL;
	kept->record.call.path = NULL;
	replay->found_until_ns = max_u64(replay->found_until_ns, record_end_ns(record));
}

/* What turned out not to have been certain. */
struct doubtful {
	uint64_t space;			/* 0: any */
	uint64_t start, end;		/* pages */
	uint64_t first, last;		/* seqs of the calls */
	uint64_t also;			/* and of one more */
};

static bool is_doubtful(const struct replay *replay, const struct replay_finding *kept, const void *arg)
{
	const struct impossible *found = &kept->found;
	const struct doubtful *about = arg;
	uint64_t seq = kept->record.seq;

	(void)replay;
	if (found->basis == BASIS_ARGUMENTS || (about->space && kept->space != about->space))
		return false;
	if (seq == about->also)
		return true;
	if (seq < about->first || seq > about->last)
		return false;
	return found->basis == BASIS_SPACE || ranges_overlap(found->pages.start, found->pages.end, about->start, about->end);
}

/* Is what was found not certain after all, by what is known of @arg? */
typedef bool doubted_fn(const struct replay *replay, const struct replay_finding *kept, const void *arg);

static void drop(struct replay *replay, doubted_fn *doubted, const void *arg)
{
	size_t left = 0;

	for (size_t i = 0; i < replay->count; i++)
		if (!doubted(replay, &replay->found[i], arg))
			replay->found[left++] = replay->found[i];
	replay->counts.open += replay->count - left;
	replay->count = left;
}

static uint64_t space_of(const struct replay *replay, int32_t pid)
{
	const struct process *process = pid > 0 ? world_process(replay->world, pid) : NULL;

	return process && process->space ? space_id(process->space) : UINT64_MAX;
}

/* The order of the two, and of what came between, may have been another. */
static void drop_raced(struct replay *replay, const struct record *record)
{
	const struct record_note *note = &record->note;
	struct doubtful about = { .space = space_of(replay, record->pid), .start = note->start, .end = note->end,
				  .first = note->seqs[0], .last = UINT64_MAX, .also = note->seqs[1] };

	if (!note->what || strcmp(note->what, "race"))
		return;
	drop(replay, is_doubtful, &about);
	about.space = space_of(replay, note->child);
	if (note->child > 0)
		drop(replay, is_doubtful, &about);
}

/* A call that ended later than one of those found, and may have taken effect before. */
struct overlapping {
	uint64_t space, begin_ns;
	struct reach reach;
};

static bool is_overlapped(const struct replay *replay, const struct replay_finding *kept, const void *arg)
{
	const struct overlapping *call = arg;

	(void)replay;
	return kept->space == call->space && call->begin_ns < record_end_ns(&kept->record) &&
	       overlap_bears_on(&call->reach, &kept->found);
}

static void drop_overlapped(struct replay *replay, const struct record *record, uint64_t space)
{
	const struct overlapping call = { space, record->t_ns, overlap_reach(record) };

	if (record->t_ns < replay->found_until_ns)
		drop(replay, is_overlapped, &call);
}

/* The process looked for itself at what its thread's last call had done. */
static bool looked_after(const struct replay_finding *kept, const struct record *record)
{
	return (kept->record.call.has & HAS_LOOKED) && kept->record.tid == record->tid;
}

/* Does a look show that there was doubt about what was found, of which no other record has told? */
static bool looked_in_doubt(const struct replay *replay, const struct replay_finding *kept, const struct record *record)
{
	const struct process *process = world_process(replay->world, record->pid);
	const struct record_snapshot *shown = &record->snapshot;
	uint64_t start = shown->from, end = shown->to;

	if (kept->found.basis == BASIS_ARGUMENTS)
		return false;
	if (kept->found.basis == BASIS_PAGES) {
		start = max_u64(start, kept->found.pages.start);
		end = min_u64(end, kept->found.pages.end);
	}
	return start < end && (looked_after(kept, record) || !unsure_expects(replay->unsure, process, start, end));
}

static bool is_call_look(const struct record *record)
{
	return record->snapshot.why && !strcmp(record->snapshot.why, "call");
}

/* A call's own snapshot is about that call. */
static bool is_looked_at(const struct replay *replay, const struct replay_finding *kept, const void *arg)
{
	const struct record *record = arg;

	return kept->space == space_of(replay, record->pid) && (!is_call_look(record) || looked_after(kept, record)) &&
	       looked_in_doubt(replay, kept, record);
}

/* The first listing of a program is about nothing that was in doubt. */
static void drop_looked(struct replay *replay, const struct record *record)
{
	const char *why = record->snapshot.why ? record->snapshot.why : "";

	if (strcmp(why, "start") && strcmp(why, "exec"))
		drop(replay, is_looked_at, record);
}

/* ---- records ---- */

static bool is_certain(const struct replay *replay, const struct process *process, const struct impossible *found)
{
	switch (found->basis) {
	case BASIS_ARGUMENTS:
		return true;
	case BASIS_PAGES:
		return !unsure_pages(replay->unsure, process, found->pages.start, found->pages.end);
	default:
		return !unsure_space(replay->unsure, process);
	}
}

/* Return: whether it was certain, and a finding. */
static bool ask(struct replay *replay, const struct record *record, const struct process *process)
{
	struct impossible found;

	if (!(record->call.has & HAS_RET) || process->exited)
		return false;
	replay->counts.judged++;
	if (!possible_ask(process->space, record, &found))
		return false;
	if (!is_certain(replay, process, &found) ||
	    overlap_latest(&replay->latest, record, space_id(process->space), &found)) {
		replay->counts.open++;
		return false;
	}
	keep(replay, record, &found, space_id(process->space));
	return true;
}

/* Return: whether it is a finding. */
static bool judge(struct replay *replay, const struct record *record)
{
	const struct process *process = world_process(replay->world, record->pid);
	bool impossible;

	replay->counts.calls++;
	if (!process || !process->space)
		return false;
	if (replay->count)
		drop_overlapped(replay, record, space_id(process->space));
	impossible = ask(replay, record, process);
	overlap_remember(&replay->latest, record, space_id(process->space));
	return impossible;
}

void replay_apply(struct replay *replay, const struct record *record)
{
	bool impossible = record->type == RECORD_CALL && judge(replay, record);
	enum apply_result result;

	result = world_apply(replay->world, record, NULL, NULL);
	if (replay->count && record->type == RECORD_NOTE)
		drop_raced(replay, record);
	else if (replay->count && record->type == RECORD_SNAPSHOT)
		drop_looked(replay, record);
	/* What an impossible result leaves open would hide all that come after it; the model goes on as if it were true. */
	unsure_apply(replay->unsure, record, impossible ? APPLY_DONE : result);
}

void replay_end(struct replay *replay)
{
	const struct doubtful all = { .end = UINT64_MAX, .last = UINT64_MAX };

	if (unsure_throughout(replay->unsure))
		drop(replay, is_doubtful, &all);
}

const struct replay_finding *replay_found(const struct replay *replay, size_t *count)
{
	*count = replay->count;
	return replay->found;
}

struct replay_counts replay_counts(const struct replay *replay)
{
	return replay->counts;
}
