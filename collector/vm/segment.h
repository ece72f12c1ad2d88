/*
 * segment.h - System V segments locked by shmctl(SHM_LOCK).  Pure.
 *
 * That lock is a state of the segment, not of its mappings: smaps and VmLck show nothing of it, munlock(2) does not end
 * it, and it outlives the process that asked for it.  SHM_UNLOCK ends it, or the end of the segment: IPC_RMID, and the
 * last detach if that comes later.  The pages that are there stay in memory, others do from their first touch.
 * shmctl(2); shmctl_do_lock(), shm_destroy(), ipc/shm.c; and by experiment.
 */
#ifndef PAGETRAIL_SEGMENT_H
#define PAGETRAIL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "../util/table.h"
#include "record.h"

struct segment_lock {
	int32_t pid;	/* who asked for the lock */
	uint64_t seq;	/* by which record; 0: there is no lock */
	bool removed;	/* IPC_RMID: ends with the last mapping */
};

/*
 * segments_control - shmctl returned
 * @segments: shmid + 1 -> struct segment_lock, of the whole world
 */
void segments_control(struct table *segments, const struct record *record);

/*
 * segments_carry - the segment was locked in the log that this one continues, of which record @seq tells
 */
void segments_carry(struct table *segments, const struct record_segment *segment, uint64_t seq);

/*
 * segments_find - the lock of the segment, or NULL
 */
const struct segment_lock *segments_find(const struct table *segments, uint64_t shmid);

/*
 * segments_ending - is the segment locked and removed, so that it ends as soon as nothing maps it
 */
bool segments_ending(const struct table *segments, uint64_t shmid);

/*
 * segments_end - the segment is no more; another may get its shmid
 */
void segments_end(struct table *segments, uint64_t shmid);

/*
 * segments_each - all locks, in order of shmid
 */
typedef void segment_fn(void *arg, uint64_t shmid, const struct segment_lock *lock);
void segments_each(const struct table *segments, segment_fn *fn, void *arg);

#endif
