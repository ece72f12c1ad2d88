#include "order_touch.h"

#include <errno.h>

#include "../vm/range.h"
#include "../vm/uapi.h"

/* One call on its way into touches. */
struct reading {
	const struct record_call *call;
	const struct space *space;
	uint64_t id;
	struct touches *out;
	struct touch none; /* what add() gives for no pages */
	bool begun, worked;
	int err;
};

static const struct range everywhere = {0, SPACE_END};

/* ---- one touch ---- */

static uint8_t facts_set(enum act act)
{
	static const uint8_t sets[] = {
		[ACT_NONE] = 0,
		[ACT_MAKE] = FACT_PAGE,
		[ACT_REMOVE] = FACT_PAGE,
		[ACT_PROTECT] = FACT_PROT,
		[ACT_LOCK] = FACT_LOCK,
		[ACT_ADVISE] = FACT_ADVICE,
		[ACT_SEAL] = FACT_SEAL,
		[ACT_FUTURE] = FACT_RULES,
		[ACT_RULE] = FACT_RULES,
		[ACT_UNCLEAR] = FACT_PAGE,
	};

	return sets[act];
}

/* What decides how the act ends. */
static uint8_t facts_seen(enum act act)
{
	switch (act) {
	case ACT_MAKE:
		return FACT_SEAL | FACT_RULES;
	case ACT_REMOVE:
		return FACT_SEAL;
	case ACT_PROTECT:
		return FACT_MAPPING | FACT_SEAL | FACT_RULES;
	case ACT_LOCK:
	case ACT_ADVISE:
	case ACT_SEAL:
		return FACT_MAPPING;
	case ACT_UNCLEAR:
		return FACT_PAGE | FACT_RULES;
	default:
		return 0;
	}
}

static struct touch *add(struct reading *reading, enum act act, enum need need, struct range range)
{
	struct touches *out = reading->out;
	struct touch *touch = &reading->none;

	if (range.start < range.end && out->count < TOUCHES_MAX)
		touch = &out->touch[out->count++];
	*touch = (struct touch){
		.start = range.start,
		.end = range.end,
		.act = (uint8_t)act,
		.need = (uint8_t)need,
		.sees = facts_seen(act) | (need ? FACT_MAPPING : 0),
		.sets = facts_set(act),
	};
	return touch;
}

/* It failed, or may fail, on the way; @err says whether for want of a page. */
static void falter(struct reading *reading, struct touch *touch, enum need somewhere)
{
	touch->maybe = true;
	touch->need = NEED_NOTHING;
	touch->somewhere = (uint8_t)somewhere;
	touch->sees |= somewhere ? FACT_MAPPING : 0;
	reading->out->spreads |= touch->act != ACT_NONE;
}

/*
 * A call that works through its range: done as a whole, or up to where it had to stop.
 * @hole: the error that says that some page was not mapped
 */
static void finish(struct reading *reading, struct touch *touch, int hole)
{
	if (reading->begun)
		falter(reading, touch, NEED_NOTHING);
	else if (!reading->worked)
		falter(reading, touch, reading->err == hole ? NEED_FREE : NEED_NOTHING);
}

/* ---- where ---- */

static struct range from_length(uint64_t start, uint64_t length)
{
	return (struct range){start, length > SPACE_END - start ? SPACE_END : start + page_up(length)};
}

static bool aligned(const struct reading *reading, struct range *range)
{
	return range_aligned(reading->call->arg[0], reading->call->arg[1], range) == RANGE_PAGES;
}

static bool is_huge(const struct reading *reading, uint64_t addr)
{
	const struct vma *vma = reading->space ? space_find(reading->space, addr) : NULL;

	return vma && (vma->flags & VMA_HUGETLB);
}

