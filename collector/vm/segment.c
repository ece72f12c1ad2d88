/*
 * segment.c - which System V segments SHM_LOCK holds in memory.
 */
#include "segment.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "uapi.h"

static struct segment_lock *entry(const struct table *segments, uint64_t shmid)
{
	return table_find(segments, shmid + 1);
}

static struct segment_lock *make_entry(struct table *segments, uint64_t shmid)
{
	struct segment_lock *lock = entry(segments, shmid);

	if (!lock) {
		lock = alloc_zero(1, sizeof *lock);
		table_add(segments, shmid + 1, lock);
	}
	return lock;
}

/* Locking a locked segment succeeds and changes nothing. */
void segments_control(struct table *segments, const struct record *record)
{
	const struct record_call *call = &record->call;
	uint64_t shmid = (uint32_t)call->arg[0];
	struct segment_lock *lock = entry(segments, shmid);

	if (!(call->has & HAS_RET) || call->ret == -1)
		return;
	switch (call->arg[1]) {
	case K_SHM_LOCK:
		lock = make_entry(segments, shmid);
		if (!lock->seq) {
			lock->pid = record->pid;
			lock->seq = record->seq;
		}
		break;
	case K_SHM_UNLOCK:
		if (lock)
			lock->seq = 0;
		break;
	case K_IPC_RMID:
		if (lock)
			lock->removed = true;
		break;
	}
}

void segments_carry(struct table *segments, const struct record_segment *segment, uint64_t seq)
{
	*make_entry(segments, segment->shmid) = (struct segment_lock){ segment->pid, seq, segment->removed };
}

const struct segment_lock *segments_find(const struct table *segments, uint64_t shmid)
{
	const struct segment_lock *lock = entry(segments, shmid);

	return lock && lock->seq ? lock : NULL;
}

bool segments_ending(const struct table *segments, uint64_t shmid)
{
	const struct segment_lock *lock = segments_find(segments, shmid);

	return lock && lock->removed;
}

void segments_end(struct table *segments, uint64_t shmid)
{
	struct segment_lock *lock = entry(segments, shmid);

	if (lock)
		*lock = (struct segment_lock){ 0 };
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void segments_each(const struct table *segments, segment_fn *fn, void *arg)
{
	uint64_t *shmid = alloc_zero(segments->count + 1, sizeof *shmid);
	size_t count = 0;

	for (size_t i = 0; i < segments->size; i++)
		if (segments->slot[i].value)
			shmid[count++] = segments->slot[i].key - 1;
	qsort(shmid, count, sizeof *shmid, ascending);
	for (size_t i = 0; i < count; i++)
		if (segments_find(segments, shmid[i]))
			fn(arg, shmid[i], segments_find(segments, shmid[i]));
	free(shmid);
}
