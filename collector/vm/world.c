/*
 * world.c - the tree of processes, each with its address space.
 *
 * A child becomes known in two ways, by its own record and by the result of the parent's fork; whichever comes first
 * makes it, the other only confirms it.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "world_state.h"

struct world *world_new(void)
{
	struct world *world = alloc_zero(1, sizeof *world);

	strings_init(&world->commons.strings);
	world->slots = 64;
	world->newest = alloc_zero(world->slots, sizeof *world->newest);
	return world;
}

void world_free(struct world *world)
{
	if (!world)
		return;
	for (size_t i = 0; i < world->count; i++) {
		space_drop(world->member[i]->pub.space);
		free(world->member[i]);
	}
	free(world->leaving);
	strings_free(&world->commons.strings);
	identities_free(&world->commons.identities);
	table_clear(&world->commons.segment, free);
	free(world->member);
	free(world->newest);
	free(world);
}

/* ---- segments ---- */

const struct segment_lock *world_segment_lock(const struct world *world, const struct vma *vma)
{
	return vma->kind == KIND_SHM ? segments_find(&world->commons.segment, vma->ino) : NULL;
}

void world_segments(const struct world *world, segment_fn *fn, void *arg)
{
	segments_each(&world->commons.segment, fn, arg);
}

/* ---- what a process has ---- */

static void give_space(struct member *member, struct space *space, bool borrows)
{
	space_drop(member->pub.space);
	member->pub.space = space;
	member->pub.borrows = borrows;
}

static void set_exe(struct world *world, struct member *member, const char *exe)
{
	uint32_t id = strings_intern(&world->commons.strings, exe);

	if (id)
		member->pub.exe = strings_get(&world->commons.strings, id);
}

/* ---- records about processes ---- */

/* The fork record of a child whose fork has already returned to the parent is news of nothing. */
static void forked(struct world *world, const struct record *record)
{
	struct member *child = world_newest(world, record->pid);
	const struct member *parent = world_newest(world, record->process.ppid);

	if (child && !child->pub.exited && !child->told && child->pub.ppid == record->process.ppid) {
		child->told = true;
		return;
	}
	if (parent && parent != child)
		child = world_begin_child(world, parent, record->pid, record->seq, false);
	else
		child = world_begin(world, record->pid, record->process.ppid, record->seq, space_new(&world->commons));
	child->told = true;
}

/* A new program: in a process that goes on, or in one first seen after its exec. */
static void started(struct world *world, const struct record *record)
{
	const struct record_process *process = &record->process;
	struct member *member = world_newest(world, record->pid), *parent = world_newest(world, process->ppid), *before;
	bool reused = member && (member->pub.exited || (process->event == PROCESS_START && member->told &&
							!member->pub.borrows && process->ppid != member->pub.ppid));

	/* a posix_spawn child whose execve stands before its start: nobody has told yet whose it is */
	before = member && !member->told && !member->pub.borrows && parent ? parent : member;
	if (!member || reused) {
		member = world_begin(world, record->pid, process->ppid, record->seq,
			       parent ? space_exec(parent->pub.space) : space_new(&world->commons));
	} else {
		give_space(member, space_exec(before->pub.space), false);
	}
	member->told = true;
	if (process->ppid)
		member->pub.ppid = process->ppid;
	set_exe(world, member, process->exe);
	limits_learn(&member->pub.space->limits, process);
	/* set before recording began, or by somebody who is not recorded */
	if (process->mdwe)
		member->pub.space->mdwe = process->mdwe;
	member->pub.space->merge_any |= process->merge_any;
}

/* It began in the log that this one continues. */
static void carried(struct world *world, const struct record *record)
{
	const struct record_process *process = &record->process;
	const struct record_carried *known = process->carried;
	const struct member *parent = known->borrows ? world_newest(world, process->ppid) : NULL;
	struct space *space = parent ? space_use(parent->pub.space) : space_carried(&world->commons, process);
	struct member *member = world_begin(world, record->pid, process->ppid, record->seq, space);

	member->pub.borrows = parent;
	member->pub.exited = known->exited;
	member->told = known->told;
	member->returned = known->returned;
	set_exe(world, member, process->exe);
	for (size_t i = 0; i < known->segments; i++)
		segments_carry(&world->commons.segment, &known->segment[i], record->seq);
}

