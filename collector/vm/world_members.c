/*
 * world_members.c - processes are found by their pids, and begin.
 */
#include "world_state.h"

#include <stdlib.h>

#include "../util/alloc.h"

static size_t slot_of(const struct world *world, int32_t pid)
{
	return (uint32_t)pid * UINT32_C(2654435769) & (world->slots - 1);
}

struct member *world_newest(const struct world *world, int32_t pid)
{
	size_t at = world->newest[slot_of(world, pid)];

	while (at && world->member[at - 1]->pub.pid != pid)
		at = world->member[at - 1]->older;
	return at ? world->member[at - 1] : NULL;
}

static void index_add(struct world *world, size_t index)
{
	size_t *slot = &world->newest[slot_of(world, world->member[index]->pub.pid)];

	world->member[index]->older = *slot;
	*slot = index + 1;
}

static void index_grow(struct world *world)
{
	free(world->newest);
	world->slots *= 2;
	world->newest = alloc_zero(world->slots, sizeof *world->newest);
	for (size_t i = 0; i < world->count; i++)
		index_add(world, i);
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

	if (before)
		before->pub.exited = true;
	member->pub = (struct process){ .pid = pid, .ppid = ppid, .first_seq = seq, .space = space };
	if (world->count == world->room) {
		world->room = world->room ? 2 * world->room : 16;
		world->member = alloc_resize(world->member, world->room, sizeof(struct member *));
	}
	world->member[world->count++] = member;
	if (world->count > world->slots)
		index_grow(world);
	else
		index_add(world, world->count - 1);
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
