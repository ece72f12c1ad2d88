/*
 * why_limit.c - what makes an address space grow, against its limits.
 *
 * may_expand_vm(), mm/mmap.c; mlock_future_ok(), mm/internal.h; __vm_enough_memory(), mm/util.c.
 */
#include "question.h"

/* Memory that the kernel may take for an obvious overcommit: it compares with all there is, which no log tells. */
#define LARGE_BYTES (UINT64_C(256) << 20)

/* ---- how much more there would be ---- */

static struct growth growth_of_map(const struct question *question)
{
	const struct request *map = &question->map;
	struct growth growth = {
		.bytes = map->len, .known = true, .shared = map->shared, .writable = map->prot & PROT_BIT_WRITE};

	growth.locked = question->space->future || (map->flags & K_MAP_LOCKED);
	if (request_replaces(map) && map->addr + map->len > map->addr)
		growth.replaced = space_mapped_in(question->space, map->addr, map->addr + map->len);
	return growth;
}

static struct growth growth_of_remap(const struct question *question)
{
	uint64_t old = page_up(question->call->arg[1]), new = page_up(question->call->arg[2]);
	const struct vma *vma = space_find(question->space, question->call->arg[0]);
	struct growth growth = {.known = true};

	if (!vma)
		return growth;
	if (vma->flags & VMA_HUGETLB) {
		old = round_up_to(old, HUGE_BYTES);
		new = round_up_to(new, HUGE_BYTES);
	}
	growth.bytes = new > old ? new - old : 0;
	if ((question->call->arg[3] & K_MREMAP_DONTUNMAP) && new == old)
		growth.bytes = old;
	growth.writable = vma->prot & PROT_BIT_WRITE;
	growth.shared = vma->shared;
	/* What MREMAP_DONTUNMAP leaves behind is not counted by the test, although the counter keeps it. */
	growth.locked = vma->lock && new > old;
	return growth;
}

static struct growth growth_of_break(const struct question *question)
{
	struct range moved = question->range;
	bool grows = question->ranged && moved.end > moved.start;

	/* From wherever the heap ended: to the byte it is not known, and may be a page less. */
	if (!question->ranged && question->effect == EFFECT_SBRK && (int64_t)question->call->arg[0] > 0)
		return (struct growth){.bytes = page_up(question->call->arg[0]),
				       .known = true,
				       .writable = true,
				       .locked = question->space->future};
	return (struct growth){.bytes = grows ? moved.end - moved.start : 0,
			       .known = question->ranged,
			       .writable = true,
			       .locked = question->space->future};
}

static struct growth growth_of_attach(const struct question *question)
{
	const struct record_call *call = question->call;

	return (struct growth){.bytes = page_up(call->size_bytes),
			       .known = call->has & HAS_SIZE,
			       .shared = true,
			       .writable = !(call->arg[2] & K_SHM_RDONLY),
			       .locked = question->space->future};
}

/* remap_file_pages maps other pages in the same place. */
static struct growth growth_of_remapfile(const struct question *question)
{
	const struct vma *vma = space_find(question->space, page_down(question->call->arg[0]));
	uint64_t bytes = page_down(question->call->arg[1]);

	return (struct growth){.bytes = bytes,
			       .replaced = bytes,
			       .known = true,
			       .shared = true,
			       .locked = question->space->future || (vma && vma->lock)};
}

struct growth question_growth(const struct question *question)
{
	switch (question->effect) {
	case EFFECT_MAP:
		return growth_of_map(question);
	case EFFECT_REMAP:
		return growth_of_remap(question);
	case EFFECT_BRK:
	case EFFECT_SBRK:
		return growth_of_break(question);
	case EFFECT_ATTACH:
		return growth_of_attach(question);
	case EFFECT_REMAPFILE:
		return growth_of_remapfile(question);
	default:
		return (struct growth){.known = true};
	}
}

/* ---- against what ---- */

/* Pages to be locked that are mapped now: asked + VmLck; what they replace is not credited. */
enum why_answer test_lock_future(const struct question *question, struct why_cause *cause)
{
	struct lock_right right = limit_lock_right(question->space, question->call);
	struct growth growth = question_growth(question);
	bool read = (question->call->has & (HAS_LIMIT | HAS_OVERLAP)) == HAS_LIMIT;