static void ended(struct world *world, int32_t pid)
{
	struct member *member = world_newest(world, pid);

	if (!member)
		return;
	member->pub.exited = true;
	world_ends(world, member);
}

static void process_record(struct world *world, const struct record *record)
{
	switch (record->process.event) {
	case PROCESS_FORK:
		forked(world, record);
		break;
	case PROCESS_START:
	case PROCESS_EXEC:
		if (record->process.carried)
			carried(world, record);
		else
			started(world, record);
		break;
	case PROCESS_EXIT:
		ended(world, record->pid);
		break;
	}
}

/* ---- calls ---- */

/* Return: whether @pid was the parent's child, which has left. */
static bool has_left(struct world *world, int32_t pid, const struct member *parent)
{
	int32_t ppid;

	return world_forget_unreturned(world, pid, &ppid) && (!ppid || ppid == parent->pub.pid);
}

/* fork, vfork or clone returned the child's pid to the parent. */
static enum apply_result child_returned(struct world *world, const struct member *parent, const struct record *record,
					bool borrows)
{
	int64_t ret = record->call.ret;
	struct member *child;

	if (!(record->call.has & HAS_RET) || ret <= 0 || ret > INT32_MAX || ret == parent->pub.pid)
		return APPLY_DONE;
	child = world_newest(world, (int32_t)ret);
	if (!child && has_left(world, (int32_t)ret, parent))
		return APPLY_DONE;
	if (!child || child->returned || (child->pub.ppid && child->pub.ppid != parent->pub.pid)) {
		child = world_begin_child(world, parent, (int32_t)ret, record->seq, borrows);
		child->returned = true;
		return APPLY_DONE;
	}
	child->returned = true;
	child->pub.ppid = parent->pub.pid;
	if (child->told)
		return APPLY_DONE;
	/* It made calls before anything told whose child it was. */
	give_space(child, borrows ? space_use(parent->pub.space) : space_fork(parent->pub.space, record->seq), borrows);
	child->pub.space->look_start = 0;
	child->pub.space->look_end = SPACE_END;
	return APPLY_LOOK;
}

static enum apply_result cloned(struct world *world, const struct member *parent, const struct record *record)
{
	uint64_t flags = record->call.arg[0];

	return flags & K_CLONE_THREAD ? APPLY_DONE : child_returned(world, parent, record, flags & K_CLONE_VM);
}

/* prlimit on another process that is known here; a thread stands for its process. */
static bool is_limit_of_other(const struct record *record, const struct member *member)
{
	uint64_t target = record->call.arg[0];

	return record->call.call == CALL_prlimit && target && target != (uint64_t)member->pub.pid &&
	       target != (uint64_t)record->tid;
}

static enum apply_result limit_of_other(struct world *world, const struct record *record, delta_fn *changed, void *arg)
{
	struct member *target = world_newest(world, (int32_t)record->call.arg[0]);

	return target ? space_apply(target->pub.space, record, changed, arg) : APPLY_DONE;
}

/* A removed segment ends with its last mapping; a shmid seen again after that is another segment's. */
static void renew_segment(struct world *world, uint64_t shmid)
{
	if (!segments_ending(&world->commons.segment, shmid))
		return;
	for (size_t i = 0; i < world->count; i++)
		if (!world->member[i]->pub.exited && space_maps_segment(world->member[i]->pub.space, shmid))
			return;
	segments_end(&world->commons.segment, shmid);
}

/* The place of thread @tid; if it has none, that of the oldest call. */
static struct looked *looked_place(struct member *member, int32_t tid)
{
	struct looked *oldest = &member->looked[0];

	for (int i = 0; i < LOOKED_MAX; i++) {
		struct looked *looked = &member->looked[i];

		if (looked->seq && looked->tid == tid)
			return looked;
		if (looked->seq < oldest->seq)
			oldest = looked;
	}
	return oldest;
}

