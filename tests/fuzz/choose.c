#include "choose.h"

#include <stdlib.h>

#include "../../collector/vm/range.h"
#include "../../collector/vm/uapi.h"
#include "chooser.h"

#define CALL_STEP(name, ...) ((struct step){ .verb = STEP_CALL, .call = CALL_##name, .arg = { __VA_ARGS__ } })

static uint64_t map_flags(struct chooser *chooser)
{
	uint64_t flags = SOME(chooser, K_MAP_PRIVATE, K_MAP_PRIVATE, K_MAP_SHARED, K_MAP_DROPPABLE) | K_MAP_ANONYMOUS;

	if (!pick(chooser, 3))
		flags = SOME(chooser, K_MAP_PRIVATE, K_MAP_SHARED, K_MAP_SHARED_VALIDATE, 0);
	if (!pick(chooser, 4))
		flags |= K_MAP_LOCKED;
	if (!pick(chooser, 6))
		flags |= SOME(chooser, K_MAP_NORESERVE, K_MAP_STACK, K_MAP_GROWSDOWN, K_MAP_SYNC);
	if (!pick(chooser, 30))
		flags |= SOME(chooser, K_MAP_HUGETLB, K_MAP_HUGETLB | K_MAP_NORESERVE, 0x8000, 0x18000, 0x800, 0x1000,
			      0x4000000, 1 << 27);
	return flags;
}

static struct step choose_map(struct chooser *chooser)
{
	bool far = (chooser->what & CHOOSE_ELSEWHERE) && !pick(chooser, 8);
	struct step step = CALL_STEP(mmap, some_page(chooser), number(some_length(chooser, KEEPS)),
				     number(pick(chooser, 8)));
	uint64_t flags = map_flags(chooser);

	step.label = (uint8_t)(chooser->plan->steps + 1);
	if (far && pick(chooser, 2))
		step.arg[0] = number(0);
	else if (!far)
		flags |= SOME(chooser, K_MAP_FIXED, K_MAP_FIXED, K_MAP_FIXED, K_MAP_FIXED_NOREPLACE);
	if (far)
		remember_far(chooser, &step, &step.arg[1]);
	step.arg[3] = number(flags);
	step.arg[4] = number(UINT64_MAX);
	if (!(flags & K_MAP_ANONYMOUS))
		step.arg[4] = (struct word){ PLACE_OBJECT, (uint8_t)pick(chooser, OBJECTS), 0 };
	step.arg[5] = number(pick(chooser, 8) * PAGE_BYTES + (pick(chooser, 60) ? 0 : 5));
	return step;
}

static struct step choose_remap(struct chooser *chooser)
{
	const uint64_t may = K_MREMAP_MAYMOVE, fixed = may | K_MREMAP_FIXED, keep = K_MREMAP_DONTUNMAP;
	const struct span from = some_span(chooser, KEEPS);
	struct step step = CALL_STEP(mremap, from.addr, from.len);

	step.label = (uint8_t)(chooser->plan->steps + 1);
	step.arg[2] = pick(chooser, 2) ? from.len : number(some_length(chooser, KEEPS));
	step.arg[3] = number(SOME(chooser, 0, 0, may, fixed, fixed, fixed | keep, may | keep, keep, 8));
	step.arg[4] = some_page(chooser);
	if (!pick(chooser, 12))
		step.arg[1] = number(0);
	/* a mapping elsewhere may have another behind it that is not the plan's */
	if (from.addr.place == PLACE_RESULT && step.arg[2].add < step.arg[1].add)
		step.arg[2] = step.arg[1];
	if (!(chooser->what & CHOOSE_ELSEWHERE))
		step.arg[3].add &= ~(step.arg[3].add & K_MREMAP_FIXED ? 0 : may);
	else if ((step.arg[3].add & fixed) == may)
		remember_far(chooser, &step, &step.arg[2]);
	return step;
}

static struct step choose_unmap(struct chooser *chooser)
{
	const struct span span = some_span(chooser, KEEPS);

	return CALL_STEP(munmap, span.addr, span.len);
}

static struct step choose_protect(struct chooser *chooser)
{
	const struct span span = some_span(chooser, STOPS);
	uint64_t prot = pick(chooser, 8);

	if (!pick(chooser, 10))
		prot |= SOME(chooser, K_PROT_SEM, K_PROT_GROWSDOWN, K_PROT_GROWSUP, 16);
	if (!pick(chooser, 12))
		return CALL_STEP(pkey_mprotect, span.addr, span.len, number(prot),
				 number(SOME(chooser, UINT64_MAX, UINT64_MAX, 0, 1)));
	return CALL_STEP(mprotect, span.addr, span.len, number(prot));
}

/* Advice that leaves everything where it is, also in a child. */
static uint64_t harmless_advice(struct chooser *chooser)
{
	return SOME(chooser, 0, 1, 2, 3, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 25, 99);
}

static struct step choose_advice(struct chooser *chooser)
{
	uint64_t advice = pick(chooser, 2) ? harmless_advice(chooser) :
					     SOME(chooser, 4, 4, 8, 9, 10, 10, 18, 18, 23, 24, 102, 102, 103);
	const struct span span = some_span(chooser, KEEPS);

