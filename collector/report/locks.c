/* locks.c - gather what happens to lock requests while the records are applied. */
#include <stdlib.h>

#include "../util/alloc.h"
#include "../vm/range.h"
#include "../vm/sharing.h"
#include "../vm/uapi.h"
#include "lockbook.h"

static bool is_wanted(const struct locks *locks, const struct record *record)
{
	if (!locks->asked.filtered)
		return true;
	if (record->type != RECORD_CALL)
		return filter_event(locks->asked.filter, record);
	return filter_call(locks->asked.filter, record, locks->asked.survey->page_bytes, locks->asked.symbols);
}

static bool audit_wants(void *arg, const struct record *record)
{
	return is_wanted(arg, record);
}

/* ---- processes ---- */

/* A process that becomes another program is told as two. */
static struct lock_process *process_of(struct locks *locks, const struct process *process)
{
	struct lock_process *mine = table_find(&locks->index, space_id(process->space));

	if (mine)
		return mine;
	mine = alloc_zero(1, sizeof(*mine));
	mine->pid = process->pid;
	mine->exe = process->exe;
	mine->first_seq = process->first_seq;
	mine->ended_end = &mine->ended;
	locks->process = alloc_room(locks->process, locks->processes, &locks->room, sizeof(*locks->process));
	locks->process[locks->processes++] = mine;
	table_add(&locks->index, space_id(process->space), mine);
	return mine;
}

static void measure(struct locks *locks, const struct record *record)
{
	const struct process *process = record->pid ? world_process(locks->world, record->pid) : NULL;
	uint64_t bytes, all = locks->asked.survey->last_ns + 1;
	size_t moment = (size_t)((double)record->t_ns / (double)all * LOCKS_MOMENTS);
	struct lock_process *mine;

	if (!process || !process->space || process->borrows || !record->seq)
		return;
	bytes = process->exited ? 0 : space_totals(process->space).vmlck;
	mine = table_find(&locks->index, space_id(process->space));
	if (!mine && !bytes)
		return;
	mine = process_of(locks, process);
	mine->present = true;
	mine->now = bytes;
	if (moment < LOCKS_MOMENTS)
		mine->over_time[moment] = max_u64(mine->over_time[moment], max_u64(bytes, 1));
	if (record->type == RECORD_CALL && (record->call.has & HAS_LIMIT))
		mine->limits.cap_ipc_lock = record->call.cap_ipc_lock;
	if (bytes <= mine->peak)
		return;
	mine->peak = bytes;
	mine->peak_seq = record->seq;
	mine->peak_ns = record->t_ns;
	mine->limits = *space_limits(process->space);
}

static void forked(void *arg, const struct process *parent, const struct process *child, const struct record *record)
{
	struct locks *locks = arg;
	uint64_t pages = space_totals(parent->space).locked / PAGE_BYTES;
	struct lock_process *mine = pages ? process_of(locks, parent) : NULL;

	if (!mine)
		return;
	if (mine->forks < LOCKS_FORKS)
		mine->forked[mine->forks] = (struct lock_forked){ child->pid, record->seq, pages };
	mine->forks++;
}

/* ---- what ends ---- */

static uint64_t mix(uint64_t hash, uint64_t number)
{
	return ((hash ^ number) * 0x9e3779b97f4a7c15) ^ (hash >> 29);
}

static void note_elsewhere(void *arg, const struct holding *holding)
{
	struct lock_elsewhere *elsewhere = arg;

	if (!elsewhere->pid)
		*elsewhere = (struct lock_elsewhere){ holding->process->pid, holding->start, holding->set_by };
}

/* Asked for the first of equal ends only: the answer is a walk over all address spaces. */
static struct lock_elsewhere held_elsewhere(const struct locks *locks, const struct lock_pending *pending)
{
	struct lock_elsewhere elsewhere = { 0 };
	struct sharing *sharing;

	if (pending->shared.start == pending->shared.end)
		return elsewhere;
	sharing = sharing_new(locks->world, NULL, &pending->shared);
	sharing_each(sharing, pending->process, &pending->shared, note_elsewhere, &elsewhere);
	sharing_free(sharing);
	return elsewhere;
}

static struct lock_ended *add_ended(const struct locks *locks, struct lock_process *mine,
				    const struct lock_pending *pending)
{
	struct lock_ended *ended = alloc_zero(1, sizeof(*ended));

	*ended = pending->ended;
	ended->elsewhere = held_elsewhere(locks, pending);
	*mine->ended_end = ended;
	mine->ended_end = &ended->next;
	mine->present = true;
	return ended;
}

static void settle_one(struct locks *locks, const struct lock_pending *pending)
{
	const struct lock_ended *ended = &pending->ended;
	struct lock_process *mine = pending->mine;
	struct lock_ended *known;
	uint64_t key;

	key = mix(mix(site_of(locks->audit, ended->asked.stack), site_of(locks->audit, ended->end.stack)), ended->how);
	key = mix(mix(key, ended->pages), ended->bytes);
	known = table_find(&mine->ended_index, key);
	if (!known) {
		known = add_ended(locks, mine, pending);
		table_add(&mine->ended_index, key, known);
	}
	known->count++;
	known->last_seq = ended->end.seq;
	known->longest_ns = max_u64(known->longest_ns, ended->end.t_ns - min_u64(ended->asked.t_ns, ended->end.t_ns));
}

static void settle_pending(struct locks *locks)
{
	for (size_t i = 0; i < locks->pendings; i++)
		settle_one(locks, &locks->pending[i]);
	locks->pendings = 0;
}

