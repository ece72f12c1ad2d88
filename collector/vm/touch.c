#include "touch.h"

static uint64_t round_down(uint64_t value, uint64_t page)
{
	return value & ~(page - 1);
}

/* Stops at the last page instead of wrapping: a length like SIZE_MAX speaks of everything above its address. */
static uint64_t end_of(uint64_t start, uint64_t length, uint64_t page)
{
	uint64_t end;

	if (__builtin_add_overflow(start, length, &end) || end > UINT64_MAX - page)
		return UINT64_MAX - page + 1;
	return round_down(end + page - 1, page);
}

static size_t add_span(struct span *out, size_t count, uint64_t start, uint64_t length, uint64_t page)
{
	out[count].start = round_down(start, page);
	out[count].end = end_of(start, length, page);
	return count + (out[count].start < out[count].end);
}

static bool succeeded(const struct record_call *call)
{
	return call->has & HAS_RET && !call->err;
}

static size_t map_spans(const struct record_call *call, uint64_t page, struct span *out)
{
	const uint64_t fixed = 0x10 | 0x100000;	/* MAP_FIXED, MAP_FIXED_NOREPLACE */

	if (succeeded(call))
		return add_span(out, 0, (uint64_t)call->ret, call->arg[1], page);
	if (call->arg[3] & fixed)
		return add_span(out, 0, call->arg[0], call->arg[1], page);
	return 0;
}

static size_t remap_spans(const struct record_call *call, uint64_t page, struct span *out)
{
	size_t count = add_span(out, 0, call->arg[0], call->arg[1], page);

	if (!succeeded(call))
		return count;
	if (count && (uint64_t)call->ret == call->arg[0]) {	/* stayed in place: the longer of the two lengths */
		uint64_t end = end_of(call->arg[0], call->arg[2], page);

		out[0].end = end > out[0].end ? end : out[0].end;
		return count;
	}
	return add_span(out, count, (uint64_t)call->ret, call->arg[2], page);
}

static size_t break_spans(const struct record_call *call, uint64_t page, struct span *out)
{
	uint64_t old = call->old, now = call->call == CALL_brk ? call->arg[0] : call->old + call->arg[0];

	if (!(call->has & HAS_OLD) || !succeeded(call))
		return 0;
	/* The page that holds the old break belongs to the heap already. */
	old = end_of(old, 0, page);
	now = end_of(now, 0, page);
	return now > old ? add_span(out, 0, old, now - old, page) : add_span(out, 0, now, old - now, page);
}

static size_t everything(struct span *out)
{
	out[0] = (struct span){ 0, UINT64_MAX };
	return 1;
}

bool touch_by_length(enum call_effect effect)
{
	switch (effect) {
	case EFFECT_UNMAP:
	case EFFECT_REMAPFILE:
	case EFFECT_PROTECT:
	case EFFECT_SEAL:
	case EFFECT_LOCK:
	case EFFECT_UNLOCK:
	case EFFECT_ADVISE:
	case EFFECT_RESIDENCY:
	case EFFECT_SYNC:
		return true;
	default:
		return false;
	}
}

size_t touch_spans(const struct record *record, uint64_t page, struct span out[TOUCH_MAX])
{
	const struct record_call *call = &record->call;

	if (touch_by_length(call_table[call->call].effect))
		return add_span(out, 0, call->arg[0], call->arg[1], page);
	switch (call_table[call->call].effect) {
	case EFFECT_MAP:
		return map_spans(call, page, out);
	case EFFECT_REMAP:
		return remap_spans(call, page, out);
	case EFFECT_BRK:
	case EFFECT_SBRK:
		return break_spans(call, page, out);
	case EFFECT_ATTACH:
		return succeeded(call) && call->has & HAS_SIZE ?
			       add_span(out, 0, (uint64_t)call->ret, call->size_bytes, page) : 0;
	case EFFECT_LOCKALL:
		return call->arg[0] & 1 ? everything(out) : 0;	/* MCL_CURRENT */
	case EFFECT_UNLOCKALL:
		return everything(out);
	case EFFECT_PRCTL:	/* PR_SET_VMA: option, attribute, address, length, name */
		return call->arg[0] == 0x53564d41 ? add_span(out, 0, call->arg[2], call->arg[3], page) : 0;
	default:
		return 0;
	}
}

/* process_madvise has as many ranges as it likes: one at a time. */
static size_t spans_of_round(const struct record *record, uint64_t page, size_t round, struct span out[TOUCH_MAX])
{
	const struct record_call *call = &record->call;

	if (call->has & HAS_IOV)
		return add_span(out, 0, call->iov[round].addr, call->iov[round].len, page);
	return touch_spans(record, page, out);
}

static size_t rounds(const struct record_call *call)
{
	return call->has & HAS_IOV ? call->iov_count : 1;
}

bool touch_hits(const struct record *record, uint64_t page, uint64_t start, uint64_t end)
{
	struct span span[TOUCH_MAX];

	for (size_t round = 0; round < rounds(&record->call); round++) {
		size_t count = spans_of_round(record, page, round, span);

		for (size_t i = 0; i < count; i++)
			if (span[i].start < end && start < span[i].end)
				return true;
	}
	return false;
}

static uint64_t pages_of(const struct span *span, uint64_t page)
{
	return span->end != UINT64_MAX ? (span->end - span->start) / page : 0;
}

uint64_t touch_pages(const struct record *record, uint64_t page)
{
	struct span span[TOUCH_MAX];
	uint64_t pages = 0;

	for (size_t round = 0; round < rounds(&record->call); round++) {
		size_t count = spans_of_round(record, page, round, span);

		for (size_t i = 0; i < count; i++)
			pages += pages_of(&span[i], page);
	}
	return pages;
}

/* The advice that stays in a VMA's flags.  madvise(2); vm/semantics 10. */
static bool lasting_advice(const struct record_call *call)
{
	uint64_t advice = call->arg[call->call == CALL_process_madvise ? 3 : 2];

	if (call->call == CALL_posix_madvise)
		return advice <= 2;	/* NORMAL, RANDOM, SEQUENTIAL */
	return advice <= 2 || (advice >= 10 && advice <= 19) || advice == 102 || advice == 103;
}

bool touch_sets_state(const struct record *record)
{
	const struct record_call *call = &record->call;

	switch (call_table[call->call].effect) {
	case EFFECT_MAP:
	case EFFECT_UNMAP:
	case EFFECT_REMAP:
	case EFFECT_REMAPFILE:
	case EFFECT_PROTECT:
	case EFFECT_SEAL:
	case EFFECT_LOCK:
	case EFFECT_UNLOCK:
	case EFFECT_UNLOCKALL:
	case EFFECT_ATTACH:
	case EFFECT_DETACH:
		return true;
	case EFFECT_BRK:
		return call->arg[0] != 0;	/* brk(0) asks where the break is */
	case EFFECT_SBRK:
		return call->arg[0] != 0;
	case EFFECT_LOCKALL:
		return call->arg[0] & 1;	/* MCL_FUTURE alone changes no page that exists */
	case EFFECT_ADVISE:
	case EFFECT_ADVISEV:
		return lasting_advice(call);
	default:
		return false;
	}
}
