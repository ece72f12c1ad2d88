/*
 * world.h - every traced process and its address space.
 *
 * fork copies the space as the kernel does (no locks, no MCL_FUTURE, no DONTFORK pages, WIPEONFORK kept); vfork and
 * CLONE_VM children act on their parent's space until exec or exit; exec empties; exit closes but keeps the last state,
 * until the process leaves (world_let_leave()).
 * Pure, as space.h.
 */
#ifndef PAGETRAIL_WORLD_H
#define PAGETRAIL_WORLD_H

#include "segment.h"
#include "space.h"

struct world;

/* One process: a pid from its start to its exit.  A pid used again is a new process. */
struct process {
	int32_t pid, ppid;
	uint64_t first_seq;	/* record that started it */
	bool exited;
	bool borrows;		/* the space is its parent's, until exec or exit */
	const char *exe;	/* NULL: unknown */
	uint64_t revealed;	/* pages that snapshots after a program's first showed to be otherwise than known */
	struct space *space;
};

struct world *world_new(void);
void world_free(struct world *world);

/*
 * world_apply - apply any record; types without effect on address spaces are ignored
 * @changed: as for space_apply(); may be NULL
 *
 * A call of a pid not seen before starts a process with an empty space and returns APPLY_LOOK.
 * Return: as space_apply().
 */
enum apply_result world_apply(struct world *world, const struct record *record, delta_fn *changed, void *arg);

/*
 * world_let_leave - from now on processes whose exit is on record leave the world, all but the last few: memory is bounded
 * by what lives
 * @left: called for each of them, its space being as it was at its end; may be NULL
 *
 * A child whose fork returns to its parent only afterwards is not taken for a new one.
 */
typedef void left_fn(void *arg, const struct process *process);
void world_let_leave(struct world *world, left_fn *left, void *arg);

/*
 * world_process - the newest process with this pid, or NULL; @pid 0: the first process of the log
 */
const struct process *world_process(const struct world *world, int32_t pid);

/*
 * world_each - every process that has not left, in order of appearance; @index from 0; NULL after the last
 */
const struct process *world_each(const struct world *world, size_t index);

/*
 * world_told, world_returned - did its own record, did its parent's fork make the process known
 */
bool world_told(const struct process *process);
bool world_returned(const struct process *process);

/*
 * world_segment_lock - who locked the System V segment behind @vma with SHM_LOCK; NULL: nobody, or it is none
 */
const struct segment_lock *world_segment_lock(const struct world *world, const struct vma *vma);

/*
 * world_segments - every System V segment that is locked, in order of shmid
 */
void world_segments(const struct world *world, segment_fn *fn, void *arg);

#endif
