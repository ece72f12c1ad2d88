/*
 * parse_ring.c - any bytes as the slots of a ring, with any questions asked of its drain.
 *
 * The first byte says how many slots more than are there were handed out, the next eight what is asked; the rest fills the
 * slots.  What the drain gives lies in its own memory.
 */
#include <stdlib.h>
#include <string.h>

#include "../../collector/live/drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 32, ASKED = 8 };

static uint64_t sum;

/* Reads every byte, for the sanitizer to see; what a batch says must end. */
static void read_batch(struct drain_batch batch)
{
	if (batch.count > 1000 * SLOTS)
		abort();
	for (size_t i = 0; i < batch.count; i++)
		for (uint32_t k = 0; k < batch.entry[i].length; k++)
			sum += (uint8_t)batch.text[batch.entry[i].text + k];
}

static void ask(struct drain *drain, unsigned what, uint64_t position)
{
	const struct drain_pending *pending;
	size_t count;

	switch (what % 8) {
	case 0:
		read_batch(drain_abandon(drain, (int32_t)position, UINT64_MAX));
		break;
	case 1:
		read_batch(drain_give_up(drain, position));
		break;
	case 2:
		read_batch(drain_peek(drain, position));
		break;
	case 3:
		read_batch(drain_under_way(drain));
		break;
	case 4:
		drain_release(drain, position);
		break;
	case 5:
		drain_rescan(drain);
		break;
	default:
		read_batch(drain_collect(drain, position << what % 64));
		pending = drain_pending(drain, &count);
		for (size_t i = 0; i < count; i++)
			sum += pending[i].position;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ring *ring = aligned_alloc(128, sizeof(*ring));
	struct ring_slot *slots = aligned_alloc(128, SLOTS * sizeof(*slots));
	struct drain *drain;

	if (!ring || !slots)
		abort();
	memset(ring, 0, sizeof(*ring));
	memset(slots, 0, SLOTS * sizeof(*slots));
	drain = drain_new(ring, slots, SLOTS);
	if (size > ASKED) {
		size_t rest = size - ASKED - 1;

		memcpy(slots, data + ASKED + 1, rest < SLOTS * sizeof(*slots) ? rest : SLOTS * sizeof(*slots));
		atomic_store(&ring->tail, SLOTS + data[0]);
		for (unsigned i = 0; i < ASKED; i++)
			ask(drain, data[1 + i], data[1 + i] >> 3);
	}
	drain_free(drain);
	free(slots);
	free(ring);
	return 0;
}