/*
 * A mapping that MREMAP_DONTUNMAP leaves behind loses its lock as a whole, how far only the listing knows, and VmLck stays.
 * dontunmap_complete(), mm/mremap.c; since 6.16.
 */
static void remember_look(struct member *member, const struct record *record)
{
	const struct record_call *call = &record->call;

	*looked_place(member, record->tid) = (struct looked){
		.tid = record->tid,
		.seq = record->seq,
		.uncounted = call->call == CALL_mremap && !call_failed(call) && (call->arg[3] & K_MREMAP_DONTUNMAP),
	};
}

static enum apply_result call_record(struct world *world, struct member *member, const struct record *record,
				     delta_fn *changed, void *arg)
{
	if (record->call.call >= CALL_COUNT)
		return APPLY_DONE;
	if (record->call.has & HAS_LOOKED)
		remember_look(member, record);
	if (is_limit_of_other(record, member))
		return limit_of_other(world, record, changed, arg);
	switch (call_table[record->call.call].effect) {
	case EFFECT_FORK:
		return child_returned(world, member, record, false);
	case EFFECT_VFORK:
		return child_returned(world, member, record, true);
	case EFFECT_CLONE:
		return cloned(world, member, record);
	case EFFECT_EXIT:
		member->pub.exited = true;
		return APPLY_DONE;
	case EFFECT_SHMCTL:
		renew_segment(world, (uint32_t)record->call.arg[0]);
		segments_control(&world->commons.segment, record);
		return APPLY_DONE;
	case EFFECT_ATTACH:
		renew_segment(world, (uint32_t)record->call.arg[0]);
		return space_apply(member->pub.space, record, changed, arg);
	default:
		return space_apply(member->pub.space, record, changed, arg);
	}
}

/* Calls and snapshots of a pid that no record introduced. */
static struct member *introduce(struct world *world, const struct record *record)
{
	struct member *member = world_begin(world, record->pid, 0, record->seq, space_new(&world->commons));

	member->pub.space->look_end = SPACE_END;
	return member;
}

/*
 * The first of a program tells what it began with, one of a call what this call has done: it is the call that set what it
 * shows.  Others tell what escaped the records.
 */
static void take_snapshot(struct member *member, const struct record *record, delta_fn *changed, void *arg)
{
	const char *why = record->snapshot.why ? record->snapshot.why : "";
	const struct looked *looked = looked_place(member, record->tid);
	bool of_call = !strcmp(why, "call") && looked->seq && looked->tid == record->tid;
	uint64_t vmlck = space_vmlck(member->pub.space), seq = of_call ? looked->seq : record->seq;
	uint64_t pages = space_snapshot(member->pub.space, record, seq, changed, arg);

	if (of_call && looked->uncounted && !record->snapshot.has_vmlck)
		space_set_vmlck(member->pub.space, vmlck);
	if (!of_call && strcmp(why, "start") && strcmp(why, "exec"))
		member->pub.revealed += pages;
}

enum apply_result world_apply(struct world *world, const struct record *record, delta_fn *changed, void *arg)
{
	struct member *member;
	enum apply_result result = APPLY_DONE;

	world_leave(world);
	switch (record->type) {
	case RECORD_HEADER:
		world->commons.kernel = kernel_parse(record->header.kernel);
		world->commons.max_maps = record->header.max_map_count;
		return APPLY_DONE;
	case RECORD_PROCESS:
		process_record(world, record);
		return APPLY_DONE;
	case RECORD_SNAPSHOT:
	case RECORD_CALL:
		break;
	default:
		return APPLY_DONE;
	}
	member = world_newest(world, record->pid);
	if (!member) {
		member = introduce(world, record);
		result = record->type == RECORD_CALL ? APPLY_LOOK : APPLY_DONE;
	}
	if (record->type == RECORD_SNAPSHOT) {
		take_snapshot(member, record, changed, arg);
		return result;
	}
	if (call_record(world, member, record, changed, arg) == APPLY_LOOK)
		return APPLY_LOOK;
	return result;
}
