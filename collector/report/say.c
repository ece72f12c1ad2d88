/* say.c - from a reason and an effect to the function that has the words. */
#include "told.h"

static say_fn *const say[WHY_COUNT] = {
#define REASON(id) [WHY_##id] = say_##id,
#define TEST(...)
#include "../vm/why.def"
#undef REASON
#undef TEST
};

/* What calls that work do besides: those without a row do what their result says. */
static note_fn *const note[] = {
	[EFFECT_LOCK] = note_lock,
	[EFFECT_UNLOCK] = note_unlock,
	[EFFECT_LOCKALL] = note_lockall,
	[EFFECT_UNLOCKALL] = note_unlockall,
	[EFFECT_EXIT] = NULL,
};

void say_why(struct points *points, const struct told *told)
{
	for (size_t i = 0; i < told->why.causes; i++) {
		const struct why_cause *cause = &told->why.cause[i];
		struct text *text = points_add(points, why_name(cause->test->reason), cause->test->source);

		say[cause->test->reason](text, told, cause);
		points->point[points->count - 1].sure = cause->sure || told->why.causes == 1;
	}
}

void say_notes(struct points *points, const struct told *told)
{
	const struct record_call *call = &told->record->call;
	note_fn *fn = note[call_table[call->call].effect];

	if (fn && (call->has & HAS_RET) && !told->why.err)
		fn(points, told);
}

static void say_bytes_at(struct text *text, uint64_t bytes, uint64_t address)
{
	if (bytes >> 63)
		text_printf(text, "0x%llx", (unsigned long long)bytes);
	else
		text_count(text, bytes);
	text_put(text, bytes == 1 ? " byte at " : " bytes at ");
	say_address(text, address);
}

static void say_lockall_asked(struct text *text, uint64_t flags)
{
	if (flags & 1)
		text_put(text, "every page there is");
	if (flags & 2)
		text_printf(text, "%severy page mapped later", flags & 1 ? ", and " : "");
	if (!(flags & 3))
		text_put(text, "nothing");
	if (flags & 4)
		text_put(text, ", each from its first touch on");
}

void say_asked(struct text *text, const struct told *told)
{
	const struct record_call *call = &told->record->call;

	switch (call_table[call->call].effect) {
	case EFFECT_UNMAP:
	case EFFECT_REMAPFILE:
	case EFFECT_PROTECT:
	case EFFECT_SEAL:
	case EFFECT_LOCK:
	case EFFECT_UNLOCK:
	case EFFECT_ADVISE:
	case EFFECT_RESIDENCY:
	case EFFECT_SYNC:
		say_bytes_at(text, call->arg[1], call->arg[0]);
		break;
	case EFFECT_LOCKALL:
		say_lockall_asked(text, call->arg[0]);
		break;
	case EFFECT_UNLOCKALL:
		text_put(text, "every page there is, and those mapped later");
		break;
	default:
		break;
	}
}
