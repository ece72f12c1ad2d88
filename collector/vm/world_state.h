/*
 * world_state.h - the world (world.h) as its files keep it.  Private to world*.c.
 */
#ifndef PAGETRAIL_WORLD_STATE_H
#define PAGETRAIL_WORLD_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state.h"
#include "world.h"

/* Threads of one process whose listings may still come, each after its own call: more are not told apart. */
#define LOOKED_MAX 8

/* The last call after which a thread looked for itself. */
struct looked {
	int32_t tid;
	uint64_t seq;
	bool uncounted;	/* locks it shows gone went without VmLck */
};

/* @pub comes first, so that a struct process of the interface is one of ours. */
struct member {
	struct process pub;
	bool told;	/* by a process record */
	bool returned;	/* by the parent's fork, vfork or clone */
	struct looked looked[LOOKED_MAX];
	bool leaving;	/* it is in world->leaving */
	struct member *older;	/* the one with the same hash before this one, NULL: none */
};

/* So many that ended last are kept although others may leave: a child may be told of after its parent's end. */
#define ENDED_KEPT 16

/* A child that has left, and whose parent's fork has not returned yet: of so many that is known. */
#define UNRETURNED 256
struct unreturned {
	int32_t pid, ppid;
};

struct world {
	struct commons commons;
	struct member **member;
	size_t count, room;
	struct member **newest;	/* hash of the pid -> the newest member */
	size_t slots;
	bool leaves;		/* world_let_leave() */
	left_fn *left;		/* NULL: nobody asks */
	void *left_arg;
	struct member **leaving;	/* those that ended, the oldest first */
	size_t leavers, leave_room;
	struct unreturned unreturned[UNRETURNED];	/* pid 0: free */
	size_t next_unreturned;
};

/*
 * world_ends - its exit is on record, or its pid is another's by now: it may leave
 */
void world_ends(struct world *world, struct member *member);

/*
 * world_forget_unreturned - a child that has left is looked for by its pid, and forgotten
 * @ppid: receives its parent
 *
 * Return: whether there was one.
 */
bool world_forget_unreturned(struct world *world, int32_t pid, int32_t *ppid);

/*
 * world_leave - before a record is applied: who may leave, and is not one of the last, does
 */
void world_leave(struct world *world);

/*
 * world_newest - whoever had @pid last, alive or not
 */
struct member *world_newest(const struct world *world, int32_t pid);

/*
 * world_begin - a new process; whoever had the pid before is gone, even if nobody saw it end
 * @space: one use of it is taken over
 */
struct member *world_begin(struct world *world, int32_t pid, int32_t ppid, uint64_t seq, struct space *space);

/*
 * world_begin_child - a child of @parent that nobody has seen yet
 * @borrows: it has its parent's space, not a copy
 */
struct member *world_begin_child(struct world *world, const struct member *parent, int32_t pid, uint64_t seq,
				 bool borrows);

#endif
