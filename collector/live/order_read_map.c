/*
 * order_read_map.c - calls that make mappings and take them away: mmap, munmap, the break, System V segments.
 */
#include "order_reading.h"

#include <errno.h>

#include "../vm/uapi.h"

/* ---- mmap ---- */

/* Numbers of objects made by a call begin above those of what was there before. */
static uint64_t object_of(const struct reading *reading, uint64_t start)
{
	const struct record_call *call = reading->call;
	bool shared = (call->arg[3] & K_MAP_TYPE) != K_MAP_PRIVATE, anonymous = call->arg[3] & K_MAP_ANONYMOUS;
	uint64_t hash = reading_mix(2, call->arg[3] & ~(uint64_t)(K_MAP_FIXED | K_MAP_FIXED_NOREPLACE | K_MAP_LOCKED));

	if (anonymous)
		return shared ? reading_mix(hash, reading->id) : hash;
	if (!(call->has & HAS_FILE))
		return reading_mix(hash, reading->id);
	return reading_mix(reading_mix(reading_mix(hash, call->dev), call->ino), call->arg[5] - start);
}

static struct range map_range(const struct reading *reading, uint64_t start)
{
	const struct record_call *call = reading->call;
	bool huge = (call->arg[3] & K_MAP_HUGETLB) || ((call->has & HAS_FILE) && call->fd_kind == FD_HUGETLB);
	unsigned order = call->arg[3] >> K_MAP_HUGE_SHIFT & K_MAP_HUGE_MASK;
	uint64_t unit = order ? UINT64_C(1) << order : HUGE_BYTES;

	return reading_pages(page_down(start), huge ? round_up_to(call->arg[1], unit) : call->arg[1]);
}

static void map_worked(struct reading *reading, bool replaces)
{
	const struct record_call *call = reading->call;
	uint64_t start = (uint64_t)call->ret;
	enum need need = replaces ? NEED_NOTHING : NEED_FREE;
	struct touch *touch = reading_add(reading, ACT_MAKE, need, map_range(reading, start));

	touch->prot = call->arg[2] & K_PROT_ACCESS;
	touch->lock = call->arg[3] & K_MAP_LOCKED ? VMA_LOCKED : VMA_UNLOCKED;
	touch->object = object_of(reading, start);
}

/*
 * Memory of the process's own is replaced only when nothing can go wrong any more; an object is made, or refuses, after
 * that.
 */
static void map_failed(struct reading *reading, bool replaces, bool excludes)
{
	const struct record_call *call = reading->call;
	bool own = (call->arg[3] & K_MAP_ANONYMOUS) && (call->arg[3] & K_MAP_TYPE) == K_MAP_PRIVATE &&
		   !(call->arg[3] & K_MAP_HUGETLB);
	struct range range = map_range(reading, call->arg[0]);

	if (excludes && reading->err == EEXIST)
		reading_falter(reading, reading_add(reading, ACT_NONE, NEED_NOTHING, range), NEED_MAPPED);
	else if (replaces && !own)
		reading_maybe(reading, ACT_REMOVE, range);
}

void read_map(struct reading *reading)
{
	const struct record_call *call = reading->call;
	bool excludes = call->arg[3] & K_MAP_FIXED_NOREPLACE, replaces = (call->arg[3] & K_MAP_FIXED) && !excludes;

	if (reading->begun) {
		reading->out->anywhere = !replaces && !excludes;
		if (call->arg[0])
			reading_maybe(reading, ACT_UNCLEAR, map_range(reading, call->arg[0]));
	} else if (reading->worked) {
		map_worked(reading, replaces);
	} else {
		map_failed(reading, replaces, excludes);
	}
}

void read_unmap(struct reading *reading)
{
	struct range range;

	if (!reading_aligned(reading, &range))
		return;
	if (reading_is_huge(reading, range.start))
		range.end = range.start + round_up_to(range.end - range.start, HUGE_BYTES);
	if (reading->begun)
		reading_maybe(reading, ACT_REMOVE, range);
	else if (reading->worked)
		reading_add(reading, ACT_REMOVE, NEED_NOTHING, range);
}

/* ---- the break ---- */

/* sbrk returns the old break; how the new one was asked for differs. */
void read_break(struct reading *reading)
{
	const struct record_call *call = reading->call;
	uint64_t old = page_up(call->old), now = call->call == CALL_brk ? call->arg[0] : call->old + call->arg[0];
	struct touch *touch;

	if (!(call->has & HAS_OLD) || (!reading->begun && !reading->worked))
		return;
	now = page_up(now);
	if (now < old) {
		touch = reading_add(reading, ACT_REMOVE, NEED_NOTHING, (struct range){now, old});
	} else {
		touch = reading_add(reading, ACT_MAKE, NEED_FREE, (struct range){old, now});
		touch->object = reading_mix(4, 0);
		touch->prot = PROT_BIT_READ | PROT_BIT_WRITE;
	}
	reading_finish(reading, touch, 0);
}

/* ---- System V segments ---- */

void read_attach(struct reading *reading)
{
	const struct record_call *call = reading->call;
	bool replaces = call->arg[2] & K_SHM_REMAP;
	struct touch *touch;

	if (reading->begun || !reading->worked || !(call->has & HAS_SIZE)) {
		reading->out->anywhere = reading->begun && !call->arg[1];
		if (call->arg[1] && (reading->begun || replaces))
			reading_maybe(reading, ACT_UNCLEAR, (struct range){page_down(call->arg[1]), SPACE_END});
		return;
	}
	touch = reading_add(reading, ACT_MAKE, replaces ? NEED_NOTHING : NEED_FREE,
			    reading_pages((uint64_t)call->ret, call->size_bytes));
	touch->object = reading_mix(reading_mix(5, call->arg[0]), (uint64_t)call->ret);
	touch->prot = PROT_BIT_READ | (call->arg[2] & K_SHM_RDONLY ? 0 : PROT_BIT_WRITE);
}

/* How far a segment reaches, and where its pieces are, only the model knows, if it has them. */
void read_detach(struct reading *reading)
{
	uint64_t at = reading->call->arg[0], end = at;
	const struct vma *vma = reading->space ? space_find(reading->space, at) : NULL;
	uint64_t segment = vma && vma->kind == KIND_SHM ? vma->ino : 0;

	if (!reading->begun && !reading->worked)
		return;
	for (; segment && vma && vma->start <= end && vma->kind == KIND_SHM && vma->ino == segment;
	     vma = space_next(reading->space, end))
		end = vma->end;
	reading_add(reading, ACT_REMOVE, NEED_NOTHING, (struct range){page_down(at), end});
	reading_maybe(reading, ACT_REMOVE, (struct range){max_u64(page_down(at), end), SPACE_END});
}