	cause->asked = growth.bytes / PAGE_BYTES;
	/* As the process read it, it has what no call shows: the stack that grew. */
	cause->held = (read ? question->call->vmlck_bytes : space_vmlck(question->space)) / PAGE_BYTES;
	cause->limit_bytes = right.limit_bytes;
	cause->limit = right.limit_bytes == UINT64_MAX ? UINT64_MAX : right.limit_bytes / PAGE_BYTES;
	if (!growth.locked || (right.known && right.cap) || (growth.known && !growth.bytes))
		return ANSWER_NO;
	if (!right.known || !growth.known)
		return ANSWER_MAYBE;
	return answer_if(cause->asked + cause->held > cause->limit);
}

/* The stack's growth is in no log, so what is near the limit may be beyond it. */
static enum why_answer over(const struct question *question, struct why_cause *cause, const struct growth *growth,
			    uint64_t held, uint64_t limit)
{
	uint64_t slack = min_u64(question->space->limits.stack, UINT64_C(8) << 20);

	cause->asked = growth->bytes / PAGE_BYTES;
	cause->held = held / PAGE_BYTES;
	cause->credited = growth->replaced / PAGE_BYTES;
	cause->limit_bytes = limit;
	cause->limit = limit / PAGE_BYTES;
	if (limit == UINT64_MAX)
		return question->space->limits.known ? ANSWER_NO : ANSWER_REMOTE;
	if (!growth->known)
		return ANSWER_MAYBE;
	if (!growth->bytes)
		return ANSWER_NO;
	if (cause->held + cause->asked - min_u64(cause->credited, cause->held) > cause->limit)
		return ANSWER_YES;
	return held + growth->bytes - min_u64(growth->replaced, held) + slack > limit ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_as_limit(const struct question *question, struct why_cause *cause)
{
	struct growth growth = question_growth(question);

	return over(question, cause, &growth, question->space->set.sums.mapped, question->space->limits.as);
}

/* What mprotect makes data of, up to where it stops. */
static uint64_t becomes_data(const struct question *question)
{
	const struct vma *vma = vmaset_find(&question->space->set, question->range.start);
	uint64_t end = question->stop.reason == WHY_COUNT ? question->range.end : question->stop.at, bytes = 0;

	if (!(question->call->arg[2] & PROT_BIT_WRITE) || question->is != RANGE_PAGES)
		return 0;
	for (; vma && vma->start < end; vma = vmaset_after(&question->space->set, vma, end))
		if (!vma_is_data(vma) && !vma->shared && !(vma->flags & VMA_GROWSDOWN))
			bytes += min_u64(vma->end, end) - max_u64(vma->start, question->range.start);
	return bytes;
}

/* mprotect is stopped at a mapping of the kernel's, whose bounds the model does not know. */
static enum why_answer data_of_protect(const struct question *question, struct why_cause *cause)
{
	struct growth growth = {.bytes = becomes_data(question), .known = true};
	enum why_answer answer = over(question, cause, &growth, question->space->set.sums.data,
				      question->space->limits.data);

	return answer == ANSWER_YES ? ANSWER_MAYBE : answer;
}

enum why_answer test_data_limit(const struct question *question, struct why_cause *cause)
{
	struct growth growth;

	if (question->space->limits.data == UINT64_MAX)
		return question->space->limits.known ? ANSWER_NO : ANSWER_REMOTE;
	if (question->effect == EFFECT_PROTECT)
		return data_of_protect(question, cause);
	growth = question_growth(question);
	if (!growth.writable || growth.shared)
		return ANSWER_NO;
	return over(question, cause, &growth, question->space->set.sums.data, question->space->limits.data);
}

enum why_answer test_commit(const struct question *question, struct why_cause *cause)
{
	uint64_t bytes = question->effect == EFFECT_PROTECT ? becomes_data(question)
			 : question->effect == EFFECT_FORK  ? question->space->set.sums.mapped
							    : question_growth(question).bytes;

	cause->asked = bytes / PAGE_BYTES;
	return bytes >= LARGE_BYTES ? ANSWER_MAYBE : ANSWER_REMOTE;
}
