/*
 * effect_process.c - switches of a whole process, and calls that only tell something about its pages.
 */
#include <errno.h>

#include "state.h"

/* setrlimit(resource), prlimit(pid, resource) on oneself; on another process the world passes it on. */
enum apply_result effect_limit(struct change *change)
{
	const struct record_call *call = change->call;
	uint64_t resource = call->call == CALL_prlimit ? call->arg[1] : call->arg[0];

	if (!call_failed(call) && (call->has & HAS_RLIMIT))
		limits_set(&change->space->limits, resource, (struct rlimit_pair){ call->soft, call->hard });
	return APPLY_DONE;
}

static bool set_mergeable(struct change *change, struct vma *piece, const void *arg)
{
	bool on = *(const bool *)arg;
	uint16_t advice = on ? piece->advice | ADVICE_MERGEABLE : piece->advice & (uint16_t)~ADVICE_MERGEABLE;

	if (advice == piece->advice || (on && !vma_is_mergeable(piece)))
		return false;
	piece->advice = advice;
	piece->by.advice = change->seq;
	return true;
}

enum apply_result effect_prctl(struct change *change)
{
	const struct record_call *call = change->call;
	bool on = call->arg[1];

	if (call_failed(call))
		return APPLY_DONE;
	switch (call->arg[0]) {
	case K_PR_SET_DUMPABLE:
		change->space->limits.undumpable = !call->arg[1];
		break;
	case K_PR_SET_MDWE:
		change->space->mdwe = call->arg[1] & (K_MDWE_REFUSE_EXEC_GAIN | K_MDWE_NO_INHERIT);
		break;
	case K_PR_SET_MEMORY_MERGE:
		/*
		 * Setting it again does nothing, nor does clearing what was not set: madvise's marks stay.
		 * ksm_disable(), mm/ksm.c.
		 */
		if (on != change->space->merge_any)
			edit_each(change, 0, SPACE_END, set_mergeable, &on);
		change->space->merge_any = on;
		break;
	}
	return APPLY_DONE;
}

/* personality(0xffffffff) only asks. */
enum apply_result effect_personality(struct change *change)
{
	const struct record_call *call = change->call;

	if (!call_failed(call) && (uint32_t)call->arg[0] != UINT32_MAX)
		change->space->read_exec = call->arg[0] & K_READ_IMPLIES_EXEC;
	return APPLY_DONE;
}

/* mincore succeeds only where everything is mapped. */
enum apply_result effect_residency(struct change *change)
{
	struct range range;

	if (call_failed(change->call) ||
	    range_aligned(change->call->arg[0], change->call->arg[1], &range) != RANGE_PAGES)
		return APPLY_DONE;
	return look_if(change, edit_prove(change, range.start, range.end), range);
}

/*
 * msync(MS_INVALIDATE) fails with EBUSY if and only if some page of the range has a lock, so it tells whether the model
 * is right.  mm/msync.c; by experiment.
 */
enum apply_result effect_sync(struct change *change)
{
	const struct record_call *call = change->call;
	struct range range;
	bool locked, busy;

	if (range_aligned(call->arg[0], call->arg[1], &range) != RANGE_PAGES)
		return APPLY_DONE;
	if (!call_failed(call) && edit_prove(change, range.start, range.end))
		return look_at(change, range.start, range.end);
	if (!(call->arg[2] & K_MS_INVALIDATE))
		return APPLY_DONE;
	locked = space_locked_in(change->space, range.start, range.end) > 0;
	busy = call_failed(call) && call_errno(call) == EBUSY;
	return look_if(change, busy ? !locked : locked && !call_failed(call), range);
}