/* What the space says while a run is being changed is what was.  A lock that only changed its mode goes on. */
static struct vma shared_part(const struct process *process, const struct lock_release *release)
{
	const struct vma *vma = space_find(process->space, release->start);

	if (!vma || !vma->shared || release->how == LOCK_END_ONFAULT)
		return (struct vma){ .start = 0 };
	return vma_clip(vma, release->start, min_u64(release->end, vma->end));
}

static const char *name_of(const struct record *record)
{
	static const char *const events[] = { "start", "fork", "exec", "exit" };

	if (record->type == RECORD_CALL)
		return call_table[record->call.call].name;
	return record->type == RECORD_PROCESS ? events[record->process.event] : "snapshot";
}

static const char *asked_with(const struct lock_request *request)
{
	return request->call < CALL_COUNT ? call_table[request->call].name : "snapshot";
}

static struct lock_pending begin_pending(struct locks *locks, const struct process *process,
					 const struct lock_release *release)
{
	const struct lock_request *request = release->request;
	const struct record *record = release->record;

	return (struct lock_pending){
		.process = process, .mine = process_of(locks, process), .request = request->seq,
		.shared = shared_part(process, release),
		.ended = {
			.asked = { request->seq, request->t_ns, asked_with(request), request->stack },
			.end = { record->seq, record->t_ns, name_of(record),
				 record->type == RECORD_CALL ? record->call.stack : 0 },
			.how = release->how, .start = release->start, .bytes = request->bytes,
		},
	};
}

static struct lock_pending *find_pending(struct locks *locks, const struct process *process,
					 const struct lock_release *release)
{
	for (size_t i = 0; i < locks->pendings; i++)
		if (locks->pending[i].request == release->request->seq)
			return &locks->pending[i];
	if (locks->pendings == LOCKS_PENDING)
		settle_pending(locks);
	locks->pending[locks->pendings] = begin_pending(locks, process, release);
	return &locks->pending[locks->pendings++];
}

static void released(void *arg, const struct process *process, const struct lock_release *release)
{
	struct locks *locks = arg;
	struct lock_pending *pending;

	if (!request_call(locks->audit, release->request).wanted && !is_wanted(locks, release->record))
		return;
	pending = find_pending(locks, process, release);
	pending->ended.start = min_u64(pending->ended.start, release->start);
	pending->ended.pages += (release->end - release->start) / PAGE_BYTES;
}

/* ---- segments ---- */

static struct lock_segment *open_segment(struct locks *locks, uint64_t shmid)
{
	for (size_t i = locks->segments; i-- > 0;)
		if (locks->segment[i].shmid == shmid && !locks->segment[i].end.seq)
			return &locks->segment[i];
	return NULL;
}

static uint64_t segment_bytes(const struct locks *locks, uint64_t shmid)
{
	const struct process *process;
	const struct vma *vma;

	for (size_t i = 0; (process = world_each(locks->world, i)); i++)
		for (vma = space_next(process->space, 0); vma; vma = space_next(process->space, vma->end))
			if (vma->kind == KIND_SHM && vma->ino == shmid)
				return vma->offset + vma->end - vma->start;
	return 0;
}

static void lock_segment(struct locks *locks, const struct record *record, uint64_t shmid)
{
	struct lock_segment segment = {
		.shmid = shmid, .bytes = segment_bytes(locks, shmid), .pid = record->pid,
		.asked = { record->seq, record->t_ns, "shmctl", record->call.stack },
	};

	if (open_segment(locks, shmid))
		return;
	locks->segment = alloc_resize(locks->segment, locks->segments + 1, sizeof(*locks->segment));
	locks->segment[locks->segments++] = segment;
}

static void note_segment(struct locks *locks, const struct record *record)
{
	uint64_t shmid = (uint32_t)record->call.arg[0];
	struct lock_segment *open = open_segment(locks, shmid);

	if (record->type != RECORD_CALL || record->call.call != CALL_shmctl || !(record->call.has & HAS_RET) ||
	    record->call.ret == -1 || !is_wanted(locks, record))
		return;
	if (record->call.arg[1] == K_SHM_LOCK)
		lock_segment(locks, record, shmid);
	else if (record->call.arg[1] == K_SHM_UNLOCK && open)
		open->end = (struct lock_side){ record->seq, record->t_ns, "shmctl", record->call.stack };
}

/* ---- the report ---- */

struct locks *locks_new(const struct locks_asked *asked)
{
	struct locks *locks = alloc_zero(1, sizeof(*locks));
	const struct audit_watch watch = { released, forked, locks };

	locks->asked = *asked;
	locks->world = world_new();
	locks->audit = audit_new(locks->world, asked->filtered ? audit_wants : NULL, locks);
	audit_watch_locks(locks->audit, &watch);
	return locks;
}

void locks_add(struct locks *locks, const struct record *record)
{
	if (record->type == RECORD_CALL)
		note_segment(locks, record);
	audit_apply(locks->audit, record);
	settle_pending(locks);
	measure(locks, record);
}

static void free_process(struct lock_process *process)
{
	struct lock_ended *ended;

	while ((ended = process->ended)) {
		process->ended = ended->next;
		free(ended);
	}
	table_clear(&process->ended_index, NULL);
	free(process);
}

void locks_free(struct locks *locks)
{
	if (!locks)
		return;
	for (size_t i = 0; i < locks->processes; i++)
		free_process(locks->process[i]);
	table_clear(&locks->index, NULL);
	audit_free(locks->audit);
	world_free(locks->world);
	free(locks->process);
	free(locks->segment);
	free(locks);
}