/* ---- mmap ---- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

/* Numbers of objects made by a call begin above those of what was there before. */
static uint64_t object_of(const struct reading *reading, uint64_t start)
{
	const struct record_call *call = reading->call;
	bool shared = (call->arg[3] & K_MAP_TYPE) != K_MAP_PRIVATE, anonymous = call->arg[3] & K_MAP_ANONYMOUS;
	uint64_t hash = mix(2, call->arg[3] & ~(uint64_t)(K_MAP_FIXED | K_MAP_FIXED_NOREPLACE | K_MAP_LOCKED));

	if (anonymous)
		return shared ? mix(hash, reading->id) : hash;
	if (!(call->has & HAS_FILE))
		return mix(hash, reading->id);
	return mix(mix(mix(hash, call->dev), call->ino), call->arg[5] - start);
}

static struct range map_range(const struct reading *reading, uint64_t start)
{
	const struct record_call *call = reading->call;
	bool huge = (call->arg[3] & K_MAP_HUGETLB) || ((call->has & HAS_FILE) && call->fd_kind == FD_HUGETLB);
	unsigned order = call->arg[3] >> K_MAP_HUGE_SHIFT & K_MAP_HUGE_MASK;
	uint64_t unit = order ? UINT64_C(1) << order : HUGE_BYTES;

	return from_length(page_down(start), huge ? round_up_to(call->arg[1], unit) : call->arg[1]);
}

static void map_worked(struct reading *reading, bool replaces)
{
	const struct record_call *call = reading->call;
	uint64_t start = (uint64_t)call->ret;
	struct touch *touch = add(reading, ACT_MAKE, replaces ? NEED_NOTHING : NEED_FREE, map_range(reading, start));

	touch->prot = call->arg[2] & K_PROT_ACCESS;
	touch->lock = call->arg[3] & K_MAP_LOCKED ? VMA_LOCKED : VMA_UNLOCKED;
	touch->object = object_of(reading, start);
}

/* Memory of the process's own is replaced only when nothing can go wrong any more; an object is made, or refuses, after that. */
static void map_failed(struct reading *reading, bool replaces, bool excludes)
{
	const struct record_call *call = reading->call;
	bool own = (call->arg[3] & K_MAP_ANONYMOUS) && (call->arg[3] & K_MAP_TYPE) == K_MAP_PRIVATE &&
		   !(call->arg[3] & K_MAP_HUGETLB);
	struct range range = map_range(reading, call->arg[0]);

	if (excludes && reading->err == EEXIST)
		falter(reading, add(reading, ACT_NONE, NEED_NOTHING, range), NEED_MAPPED);
	else if (replaces && !own)
		falter(reading, add(reading, ACT_REMOVE, NEED_NOTHING, range), NEED_NOTHING);
}

static void read_map(struct reading *reading)
{
	const struct record_call *call = reading->call;
	bool excludes = call->arg[3] & K_MAP_FIXED_NOREPLACE, replaces = (call->arg[3] & K_MAP_FIXED) && !excludes;

	if (reading->begun) {
		reading->out->anywhere = !replaces && !excludes;
		if (call->arg[0])
			falter(reading, add(reading, ACT_UNCLEAR, NEED_NOTHING, map_range(reading, call->arg[0])),
			       NEED_NOTHING);
	} else if (reading->worked) {
		map_worked(reading, replaces);
	} else {
		map_failed(reading, replaces, excludes);
	}
}

static void read_unmap(struct reading *reading)
{
	struct range range;

	if (!aligned(reading, &range))
		return;
	if (is_huge(reading, range.start))
		range.end = range.start + round_up_to(range.end - range.start, HUGE_BYTES);
	if (reading->begun)
		falter(reading, add(reading, ACT_REMOVE, NEED_NOTHING, range), NEED_NOTHING);
	else if (reading->worked)
		add(reading, ACT_REMOVE, NEED_NOTHING, range);
}

/* ---- mremap ---- */

struct remap {
	struct range source, target;
	uint64_t old_bytes, new_bytes;
	bool fixed, keeps, single; /* single: only one mapping can be moved so */
};

static struct remap remap_of(const struct reading *reading)
{
	const struct record_call *call = reading->call;
	uint64_t from = call->arg[0], to = reading->worked ? (uint64_t)call->ret : call->arg[4];
	uint64_t unit = is_huge(reading, from) ? HUGE_BYTES : PAGE_BYTES;
	struct remap remap = {
		.old_bytes = round_up_to(call->arg[1], unit),
		.new_bytes = round_up_to(call->arg[2], unit),
		.fixed = call->arg[3] & K_MREMAP_FIXED,
		.keeps = call->arg[3] & K_MREMAP_DONTUNMAP,
	};

