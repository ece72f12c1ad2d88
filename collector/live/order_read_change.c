/*
 * order_read_change.c - calls that change what is there, or only see it: protection, locks, advice, seals, mincore,
 * msync.
 */
#include "order_reading.h"

#include <errno.h>

#include "../vm/uapi.h"

void read_remapfile(struct reading *reading)
{
	struct range range = {page_down(reading->call->arg[0]),
			      page_down(reading->call->arg[0]) + page_down(reading->call->arg[1])};

	if (reading->begun || reading->worked)
		reading_finish(reading, reading_add(reading, ACT_UNCLEAR, NEED_MAPPED, range), 0);
}

void read_protect(struct reading *reading)
{
	uint8_t prot = reading->call->arg[2] & K_PROT_ACCESS;
	struct range range;
	struct touch *touch;

	if (!reading_aligned(reading, &range))
		return;
	if (reading->call->arg[2] & K_PROT_GROWSDOWN) {
		/* from the start of the mapping on, wherever that is */
		touch = reading_add(reading, ACT_PROTECT, NEED_NOTHING, (struct range){0, range.start});
		touch->prot = prot;
		touch->maybe = true;
	}
	touch = reading_add(reading, ACT_PROTECT, NEED_MAPPED, range);
	touch->prot = prot;
	reading_finish(reading, touch, ENOMEM);
}

void read_seal(struct reading *reading)
{
	struct range range;

	if (reading_aligned(reading, &range) && (reading->begun || reading->worked))
		reading_finish(reading, reading_add(reading, ACT_SEAL, NEED_MAPPED, range), 0);
}

/* mlock is refused for the limit, for a hole, or when a page cannot be faulted in, all with ENOMEM. */
static bool no_limit(const struct record_call *call)
{
	return (call->has & HAS_LIMIT) && (call->cap_ipc_lock || call->limit_bytes == UINT64_MAX);
}

void read_lock(struct reading *reading, uint8_t lock)
{
	const struct record_call *call = reading->call;
	bool untouched = !reading->begun && !reading->worked && reading->err != ENOMEM && reading->err != EAGAIN &&
			 reading->err != EINTR;
	struct range range;
	struct touch *touch;

	if (untouched || range_covering(call->arg[0], call->arg[1], &range) != RANGE_PAGES)
		return;
	touch = reading_add(reading, ACT_LOCK, NEED_MAPPED, range);
	touch->lock = lock;
	reading_finish(reading, touch, lock == VMA_UNLOCKED || no_limit(call) ? ENOMEM : 0);
	if (lock == VMA_UNLOCKED || reading->worked)
		return;
	touch->faults = lock == VMA_LOCKED;
	touch->sees |= FACT_PROT;
	reading->out->refused = true;
	reading->out->limited = !no_limit(call);
}

void read_lockall(struct reading *reading)
{
	uint64_t flags = reading->call->arg[0];
	uint8_t lock = flags & K_MCL_ONFAULT ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
	struct touch *touch;

	if (!reading->begun && !reading->worked)
		return;
	touch = reading_add(reading, ACT_FUTURE, NEED_NOTHING, reading_everywhere);
	touch->lock = flags & K_MCL_FUTURE ? lock : VMA_UNLOCKED;
	if (!(flags & K_MCL_CURRENT))
		return;
	touch = reading_add(reading, ACT_LOCK, NEED_NOTHING, reading_everywhere);
	touch->lock = lock;
}

void read_unlockall(struct reading *reading)
{
	reading_add(reading, ACT_FUTURE, NEED_NOTHING, reading_everywhere);
	reading_add(reading, ACT_LOCK, NEED_NOTHING, reading_everywhere);
}

/* posix_madvise(POSIX_MADV_DONTNEED) returns 0 without a look: glibc sysdeps/unix/sysv/linux/posix_madvise.c. */
void read_advise(struct reading *reading)
{
	const struct record_call *call = reading->call;
	bool sham = call->call == CALL_posix_madvise && call->arg[2] == K_MADV_DONTNEED, lasts;
	uint16_t set, clear;
	struct range range;
	struct touch *touch;

	if (sham || !reading_aligned(reading, &range))
		return;
	lasts = space_advice(call->arg[2], &set, &clear);
	touch = reading_add(reading, lasts ? ACT_ADVISE : ACT_NONE, NEED_MAPPED, range);
	touch->set = lasts ? set : 0;
	touch->clear = lasts ? clear : 0;
	reading_finish(reading, touch, ENOMEM);
	/* madvise passes over holes and changes what else there is */
	if (!reading->begun && reading->err == ENOMEM)
		touch->maybe = false;
}

/* The ranges are behind a pointer. */
void read_advisev(struct reading *reading)
{
	uint16_t set, clear;

	if (space_advice(reading->call->arg[3], &set, &clear))
		reading_maybe(reading, ACT_UNCLEAR, reading_everywhere);
}

/* mincore, msync: they only see. */
void read_sight(struct reading *reading)
{
	struct range range;

	if (reading_aligned(reading, &range) && !reading->begun)
		reading_finish(reading, reading_add(reading, ACT_NONE, NEED_MAPPED, range), ENOMEM);
}
