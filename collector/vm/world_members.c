/*
 * world_members.c - processes are found by their pids, begin and leave.
 */
#include "world_state.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

static size_t slot_of(const struct world *world, int32_t pid)
{
	return (uint32_t)pid * UINT32_C(2654435769) & (world->slots - 1);
}

struct member *world_newest(const struct world *world, int32_t pid)
{
	struct member *member = world->newest[slot_of(world, pid)];

	while (member && member->pub.pid != pid)
		member = member->older;
	return member;
}

static void index_add(struct world *world, struct member *member)
{
	struct member **slot = &world->newest[slot_of(world, member->pub.pid)];

	member->older = *slot;
	*slot = member;
}

static void index_remove(struct world *world, const struct member *member)
{
	struct member **link = &world->newest[slot_of(world, member->pub.pid)];

	while (*link != member)
		link = &(*link)->older;
	*link = member->older;
}

static void index_grow(struct world *world)
{
	free(world->newest);
	world->slots *= 2;
	world->newest = alloc_zero(world->slots, sizeof *world->newest);
	for (size_t i = 0; i < world->count; i++)
		index_add(world, world->member[i]);
}

const struct process *world_process(const struct world *world, int32_t pid)
{
	const struct member *member = pid || !world->count ? world_newest(world, pid) : world->member[0];

	return member ? &member->pub : NULL;
}

const struct process *world_each(const struct world *world, size_t index)
{
	return index < world->count ? &world->member[index]->pub : NULL;
}

bool world_told(const struct process *process)
{
	return ((const struct member *)process)->told;
}

bool world_returned(const struct process *process)
{
	return ((const struct member *)process)->returned;
}

struct member *world_begin(struct world *world, int32_t pid, int32_t ppid, uint64_t seq, struct space *space)
{
	struct member *member = alloc_zero(1, sizeof *member), *before = world_newest(world, pid);
	int32_t ignored;

	if (before) {
		before->pub.exited = true;
		world_ends(world, before);
	}
	world_forget_unreturned(world, pid, &ignored);
	member->pub = (struct process){ .pid = pid, .ppid = ppid, .first_seq = seq, .space = space };
	world->member = alloc_room(world->member, world->count, &world->room, sizeof(struct member *));
	world->member[world->count++] = member;
	if (world->count > world->slots)
		index_grow(world);
	else
		index_add(world, member);
	return member;
}

struct member *world_begin_child(struct world *world, const struct member *parent, int32_t pid, uint64_t seq,
				 bool borrows)
{
	struct space *space = borrows ? space_use(parent->pub.space) : space_fork(parent->pub.space, seq);
	struct member *child = world_begin(world, pid, parent->pub.pid, seq, space);

	child->pub.borrows = borrows;
	child->pub.exe = parent->pub.exe;
	return child;
}

/* ---- leaving ---- */

void world_let_leave(struct world *world, left_fn *left, void *arg)
{
	world->leaves = true;
	world->left = left;
	world->left_arg = arg;
}

void world_ends(struct world *world, struct member *member)
{
	if (!world->leaves || member->leaving)
		return;
	world->leaving = alloc_room(world->leaving, world->leavers, &world->leave_room, sizeof(struct member *));
	world->leaving[world->leavers++] = member;
	member->leaving = true;
}

bool world_forget_unreturned(struct world *world, int32_t pid, int32_t *ppid)
{
	for (size_t i = 0; i < UNRETURNED; i++) {
		struct unreturned *child = &world->unreturned[i];

		if (child->pid != pid)
			continue;
		*ppid = child->ppid;
		*child = (struct unreturned){ 0 };
		return true;
	}
	return false;
}

/* In order of appearance, so that what ended long ago is near the beginning. */
static void take_out(struct world *world, const struct member *member)
{
	size_t at = 0;

	while (world->member[at] != member)
		at++;
	memmove(&world->member[at], &world->member[at + 1], (--world->count - at) * sizeof(struct member *));
	index_remove(world, member);
}

static void leave(struct world *world, struct member *member)
{
	if (world->left)
		world->left(world->left_arg, &member->pub);
	take_out(world, member);
	if (member->told && !member->returned && !world_newest(world, member->pub.pid))
		world->unreturned[world->next_unreturned++ % UNRETURNED] =
			(struct unreturned){ member->pub.pid, member->pub.ppid };
	space_drop(member->pub.space);
	free(member);
}

void world_leave(struct world *world)
{
	size_t count = world->leavers > ENDED_KEPT ? world->leavers - ENDED_KEPT : 0;

	if (!count)
		return;
	for (size_t i = 0; i < count; i++)
		leave(world, world->leaving[i]);
	world->leavers -= count;
	memmove(world->leaving, world->leaving + count, world->leavers * sizeof(struct member *));
}