	remap.source = from_length(from, remap.old_bytes);
	remap.target = from_length(to, remap.new_bytes);
	remap.single = remap.old_bytes != remap.new_bytes || !(remap.fixed || remap.keeps);
	return remap;
}

/* The first page, where a mapping must be. */
static void need_source(struct reading *reading, const struct remap *remap, uint64_t bytes)
{
	struct range range = from_length(remap->source.start, bytes ? bytes : PAGE_BYTES);
	struct touch *touch = add(reading, ACT_NONE, NEED_MAPPED, range);

	touch->sees = FACT_PAGE;
}

static void make_target(struct reading *reading, struct range range, enum need need)
{
	struct touch *touch = add(reading, ACT_MAKE, need, range);

	touch->object = mix(3, reading->id);
	reading->out->spreads = true;
}

static void resize(struct reading *reading, const struct remap *remap)
{
	struct range tail = {remap->target.end, remap->source.end}, more = {remap->source.end, remap->target.end};

	if (remap->new_bytes <= remap->old_bytes) {
		need_source(reading, remap, PAGE_BYTES);
		add(reading, ACT_REMOVE, NEED_NOTHING, tail);
		return;
	}
	need_source(reading, remap, remap->old_bytes);
	make_target(reading, more, NEED_FREE);
}

static void move(struct reading *reading, const struct remap *remap)
{
	uint64_t moved = min_u64(remap->old_bytes, remap->new_bytes);
	bool page = moved <= PAGE_BYTES;

	need_source(reading, remap, remap->single ? moved : PAGE_BYTES);
	if (remap->old_bytes)
		add(reading, remap->keeps ? ACT_LOCK : ACT_REMOVE, NEED_NOTHING, remap->source)->sees = FACT_PAGE;
	make_target(reading, remap->target, remap->fixed ? NEED_NOTHING : NEED_FREE);
	/* what lies opposite a hole of the source stays */
	reading->out->touch[reading->out->count - 1].maybe = !remap->single && !page;
}

/* Nothing was done, but for a move to a fixed place that met an obstacle on the way. */
static void remap_failed(struct reading *reading, const struct remap *remap)
{
	bool stepwise = remap->new_bytes < remap->old_bytes ||
			(remap->new_bytes == remap->old_bytes && remap->old_bytes > PAGE_BYTES && reading->err != EINVAL);

	if (!remap->fixed || !stepwise)
		return;
	falter(reading, add(reading, ACT_UNCLEAR, NEED_NOTHING, remap->source), NEED_NOTHING);
	falter(reading, add(reading, ACT_UNCLEAR, NEED_NOTHING, remap->target), NEED_NOTHING);
}

static void remap_begun(struct reading *reading, const struct remap *remap)
{
	struct range here = from_length(remap->source.start, max_u64(remap->old_bytes, remap->new_bytes));

	falter(reading, add(reading, ACT_UNCLEAR, NEED_NOTHING, here), NEED_NOTHING);
	if (remap->fixed)
		falter(reading, add(reading, ACT_UNCLEAR, NEED_NOTHING, remap->target), NEED_NOTHING);
	else
		reading->out->anywhere = reading->call->arg[3] & K_MREMAP_MAYMOVE;
}

static void read_remap(struct reading *reading)
{
	struct remap remap = remap_of(reading);

	if (remap.source.start % PAGE_BYTES)
		return;
	if (reading->begun)
		remap_begun(reading, &remap);
	else if (!reading->worked)
		remap_failed(reading, &remap);
	else if (remap.target.start == remap.source.start)
		resize(reading, &remap);
	else
		move(reading, &remap);
}

/* ---- the break ---- */

