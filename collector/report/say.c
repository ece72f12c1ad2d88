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
	[EFFECT_MAP] = note_map,
	[EFFECT_UNMAP] = note_unmap,
	[EFFECT_REMAP] = note_remap,
	[EFFECT_BRK] = note_break,
	[EFFECT_SBRK] = note_break,
	[EFFECT_REMAPFILE] = note_remapfile,
	[EFFECT_PROTECT] = note_protect,
	[EFFECT_ADVISE] = note_advise,
	[EFFECT_ATTACH] = note_attach,
	[EFFECT_RESIDENCY] = note_residency,
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

static void add_bytes(struct text *text, uint64_t bytes)
{
	if (bytes >> 63)
		text_printf(text, "0x%llx", (unsigned long long)bytes);
	else
		text_count(text, bytes);
	text_put(text, bytes == 1 ? " byte" : " bytes");
}

static void say_bytes_at(struct text *text, uint64_t bytes, uint64_t address)
{
	add_bytes(text, bytes);
	text_put(text, " at ");
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

static void say_map_asked(struct text *text, const struct record_call *call)
{
	const uint64_t fixed = 0x10 | 0x100000; /* MAP_FIXED, MAP_FIXED_NOREPLACE */

	add_bytes(text, call->arg[1]);
	if (!call->arg[0]) {
		text_put(text, ", anywhere");
		return;
	}
	text_put(text, call->arg[3] & fixed ? " at " : ", at best at ");
	say_address(text, call->arg[0]);
}

static void say_remap_asked(struct text *text, const struct record_call *call)
{
	say_bytes_at(text, call->arg[1], call->arg[0]);
	text_put(text, " to become ");
	say_bytes_at(text, call->arg[2], call->arg[3] & 6 ? call->arg[4] : call->arg[0]);
	if ((call->arg[3] & 7) == 1)
		text_put(text, ", or elsewhere");
}

/* A break is a byte; the pages below it, rounded up, are the heap. */
static void say_break_asked(struct text *text, const struct record_call *call)
{
	uint64_t to = call->call == CALL_brk ? call->arg[0] : call->old + call->arg[0];

	if (!(call->has & HAS_OLD) || !to)
		return;
	text_put(text, "the break at ");
	say_address(text, to);
	text_put(text, ", now at ");
	say_address(text, call->old);
}

static void say_attach_asked(struct text *text, const struct record_call *call)
{
	text_printf(text, "segment %d", (int)call->arg[0]);
	if (call->has & HAS_SIZE) {
		text_put(text, ", ");
		text_count(text, call->size_bytes);
		text_put(text, " bytes,");
	}
	if (call->arg[1]) {
		text_put(text, " at ");
		say_address(text, call->arg[1]);
	} else {
		text_put(text, " anywhere");
	}
}

void say_asked(struct text *text, const struct told *told)
{
	const struct record_call *call = &told->record->call;

	if (touch_by_length(call_table[call->call].effect)) {
		say_bytes_at(text, call->arg[1], call->arg[0]);
		return;
	}
	switch (call_table[call->call].effect) {
	case EFFECT_MAP:
		say_map_asked(text, call);
		break;
	case EFFECT_REMAP:
		say_remap_asked(text, call);
		break;
	case EFFECT_BRK:
	case EFFECT_SBRK:
		say_break_asked(text, call);
		break;
	case EFFECT_ATTACH:
		say_attach_asked(text, call);
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