	if ((chooser->what & CHOOSE_LIBRARY) && !pick(chooser, 6))
		return CALL_STEP(posix_madvise, span.addr, span.len, number(advice));
	if ((chooser->what & CHOOSE_POINTED) && !pick(chooser, 8))
		return CALL_STEP(process_madvise, span.addr, span.len, number(pick(chooser, 3)), number(advice));
	return CALL_STEP(madvise, span.addr, span.len, number(advice));
}

static struct step choose_elsewhere_advice(struct chooser *chooser)
{
	const struct span span = some_span(chooser, HARMLESS);

	return CALL_STEP(madvise, span.addr, span.len, number(harmless_advice(chooser)));
}

static struct step choose_lock(struct chooser *chooser)
{
	const struct span span = some_span(chooser, HARMLESS);

	switch (pick(chooser, chooser->what & CHOOSE_WHOLE ? 12 : 9)) {
	case 0: case 1: case 2: case 3:
		return CALL_STEP(mlock, span.addr, span.len);
	case 4: case 5:
		return CALL_STEP(mlock2, span.addr, span.len, number(SOME(chooser, 0, 1, 1, 1, 2)));
	default:
		return CALL_STEP(munlock, span.addr, span.len);
	case 9:
		return CALL_STEP(mlockall, number(pick(chooser, 9)));
	case 10: case 11:
		return CALL_STEP(munlockall, number(0));
	}
}

static struct step choose_segment(struct chooser *chooser)
{
	struct word segment = { PLACE_SEGMENT, (uint8_t)pick(chooser, SEGMENTS), 0 };
	uint64_t flags = SOME(chooser, 0, 0, K_SHM_RDONLY, K_SHM_EXEC, K_SHM_REMAP, K_SHM_REMAP | K_SHM_RDONLY, 020000);
	struct step step = CALL_STEP(shmat, segment, some_page(chooser), number(flags));

	step.label = (uint8_t)(chooser->plan->steps + 1);
	switch (pick(chooser, 12)) {
	case 0:
		/* SHM_LOCK, SHM_UNLOCK, IPC_RMID */
		return CALL_STEP(shmctl, segment, number(SOME(chooser, 11, 12, 0)));
	case 1:
		if (!(chooser->what & CHOOSE_ELSEWHERE))
			return step;
		step.arg[1] = number(0);
		step.arg[2] = number(flags & ~(uint64_t)K_SHM_REMAP);
		remember_far(chooser, &step, &(struct word){ .add = segment_bytes(segment.index) });
		return step;
	case 2: case 3: case 4: case 5:
		return step;
	default:
		return CALL_STEP(shmdt, chooser->fars && !pick(chooser, 3) ? far_span(chooser).addr : some_page(chooser));
	}
}

/* Never below where it was: the C library has given that to somebody. */
static struct step choose_break(struct chooser *chooser)
{
	uint64_t distance = pick(chooser, 8 * 4096);

	if ((chooser->what & CHOOSE_LIBRARY) && !pick(chooser, 4))
		return CALL_STEP(sbrk, number(distance));
	return CALL_STEP(brk, pick(chooser, 12) ? place(PLACE_BREAK, distance) : number(1));
}

/* Switches of the whole process; MDWE cannot be taken back. */
static struct step choose_switch(struct chooser *chooser)
{
	const uint64_t thp_disable = 41, vma = 0x53564d41;

	switch (pick(chooser, 10)) {
	case 0:
		return CALL_STEP(prctl, number(K_PR_SET_MDWE), number(1 + 2 * pick(chooser, 2)));
	case 1: case 2: case 3:
		return CALL_STEP(prctl, number(K_PR_SET_MEMORY_MERGE), number(pick(chooser, 2)));
	case 4:
		return CALL_STEP(prctl, number(thp_disable), number(pick(chooser, 2)));
	case 5:
		return CALL_STEP(prctl, number(vma), number(0), some_page(chooser), number(PAGE_BYTES), number(0));
	default:
		return CALL_STEP(personality, number(SOME(chooser, 0, K_READ_IMPLIES_EXEC, UINT32_MAX)));
	}
}

static struct step choose_limit(struct chooser *chooser)
{
	struct word resource = number(SOME(chooser, K_RLIMIT_MEMLOCK, K_RLIMIT_MEMLOCK, K_RLIMIT_AS, K_RLIMIT_DATA,
					   K_RLIMIT_STACK));
	struct word level = number(pick(chooser, LEVELS));

	if (pick(chooser, 3))
		level = number(LEVEL_MOST);
	if (pick(chooser, 4))
		return CALL_STEP(setrlimit, resource, level);
	return CALL_STEP(prlimit, number(0), resource, level);
}

static struct step choose_looking(struct chooser *chooser)
{
	const struct span span = some_span(chooser, HARMLESS);