/* sbrk returns the old break; how the new one was asked for differs. */
static void read_break(struct reading *reading)
{
	const struct record_call *call = reading->call;
	uint64_t old = page_up(call->old), now = call->call == CALL_brk ? call->arg[0] : call->old + call->arg[0];
	struct touch *touch;

	if (!(call->has & HAS_OLD) || (!reading->begun && !reading->worked))
		return;
	now = page_up(now);
	if (now < old) {
		touch = add(reading, ACT_REMOVE, NEED_NOTHING, (struct range){now, old});
	} else {
		touch = add(reading, ACT_MAKE, NEED_FREE, (struct range){old, now});
		touch->object = mix(4, 0);
		touch->prot = PROT_BIT_READ | PROT_BIT_WRITE;
	}
	finish(reading, touch, 0);
}

/* ---- calls that change what is there ---- */

static void read_remapfile(struct reading *reading)
{
	struct range range = {page_down(reading->call->arg[0]),
			      page_down(reading->call->arg[0]) + page_down(reading->call->arg[1])};

	if (reading->begun || reading->worked)
		finish(reading, add(reading, ACT_UNCLEAR, NEED_MAPPED, range), 0);
}

static void read_protect(struct reading *reading)
{
	uint8_t prot = reading->call->arg[2] & K_PROT_ACCESS;
	struct range range;
	struct touch *touch;

	if (!aligned(reading, &range))
		return;
	if (reading->call->arg[2] & K_PROT_GROWSDOWN) {
		/* from the start of the mapping on, wherever that is */
		touch = add(reading, ACT_PROTECT, NEED_NOTHING, (struct range){0, range.start});
		touch->prot = prot;
		touch->maybe = true;
	}
	touch = add(reading, ACT_PROTECT, NEED_MAPPED, range);
	touch->prot = prot;
	finish(reading, touch, ENOMEM);
}

static void read_seal(struct reading *reading)
{
	struct range range;

	if (aligned(reading, &range) && (reading->begun || reading->worked))
		finish(reading, add(reading, ACT_SEAL, NEED_MAPPED, range), 0);
}

/* mlock is refused for the limit, for a hole, or when a page cannot be faulted in, all with ENOMEM. */
static bool no_limit(const struct record_call *call)
{
	return (call->has & HAS_LIMIT) && (call->cap_ipc_lock || call->limit_bytes == UINT64_MAX);
}

static void read_lock(struct reading *reading, uint8_t lock)
{
	const struct record_call *call = reading->call;
	bool untouched = !reading->begun && !reading->worked && reading->err != ENOMEM && reading->err != EAGAIN &&
			 reading->err != EINTR;
	struct range range;
	struct touch *touch;

	if (untouched || range_covering(call->arg[0], call->arg[1], &range) != RANGE_PAGES)
		return;
	touch = add(reading, ACT_LOCK, NEED_MAPPED, range);
	touch->lock = lock;
	finish(reading, touch, lock == VMA_UNLOCKED || no_limit(call) ? ENOMEM : 0);
	if (lock == VMA_UNLOCKED || reading->worked)
		return;
	touch->faults = lock == VMA_LOCKED;
	touch->sees |= FACT_PROT;
	reading->out->refused = true;
	reading->out->limited = !no_limit(call);
}

static void read_lockall(struct reading *reading)
{
	uint64_t flags = reading->call->arg[0];
	uint8_t lock = flags & K_MCL_ONFAULT ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
	struct touch *touch;

	if (!reading->begun && !reading->worked)
		return;
	touch = add(reading, ACT_FUTURE, NEED_NOTHING, everywhere);
	touch->lock = flags & K_MCL_FUTURE ? lock : VMA_UNLOCKED;
	if (!(flags & K_MCL_CURRENT))
		return;
	touch = add(reading, ACT_LOCK, NEED_NOTHING, everywhere);
	touch->lock = lock;
}

static void read_unlockall(struct reading *reading)
{
	add(reading, ACT_FUTURE, NEED_NOTHING, everywhere);
	add(reading, ACT_LOCK, NEED_NOTHING, everywhere);
}

