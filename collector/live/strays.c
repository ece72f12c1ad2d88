#include "strays.h"

#include <stdbool.h>
#include <string.h>

#include "proc.h"

struct owner {
	int32_t pid, tid;	/* tid 0: the text does not say */
};

/* ,"pid":4242,"tid":4250,"call":... or, of the first thread, ,"pid":4242,"call":... */
static struct owner owner_of(const struct drain_batch *batch, size_t index)
{
	static const char key[] = "\"tid\":", call[] = "\"call\":";
	const struct drain_entry *entry = &batch->entry[index];
	const char *text = batch->text + entry->text, *end = text + entry->length;
	const char *at = memmem(text, entry->length, key, sizeof(key) - 1);
	struct owner owner = { .pid = entry->pid };

	if (!at && memmem(text, entry->length, call, sizeof(call) - 1))
		owner.tid = owner.pid;
	if (!at)
		return owner;
	for (at += sizeof(key) - 1; at < end && *at >= '0' && *at <= '9' && owner.tid < INT32_MAX / 10 - 1; at++)
		owner.tid = owner.tid * 10 + (*at - '0');
	return owner;
}

static bool has_too_many_inside(const struct drain_batch *batch, size_t index)
{
	struct owner owner = owner_of(batch, index);
	int inside = 0;

	for (size_t i = index + 1; i < batch->count && inside < STRAYS_NESTED_MAX; i++) {
		struct owner other = owner_of(batch, i);

		inside += other.pid == owner.pid && other.tid == owner.tid;
	}
	return inside == STRAYS_NESTED_MAX;
}

/* The process lives and is ours, the thread is no more. */
static bool has_lost_its_thread(const struct drain_batch *batch, size_t index, const char *ring_path)
{
	struct owner owner = owner_of(batch, index);

	return owner.tid && !proc_has_thread(owner.pid, owner.tid) && proc_maps(owner.pid, ring_path) > 0;
}

size_t strays_find(const struct drain_batch *batch, uint64_t old, const char *ring_path, uint64_t *position)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct drain_entry *entry = &batch->entry[i];
		bool stray = entry->kind == SLOT_CALL && entry->pid > 0 &&
			     ((batch->count - i > STRAYS_NESTED_MAX && has_too_many_inside(batch, i)) ||
			      (entry->position < old && has_lost_its_thread(batch, i, ring_path)));

		if (stray)
			position[count++] = entry->position;
	}
	return count;
}
