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
	size_t older;	/* 1 + index of the member with the same hash before this one, 0: none */
};

struct world {
	struct commons commons;
	struct member **member;
	size_t count, room;
	size_t *newest;		/* hash of the pid -> 1 + index of the newest member */
	size_t slots;
};

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