/* posix_madvise(POSIX_MADV_DONTNEED) returns 0 without a look: glibc sysdeps/unix/sysv/linux/posix_madvise.c. */
static void read_advise(struct reading *reading)
{
	const struct record_call *call = reading->call;
	bool sham = call->call == CALL_posix_madvise && call->arg[2] == K_MADV_DONTNEED, lasts;
	uint16_t set, clear;
	struct range range;
	struct touch *touch;

	if (sham || !aligned(reading, &range))
		return;
	lasts = space_advice(call->arg[2], &set, &clear);
	touch = add(reading, lasts ? ACT_ADVISE : ACT_NONE, NEED_MAPPED, range);
	touch->set = lasts ? set : 0;
	touch->clear = lasts ? clear : 0;
	finish(reading, touch, ENOMEM);
	/* madvise passes over holes and changes what else there is */
	if (!reading->begun && reading->err == ENOMEM)
		touch->maybe = false;
}

/* The ranges are behind a pointer. */
static void read_advisev(struct reading *reading)
{
	uint16_t set, clear;

	if (space_advice(reading->call->arg[3], &set, &clear))
		falter(reading, add(reading, ACT_UNCLEAR, NEED_NOTHING, everywhere), NEED_NOTHING);
}

/* mincore, msync: they only see. */
static void read_sight(struct reading *reading)
{
	struct range range;

	if (aligned(reading, &range) && !reading->begun)
		finish(reading, add(reading, ACT_NONE, NEED_MAPPED, range), ENOMEM);
}

/* ---- System V segments ---- */

static void read_attach(struct reading *reading)
{
	const struct record_call *call = reading->call;
	bool replaces = call->arg[2] & K_SHM_REMAP;
	struct touch *touch;

	if (reading->begun || !reading->worked || !(call->has & HAS_SIZE)) {
		reading->out->anywhere = reading->begun && !call->arg[1];
		if (call->arg[1] && (reading->begun || replaces))
			falter(reading, add(reading, ACT_UNCLEAR, NEED_NOTHING,
					    (struct range){page_down(call->arg[1]), SPACE_END}), NEED_NOTHING);
		return;
	}
	touch = add(reading, ACT_MAKE, replaces ? NEED_NOTHING : NEED_FREE,
		    from_length((uint64_t)call->ret, call->size_bytes));
	touch->object = mix(mix(5, call->arg[0]), (uint64_t)call->ret);
	touch->prot = PROT_BIT_READ | (call->arg[2] & K_SHM_RDONLY ? 0 : PROT_BIT_WRITE);
}

/* How far a segment reaches, and where its pieces are, only the model knows, if it has them. */
static void read_detach(struct reading *reading)
{
	uint64_t at = reading->call->arg[0], end = at;
	const struct vma *vma = reading->space ? space_find(reading->space, at) : NULL;
	uint64_t segment = vma && vma->kind == KIND_SHM ? vma->ino : 0;

	if (!reading->begun && !reading->worked)
		return;
	for (; segment && vma && vma->start <= end && vma->kind == KIND_SHM && vma->ino == segment;
	     vma = space_next(reading->space, end))
		end = vma->end;
	add(reading, ACT_REMOVE, NEED_NOTHING, (struct range){page_down(at), end});
	falter(reading, add(reading, ACT_REMOVE, NEED_NOTHING, (struct range){max_u64(page_down(at), end), SPACE_END}),
	       NEED_NOTHING);
}

/* ---- the process ---- */

static void read_rule(struct reading *reading)
{
	struct touch *touch;

	if (!reading->begun && !reading->worked)
		return;
	touch = add(reading, ACT_RULE, NEED_NOTHING, everywhere);
	touch->object = reading->id;
	if (reading->call->call == CALL_prctl && reading->call->arg[0] == K_PR_SET_MEMORY_MERGE) {
		touch = add(reading, ACT_ADVISE, NEED_NOTHING, everywhere);
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
	touch = add(reading, ACT_NONE, NEED_NOTHING, everywhere);
	touch->sees = FACT_PAGE & ~FACT_LOCK;
	reading->out->copies = true;
}

static void read_end(struct reading *reading)
{
	if (!reading->begun)
		return;
	add(reading, ACT_UNCLEAR, NEED_NOTHING, everywhere);
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

	falter(&reading, add(&reading, ACT_UNCLEAR, NEED_NOTHING, everywhere), NEED_NOTHING);
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