	if ((chooser->what & CHOOSE_POINTED) && pick(chooser, 2))
		return CALL_STEP(mincore, span.addr, number(page_up(span.len.add) % (64 * PAGE_BYTES)), number(0));
	return CALL_STEP(msync, span.addr, span.len, number(SOME(chooser, K_MS_INVALIDATE, 1, 4, 5, 6, 8)));
}

static struct step choose_descriptor(struct chooser *chooser)
{
	switch (pick(chooser, 4)) {
	case 0:
		return CALL_STEP(memfd_secret, number(0));
	case 1:
		return CALL_STEP(pkey_alloc, number(0), number(0));
	case 2:
		return CALL_STEP(pkey_free, number(pick(chooser, 3)));
	default:
		return CALL_STEP(memfd_create, number(0), number(pick(chooser, 4)));
	}
}

static struct step choose_rare(struct chooser *chooser)
{
	bool whole = chooser->what & CHOOSE_WHOLE;

	switch (pick(chooser, 10)) {
	case 0:
		return CALL_STEP(mseal, some_page(chooser), number(pick(chooser, 4) ? PAGE_BYTES : some_length(chooser, STOPS)),
				 number(!pick(chooser, 20)));
	case 1:
		return choose_looking(chooser);
	case 2: case 3:
		return CALL_STEP(remap_file_pages, some_page(chooser), number(some_length(chooser, KEEPS)),
				 number(!pick(chooser, 20)), number(pick(chooser, 8)), number(0));
	case 4:
		return chooser->what & CHOOSE_LIBRARY ? choose_descriptor(chooser) : choose_looking(chooser);
	case 5:
		return choose_elsewhere_advice(chooser);
	case 6: case 7:
		return whole ? choose_break(chooser) : choose_looking(chooser);
	case 8:
		return chooser->what & CHOOSE_LIMITS ? choose_limit(chooser) : choose_looking(chooser);
	default:
		return whole ? choose_switch(chooser) : choose_looking(chooser);
	}
}

static struct step choose_touch(struct chooser *chooser)
{
	struct step step = { .verb = pick(chooser, 2) ? STEP_TOUCH : STEP_PEEK };

	step.arg[0] = some_span(chooser, KEEPS).addr;
	return step;
}

/* Threads and children, and for how many calls. */
static struct step choose_others(struct chooser *chooser)
{
	struct step step = { .verb = STEP_GO_ON };

	if (!(chooser->what & CHOOSE_OTHERS))
		return step;
	step.verb = (uint8_t)SOME(chooser, STEP_GO_ON, STEP_GO_ON, STEP_EXEC, STEP_FORK, STEP_FORK, STEP_VFORK, STEP_VFORK,
				  STEP_CLONE, STEP_THREAD, STEP_THREAD, STEP_SPAWN, STEP_VSPAWN);
	if (step.verb >= STEP_FORK)
		step.until = (uint8_t)(chooser->plan->steps + 2 + pick(chooser, 4));
	return step;
}

static struct step choose_call(struct chooser *chooser)
{
	switch (pick(chooser, 26)) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		return choose_map(chooser);
	case 6: case 7:
		return choose_unmap(chooser);
	case 8: case 9: case 10:
		return choose_protect(chooser);
	case 11: case 12: case 13: case 14:
		return choose_lock(chooser);
	case 15: case 16: case 17:
		return choose_advice(chooser);
	case 18: case 19: case 20:
		return choose_rare(chooser);
	case 21:
		return choose_segment(chooser);
	default:
		return choose_remap(chooser);
	}
}

/* What the other calls are to meet. */
static struct step choose_ground(struct chooser *chooser)
{
	struct step step = CALL_STEP(mmap, place(PLACE_ARENA, pick(chooser, 8) * PAGE_BYTES),
				     number((20 + pick(chooser, 24)) * PAGE_BYTES), number(pick(chooser, 8)));

	step.arg[3] = number(SOME(chooser, K_MAP_PRIVATE, K_MAP_PRIVATE, K_MAP_SHARED) | K_MAP_ANONYMOUS | K_MAP_FIXED);
	step.arg[4] = number(UINT64_MAX);
	return step;
}

static struct step choose_step(struct chooser *chooser)
{
	if (!chooser->plan->steps)
		return choose_ground(chooser);
	if ((chooser->what & (CHOOSE_OTHERS | CHOOSE_FORK)) && !pick(chooser, 40))
		return choose_others(chooser);
	if ((chooser->what & CHOOSE_TOUCH) && !pick(chooser, 12))
		return choose_touch(chooser);
	return choose_call(chooser);
}

void choose_plan(struct plan *plan, uint64_t seed, unsigned what, unsigned steps)
{
	struct chooser chooser = chooser_begin(plan, seed, what);

	for (plan->steps = 0; plan->steps < steps && plan->steps < PLAN_MAX; plan->steps++) {
		struct step step = choose_step(&chooser);

		step.label = (uint8_t)(plan->steps + 1);
		step.by_syscall = step.verb == STEP_CALL &&
				  (!(what & CHOOSE_LIBRARY) || !pick(&chooser, 3));
		if (step.call == CALL_posix_madvise || step.call == CALL_sbrk)
			step.by_syscall = false;
		plan->step[plan->steps] = step;
	}
}
