/*
 * step_memory.c - what earlier walks read; see step_memory.h.
 */
#include "step_memory.h"

#include <stdatomic.h>
#include <stddef.h>

#define ENTRIES_BITS 5
#define ENTRIES (1u << ENTRIES_BITS)

/* A frame, and what the step into it loaded: the return address from sp - 8, and the word that became rbp. */
struct remembered {
	uintptr_t pc, sp, bp;
	uintptr_t place, value;	/* that word; once more the return address where rbp was kept */
};

struct memory {
	_Alignas(64) _Atomic bool taken;
	bool outermost;		/* the last frame has no caller */
	int count;		/* of frames, the start included; 0: nothing is remembered */
	int max;		/* frames wanted */
	uint32_t serial;	/* of this sequence of addresses */
	uint32_t key, name;	/* what the caller calls it; name 0: nothing */
	uint64_t generation;
	uintptr_t end;		/* of the stack */
	/* the start, those wanted, and one that tells that there are more */
	struct remembered frame[MEMORY_FRAMES + 2];
};

static struct memory memories[ENTRIES];

struct memory *memory_take(const struct step_start *start)
{
	const uint64_t mixed = (start->pc ^ start->sp << 20) * 0x9e3779b97f4a7c15ull;
	struct memory *const memory = &memories[mixed >> (64 - ENTRIES_BITS)];

	/* acquire: what the last taker wrote; pairs with the release in memory_release() */
	return atomic_exchange_explicit(&memory->taken, true, memory_order_acquire) ? NULL : memory;
}

void memory_release(struct memory *memory)
{
	atomic_store_explicit(&memory->taken, false, memory_order_release);
}

/* The sequence of addresses is another one than before. */
static void rename(struct memory *memory)
{
	memory->serial++;
	memory->name = 0;
}

/* Return: whether the first frame is as remembered. */
static bool begin(struct memory *memory, const struct step_start *start, const struct stack *stack, uint64_t generation,
		  int max)
{
	struct remembered *const first = &memory->frame[0];
	const bool same = memory->count && first->pc == start->pc && first->sp == start->sp &&
			  memory->end == stack->end && memory->generation == generation && memory->max == max;

	if (!same) {
		rename(memory);
		memory->count = 1;
		memory->outermost = false;
		memory->max = max;
		memory->end = stack->end;
		memory->generation = generation;
		first->pc = start->pc;
		first->sp = start->sp;
	}
	const bool same_rbp = first->bp == start->bp;
	first->bp = start->bp;
	return same && same_rbp;
}

/* The places were readable when they were remembered, and this stack still begins and ends where it did. */
static inline bool holds(const struct remembered *frame)
{
	return stack_word(frame->sp - 8) == frame->pc && stack_word(frame->place) == frame->value;
}

/* Frame @i is as remembered. Return: the last frame that is, too. */
static int follow(const struct memory *memory, int i)
{
	while (i + 1 < memory->count && holds(&memory->frame[i + 1]))
		i++;
	return i;
}

/* Remember frame @i. Return: whether it was known already. */
static bool note(struct memory *memory, int i, const struct remembered *new)
{
	struct remembered *const old = &memory->frame[i];
	const bool is_known = i < memory->count;
	const bool same = is_known && old->pc == new->pc && old->sp == new->sp && old->bp == new->bp;

	if (!is_known || old->pc != new->pc)
		rename(memory);
	if (!is_known) {
		memory->count = i + 1;
		memory->outermost = false;
	}
	old->pc = new->pc;
	old->sp = new->sp;
	old->bp = new->bp;
	old->place = new->place;
	old->value = new->value;
	return same;
}

enum progress { KNOWN, NEW, OUTERMOST, OTHER_MEANS };

/* Step from frame @i to the next by its row. */
static enum progress advance(struct memory *memory, int i, struct stack *stack)
{
	const struct remembered *const last = &memory->frame[i];
	struct step_frame frame = { last->pc - 1, last->sp, last->bp };
	const struct row row = row_get(frame.at, memory->generation);
	struct remembered next;
	uintptr_t saved;

	if (row.kind == ROW_END)
		return OUTERMOST;
	if (row.kind > ROW_RBP || step_by_row(&frame, stack, row, &next.pc, &saved) != STEP_CALLER)
		return OTHER_MEANS;
	next.sp = frame.sp;
	next.bp = frame.bp;
	next.place = saved ? saved : frame.sp - 8;
	next.value = saved ? frame.bp : next.pc;
	return note(memory, i + 1, &next) ? KNOWN : NEW;
}

struct memory_walk memory_walk(struct memory *memory, const struct step_start *start, struct stack *stack,
			       uint64_t generation, int max)
{
	struct memory_walk walk = { 0, false, false, { 0, 0, 0 } };
	enum progress progress = begin(memory, start, stack, generation, max) ? KNOWN : NEW;
	int i = 0;

	for (;;) {
		if (progress == KNOWN)
			i = follow(memory, i);
		if (i > max || (progress == KNOWN && memory->outermost && i + 1 == memory->count))
			break;
		progress = advance(memory, i, stack);
		if (progress >= OUTERMOST)
			break;
		i++;
	}
	walk.open = progress == OTHER_MEANS;
	walk.truncated = i > max;
	walk.count = i > max ? max : i;
	if (progress >= OUTERMOST) {
		memory->count = i + 1;
		memory->outermost = progress == OUTERMOST;
	}
	walk.frame = (struct step_frame){ memory->frame[i].pc - 1, memory->frame[i].sp, memory->frame[i].bp };
	return walk;
}

void memory_copy(const struct memory *memory, uintptr_t *out, int count)
{
	for (int i = 0; i < count; i++)
		out[i] = memory->frame[i + 1].pc;
}

void memory_recall(const struct memory *memory, struct step_known *known)
{
	known->name = memory->key == known->key ? memory->name : 0;
	known->place = (uint32_t)(memory - memories) + 1;
	known->serial = memory->serial;
}

void step_name(const struct step_known *known, uint32_t name)
{
	if (!known->place)
		return;
	struct memory *const memory = &memories[known->place - 1];
	if (atomic_exchange_explicit(&memory->taken, true, memory_order_acquire))
		return;
	if (memory->serial == known->serial) {
		memory->key = known->key;
		memory->name = name;
	}
	memory_release(memory);
}
