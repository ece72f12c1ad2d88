#include "dictionary.h"

#include "line.h"
#include "modules.h"
#include "send.h"
#include "shim.h"
#include "unwind.h"

/* Deepest walk the shim makes: bounds the stack the recorder itself uses to 1 KiB. */
#define DEPTH_MAX 128

/* How far a search of the hash table goes before the dictionary counts as full. */
#define PROBES_MAX 64

static struct ring *ring;
static uint64_t *words;
static _Atomic uint64_t *buckets;
static uint32_t word_count, bucket_count;	/* as they were at the start */

void dictionary_attach(struct ring *mapped)
{
	ring = mapped;
	if (!word_count) {
		word_count = mapped->dict_words;
		bucket_count = mapped->dict_buckets;
	}
	buckets = (_Atomic uint64_t *)(void *)((char *)mapped + ring_bucket_offset());
	words = (uint64_t *)(void *)((char *)mapped + ring_word_offset(bucket_count));
}

static uint64_t hash_stack(uint64_t head, const uintptr_t *pc, int count)
{
	uint64_t hash = head * 0x9e3779b97f4a7c15ull;

	for (int i = 0; i < count; i++) {
		hash ^= pc[i];
		hash *= 0x9fb21c651e98df25ull;
		hash ^= hash >> 29;
	}
	return hash;
}

static bool equal_stack(uint32_t id, uint64_t head, const uintptr_t *pc, int count)
{
	if (id == 0 || id + (uint64_t)count >= word_count || words[id] != head)
		return false;
	for (int i = 0; i < count; i++)
		if (words[id + 1 + (uint32_t)i] != pc[i])
			return false;
	return true;
}

/* Looks before it takes: a full dictionary's counter stays put, so it cannot wrap around. */
static uint32_t write_stack(uint64_t head, const uintptr_t *pc, int count)
{
	uint32_t need = (uint32_t)count + 1, id;

	if ((uint64_t)atomic_load_explicit(&ring->dict_used, memory_order_relaxed) + need > word_count)
		return 0;
	id = atomic_fetch_add_explicit(&ring->dict_used, need, memory_order_relaxed);
	if ((uint64_t)id + need > word_count)
		return 0;
	words[id] = head;
	for (int i = 0; i < count; i++)
		words[id + 1 + (uint32_t)i] = pc[i];
	return id;
}

static void announce_modules(uint64_t head, const uintptr_t *pc, int count)
{
	for (int i = 0; i < count; i++)
		modules_announce(pc[i], (uint32_t)(head >> 32));
}

/*
 * Search and insert in one pass.  A writer that loses the race for an empty bucket looks at what the winner put there: it
 * may be the same stack; the words it wrote are then waste, not an error.
 */
static uint32_t find_or_add(uint64_t head, const uintptr_t *pc, int count)
{
	uint64_t hash = hash_stack(head, pc, count);
	uint32_t mask = bucket_count - 1, mine = 0;

	for (uint32_t i = 0; i < PROBES_MAX; i++) {
		_Atomic uint64_t *bucket = &buckets[((uint32_t)hash + i) & mask];
		uint64_t held = atomic_load_explicit(bucket, memory_order_acquire);

		if (held == 0) {
			if (!mine) {
				announce_modules(head, pc, count);
				mine = write_stack(head, pc, count);
			}
			if (!mine)
				return 0;
			/* release: the words before the bucket that names them; pairs with the acquire load above */
			if (atomic_compare_exchange_strong_explicit(bucket, &held, (hash >> 32) << 32 | mine,
								    memory_order_release, memory_order_acquire))
				return mine;
		}
		if (held >> 32 == hash >> 32 && equal_stack((uint32_t)held, head, pc, count))
			return (uint32_t)held;
	}
	return 0;
}

static void put_word(struct line *line, uint64_t word)
{
	if (line->end - line->at < (long)sizeof(word))
		line_more(line);
	if (line->cut)
		return;
	__builtin_memcpy(line->at, &word, sizeof(word));
	line->at += sizeof(word);
}

/* The dictionary is full: the stack goes through the ring, under an id of its own. */
static uint32_t send_stack(uint64_t head, const uintptr_t *pc, int count)
{
	uint32_t id = STACK_ID_SENT | atomic_fetch_add_explicit(&ring->dict_full, 1, memory_order_relaxed);
	struct ring_slot *slot;
	struct line line;

	announce_modules(head, pc, count);
	slot = send_reserve();
	if (!slot)
		return 0;
	line_open(&line, slot, SLOT_STACK, shim.identity->pid);
	put_word(&line, head);
	put_word(&line, id);
	for (int i = 0; i < count; i++)
		put_word(&line, pc[i]);
	line_ready(&line, 0);
	return line.cut ? 0 : id;
}

/* The collector forgets ids of stacks sent long ago; half its window leaves time for the call to end. */
static bool is_too_old(uint32_t id)
{
	uint32_t sent = atomic_load_explicit(&ring->dict_full, memory_order_relaxed);

	return (id & STACK_ID_SENT) && ((sent - id) & ~STACK_ID_SENT) > STACK_SENT_WINDOW / 2;
}

/* A stack just like one seen before comes back from the stepper with its id and is not even looked up. */
static uint32_t name_stack(const uintptr_t *pc, struct step_result walk, const struct step_known *known)
{
	int count = walk.count + 1;
	uint64_t head = (uint64_t)known->key << 32 | (uint32_t)count | (walk.truncated ? STACK_TRUNCATED : 0) |
			(walk.guessed ? STACK_GUESSED : 0);
	uint32_t id = find_or_add(head, pc, count);

	if (!id)
		id = send_stack(head, pc, count);
	if (id && !shim.by_libunwind)
		step_name(known, id);
	return id;
}

static int depth(void)
{
	return shim.depth < DEPTH_MAX ? (int)shim.depth : DEPTH_MAX;
}

static __attribute__((noinline)) uint32_t stack_by_libunwind(const struct step_start *start)
{
	const struct step_known known = { .key = atomic_load_explicit(&shim.key, memory_order_relaxed) };
	const int max = depth();
	uintptr_t pc[DEPTH_MAX + UNWIND_OWN_MAX];

	pc[0] = start->pc;
	return name_stack(pc, unwind_walk(start, pc + 1, max - 1), &known);
}

static __attribute__((noinline)) uint32_t stack_by_stepper(const struct step_start *start)
{
	struct step_known known = { .key = atomic_load_explicit(&shim.key, memory_order_relaxed) };
	const int max = depth();
	struct step_result walk;
	uintptr_t pc[DEPTH_MAX];

	pc[0] = start->pc;
	walk = step_walk_known(start, pc + 1, max - 1, &known);
	if (known.name && !is_too_old(known.name))
		return known.name;
	if (known.name)
		walk = step_walk(start, pc + 1, max - 1);
	return name_stack(pc, walk, &known);
}

/* libunwind makes system calls, to see which addresses are valid: not under a filter. Each way has room of its own alone. */
uint32_t dictionary_stack(const struct step_start *start)
{
	if (!shim.depth)
		return 0;
	if (__builtin_expect(shim.by_libunwind, 0) && !shim.restricted)
		return stack_by_libunwind(start);
	return stack_by_stepper(start);
}
