#include "order_touch.h"

#include "../vm/uapi.h"
#include "order_reading.h"

/* ---- the process ---- */

static void read_rule(struct reading *reading)
{
	struct touch *touch;

	if (!reading->begun && !reading->worked)
		return;
	touch = reading_add(reading, ACT_RULE, NEED_NOTHING, reading_everywhere);
	touch->object = reading->id;
	if (reading->call->call == CALL_prctl && reading->call->arg[0] == K_PR_SET_MEMORY_MERGE) {
		touch = reading_add(reading, ACT_ADVISE, NEED_NOTHING, reading_everywhere);
		touch->set = reading->call->arg[1] ? ADVICE_MERGEABLE : 0;
		touch->clear = reading->call->arg[1] ? 0 : ADVICE_MERGEABLE;
	}
}

static bool is_rule(const struct record_call *call)
{
	return call->call != CALL_prctl || call->arg[0] == K_PR_SET_MDWE || call->arg[0] == K_PR_SET_MEMORY_MERGE;
}

/* A child's pages have no locks, whatever the parent's have. */
static void read_copy(struct reading *reading)
{
	struct touch *touch;

	if (!reading->begun && (!reading->worked || reading->call->ret <= 0))
		return;
	touch = reading_add(reading, ACT_NONE, NEED_NOTHING, reading_everywhere);
	touch->sees = FACT_PAGE & ~FACT_LOCK;
	reading->out->copies = true;
}

static void read_end(struct reading *reading)
{
	if (!reading->begun)
		return;
	reading_add(reading, ACT_UNCLEAR, NEED_NOTHING, reading_everywhere);
	reading->out->ends = true;
}

/* ---- all calls ---- */

static void read_effect(struct reading *reading, enum call_effect effect)
{
	const struct record_call *call = reading->call;

	switch (effect) {
	case EFFECT_MAP:
		return read_map(reading);
	case EFFECT_UNMAP:
		return read_unmap(reading);
	case EFFECT_REMAP:
		return read_remap(reading);
	case EFFECT_BRK:
	case EFFECT_SBRK:
		return read_break(reading);
	case EFFECT_REMAPFILE:
		return read_remapfile(reading);
	case EFFECT_PROTECT:
		return read_protect(reading);
	case EFFECT_SEAL:
		return read_seal(reading);
	case EFFECT_LOCK:
		return read_lock(reading, call->call == CALL_mlock2 && (call->arg[2] & K_MLOCK_ONFAULT) ? VMA_LOCKED_ONFAULT :
													  VMA_LOCKED);
	case EFFECT_UNLOCK:
		return read_lock(reading, VMA_UNLOCKED);
	case EFFECT_LOCKALL:
		return read_lockall(reading);
	case EFFECT_UNLOCKALL:
		return read_unlockall(reading);
	case EFFECT_ADVISE:
		return read_advise(reading);
	case EFFECT_ADVISEV:
		return read_advisev(reading);
	case EFFECT_RESIDENCY:
	case EFFECT_SYNC:
		return read_sight(reading);
	case EFFECT_ATTACH:
		return read_attach(reading);
	case EFFECT_DETACH:
		return read_detach(reading);
	case EFFECT_PRCTL:
	case EFFECT_PERSONALITY:
		return is_rule(call) ? read_rule(reading) : (void)0;
	case EFFECT_FORK:
		return read_copy(reading);
	case EFFECT_CLONE:
		return call->arg[0] & K_CLONE_VM ? (void)0 : read_copy(reading);
	case EFFECT_EXEC:
	case EFFECT_EXIT:
		return read_end(reading);
	default:
		return;
	}
}

struct touches touches_of(const struct record_call *call, const struct space *space, uint64_t id)
{
	const struct call_desc *desc = &call_table[call->call];
	bool failed = desc->result == CLASS_ERRNO ? call->ret != 0 : call->ret == -1;
	struct touches out = {.count = 0};
	struct reading reading = {.call = call, .space = space, .id = id, .out = &out};

	reading.begun = !(call->has & HAS_RET);
	reading.worked = !reading.begun && !failed;
	reading.err = call->err || desc->result != CLASS_ERRNO ? call->err : (int)call->ret;
	read_effect(&reading, desc->effect);
	return out;
}

struct touches touches_everything(void)
{
	struct touches out = {.count = 0};
	struct reading reading = {.out = &out};

	reading_maybe(&reading, ACT_UNCLEAR, reading_everywhere);
	return out;
}

/* ---- two of them ---- */

/* Both leave the same behind, in either order. */
static bool same_effect(const struct touch *a, const struct touch *b)
{
	if (a->act == ACT_ADVISE && b->act == ACT_ADVISE)
		return !(a->set & b->clear) && !(a->clear & b->set);
	if (a->act != b->act)
		return !(a->sets & b->sets);
	return a->act != ACT_UNCLEAR && a->act != ACT_RULE && a->prot == b->prot && a->lock == b->lock &&
	       a->object == b->object;
}

bool touch_conflict(const struct touch *a, const struct touch *b)
{
	if (!ranges_overlap(a->start, a->end, b->start, b->end))
		return false;
	return (a->sets & b->sees) || (a->sees & b->sets) || !same_effect(a, b);
}

bool touches_conflict(const struct touches *a, const struct touches *b)
{
	for (unsigned i = 0; i < a->count; i++)
		for (unsigned k = 0; k < b->count; k++)
			if (touch_conflict(&a->touch[i], &b->touch[k]))
				return true;
	return false;
}

bool touches_set(const struct touches *touches)
{
	for (unsigned i = 0; i < touches->count; i++)
		if (touches->touch[i].sets & FACT_PAGE)
			return true;
	return false;
}
