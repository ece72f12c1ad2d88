#include "look.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include "clock.h"
#include "growth.h"
#include "hole.h"
#include "maps.h"
#include "raw.h"
#include "shim.h"
#include "vector.h"

#define HUGE_PAGE_BYTES (2 << 20)

/* At most one part in LOOK_SHARE of a process's time goes into looks at once, beyond the first LOOK_FREE_NS. */
#define LOOK_SHARE 10
#define LOOK_FREE_NS 100000000ull

/* How much is known of the pages after a call. */
enum doubt {
	CLEAR,
	POSSIBLE,	/* the model can say, unless something unseen had a hand in it: look when somebody asks */
	CERTAIN		/* the result says nothing: look now */
};

static _Atomic uint64_t spent_ns;	/* relaxed: an estimate */

/* All that is in doubt, in one range, which only grows; owed is raised after it (release; pairs with the acquire in settle) */
static _Atomic uint64_t owed_from = UINT64_MAX, owed_to;
static _Atomic bool owed;
static _Atomic bool grows;		/* the program has made a mapping that grows down */

/* ---- ranges ---- */

static uint64_t page_up(uint64_t n)
{
	return (n + 4095) & ~4095ull;
}

static void add_range(struct look *look, uint64_t start, uint64_t bytes)
{
	uint64_t from = start & ~4095ull, to = page_up(start + bytes);

	if (to <= from)
		return;
	look->from[look->count] = from;
	look->to[look->count++] = to;
}

/* The second range below the first changes places with it; where they meet they become one. */
static void order_ranges(struct look *look)
{
	uint64_t from = look->from[0], to = look->to[0];

	if (look->count < 2)
		return;
	if (look->from[1] < from) {
		look->from[0] = look->from[1];
		look->to[0] = look->to[1];
		look->from[1] = from;
		look->to[1] = to;
	}
	if (look->from[1] > look->to[0])
		return;
	if (look->to[1] > look->to[0])
		look->to[0] = look->to[1];
	look->count = 1;
}

/* msync(2): with MS_INVALIDATE alone it does nothing but say EBUSY where a page is locked. */
static bool has_lock(uint64_t start, uint64_t bytes)
{
	return raw_syscall3(SYS_msync, (long)start, (long)page_up(bytes), MS_INVALIDATE) == -EBUSY;
}

/* ---- which calls leave doubt; the range is told besides ---- */

/* A hole explains ENOMEM; without one it was a limit, at the boundary of some VMA. */
static enum doubt doubt_of_walk(const struct look_call *call, struct look *look)
{
	add_range(look, call->words[0], call->words[1]);
	if (call->err == ENOMEM)
		return hole_in(call->words[0], call->words[1]) ? POSSIBLE : CERTAIN;
	return call->err == EAGAIN ? CERTAIN : call->err == EACCES || call->err == EPERM ? POSSIBLE : CLEAR;
}

/* VmLck in the record tells the three meanings of ENOMEM apart (mlock(2) ERRORS), if no other thread had a hand in it. */
static enum doubt doubt_of_lock(const struct look_call *call, struct look *look)
{
	add_range(look, call->words[0], call->words[1]);
	return call->err == ENOMEM ? POSSIBLE : CLEAR;
}

/* madvise(2): does the advice stay with the pages? */
static bool leaves_mark(uint64_t advice)
{
	switch (advice) {
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case 8:		/* FREE */
	case 9:		/* REMOVE */
	case 20:	/* COLD */
	case 21:	/* PAGEOUT */
	case 22:	/* POPULATE_READ */
	case 23:	/* POPULATE_WRITE */
	case 24:	/* DONTNEED_LOCKED */
	case 25:	/* COLLAPSE */
		return false;
	default:
		return true;
	}
}

/* ENOMEM: everything mapped has changed.  EAGAIN: a limit, at the boundary of some VMA. */
static enum doubt doubt_of_advice(const struct look_call *call, struct look *look)
{
	if (!leaves_mark(call->words[2]) || call->words[0] % 4096)
		return CLEAR;
	add_range(look, call->words[0], call->words[1]);
	if (call->err == ENOMEM)
		return hole_in(call->words[0], call->words[1]) ? CLEAR : CERTAIN;
	return call->err == EAGAIN ? CERTAIN : POSSIBLE;
}

/* What was tested before the old mapping was touched, whatever the object. */
static bool refused_early(const struct look_call *call)
{
	return call->err == EBADF || call->err == EACCES || call->err == EEXIST || call->err == EOVERFLOW ||
	       call->words[0] % 4096 || call->words[5] % 4096;
}

/* The kernel rounds lengths up to huge pages where they are what is mapped; hugetlbfs has them as its block size. */
static uint64_t mapped_bytes(const struct look_call *call)
{
	unsigned order = call->words[3] >> MAP_HUGE_SHIFT & MAP_HUGE_MASK;
	uint64_t unit = 4096;
	struct stat st;

	if (call->words[3] & MAP_ANONYMOUS)
		unit = !(call->words[3] & MAP_HUGETLB) ? 4096 : order ? 1ull << order : HUGE_PAGE_BYTES;
	else if (!raw_failed(raw_syscall3(SYS_fstat, (int)call->words[4], (long)&st, 0)) && S_ISREG(st.st_mode) &&
		 st.st_blksize >= HUGE_PAGE_BYTES)
		unit = (uint64_t)st.st_blksize;
	return (call->words[1] + unit - 1) & ~(unit - 1);
}

/*
 * MAP_FIXED: the old mapping is gone when the object cannot be made or its driver refuses; of private anonymous memory that
 * was so before 6.12.
 */
static enum doubt doubt_of_map(const struct look_call *call, struct look *look)
{
	uint64_t flags = call->words[3];
	bool anonymous = flags & MAP_ANONYMOUS, private = (flags & MAP_TYPE) == MAP_PRIVATE;

	if (!call->err) {
		add_range(look, call->ret, call->words[1]);
		if (flags & MAP_GROWSDOWN)
			atomic_store_explicit(&grows, true, memory_order_relaxed);
		return call->by_driver ? CERTAIN : CLEAR;
	}
	if (!(flags & MAP_FIXED) || (flags & MAP_FIXED_NOREPLACE) || refused_early(call))
		return CLEAR;
	add_range(look, call->words[0], mapped_bytes(call));
	return anonymous && private && !(flags & MAP_HUGETLB) ? POSSIBLE : CERTAIN;
}

/*
 * With MREMAP_DONTUNMAP locked pages lose their lock, and others of their VMA with them; a move of several mappings that is
 * refused has moved some (6.17), or removed the destination (before).
 */
static enum doubt doubt_of_remap(const struct look_call *call, struct look *look)
{
	uint64_t flags = call->words[3], to = call->err ? call->words[4] : call->ret;
	bool locked = !call->err && (flags & MREMAP_DONTUNMAP) && has_lock(to, call->words[2]);

	if (!locked && (!call->err || !(flags & MREMAP_FIXED)))
		return CLEAR;
	add_range(look, call->words[0], call->words[1]);
	add_range(look, to, call->words[2]);
	return CERTAIN;
}

/*
 * SHM_REMAP that was refused is a MAP_FIXED that was.  Nothing but its place tells that a segment is of huge pages, which are
 * never locked, and whole ones at that.
 */
static enum doubt doubt_of_attach(const struct look_call *call, struct look *look)
{
	bool refused = (call->words[2] & SHM_REMAP) && call->err && call->err != EINVAL && call->err != EACCES;
	uint64_t start = call->err ? call->words[1] : call->ret;
	struct shmid_ds segment;

	if ((!refused && (call->err || start % HUGE_PAGE_BYTES)) ||
	    raw_failed(raw_syscall3(SYS_shmctl, (int)call->words[0], IPC_STAT, (long)&segment)))
		return CLEAR;
	add_range(look, start, (segment.shm_segsz + HUGE_PAGE_BYTES - 1) & ~(HUGE_PAGE_BYTES - 1ull));
	return CERTAIN;
}

/*
 * What came after a range that was refused is untouched; of that range itself the error is not told. A vector may be too long to
 * be told.
 */
static enum doubt doubt_of_vector(const struct look_call *call, struct look *look)
{
	struct vector_sum sum;

	if (!leaves_mark(call->words[3]) || (call->err && call->err != ENOMEM && call->err != EINVAL &&
					     call->err != EPERM && call->err != EAGAIN))
		return CLEAR;
	if (!vector_sum(call->words, &sum) || (!call->err && call->ret == sum.bytes && call->words[2] <= VECTOR_TOLD))
		return CLEAR;
	add_range(look, sum.from, sum.to - sum.from);
	return CERTAIN;
}

static enum doubt doubt_of(const struct look_call *call, struct look *look)
{
	switch (call_table[call->call].effect) {
	case EFFECT_MAP:
		return doubt_of_map(call, look);
	case EFFECT_REMAP:
		return doubt_of_remap(call, look);
	case EFFECT_ATTACH:
		return doubt_of_attach(call, look);
	case EFFECT_PROTECT:
	case EFFECT_UNLOCK:
	case EFFECT_SEAL:
	case EFFECT_REMAPFILE:
		return call->err ? doubt_of_walk(call, look) : CLEAR;
	case EFFECT_LOCK:
		return call->err ? doubt_of_lock(call, look) : CLEAR;
	case EFFECT_ADVISE:
		return call->err ? doubt_of_advice(call, look) : CLEAR;
	case EFFECT_ADVISEV:
		return doubt_of_vector(call, look);
	default:
		return CLEAR;
	}
}

/* ---- looking ---- */

static void widen(uint64_t from, uint64_t to)
{
	uint64_t old = atomic_load_explicit(&owed_from, memory_order_relaxed);

	while (from < old && !atomic_compare_exchange_weak_explicit(&owed_from, &old, from, memory_order_relaxed,
								    memory_order_relaxed))
		;
	old = atomic_load_explicit(&owed_to, memory_order_relaxed);
	while (to > old && !atomic_compare_exchange_weak_explicit(&owed_to, &old, to, memory_order_relaxed,
								  memory_order_relaxed))
		;
}

static void owe(const struct look *look)
{
	for (int i = 0; i < look->count; i++)
		widen(look->from[i], look->to[i]);
	if (look->count)
		atomic_store_explicit(&owed, true, memory_order_release);
}

static bool affordable(uint64_t now_ns)
{
	return atomic_load_explicit(&spent_ns, memory_order_relaxed) < LOOK_FREE_NS + now_ns / LOOK_SHARE;
}

bool look_begin(struct look *look, const struct look_call *call)
{
	enum doubt doubt;

	look->count = 0;
	if (shim.restricted)
		return false;
	doubt = doubt_of(call, look);
	if (doubt == CLEAR || !look->count)
		return false;
	order_ranges(look);
	look->begun_ns = clock_session_ns();
	if (doubt == CERTAIN && affordable(look->begun_ns) && maps_look_begin("call"))
		return true;
	owe(look);
	return false;
}

void look_take(struct look *look)
{
	for (int i = 0; i < look->count; i++)
		maps_look_range(look->from[i], look->to[i], i == look->count - 1);
	maps_look_end();
	atomic_fetch_add_explicit(&spent_ns, clock_session_ns() - look->begun_ns, memory_order_relaxed);
}

/* All that grows down, wherever it is by now, or else what is owed and what the stack has got. */
static void find_settled(struct look *look)
{
	uint64_t from, to;

	if (atomic_exchange_explicit(&owed, false, memory_order_acquire))
		add_range(look, atomic_load_explicit(&owed_from, memory_order_relaxed),
			  atomic_load_explicit(&owed_to, memory_order_relaxed) -
				  atomic_load_explicit(&owed_from, memory_order_relaxed));
	if (growth_since(&from, &to))
		add_range(look, from, to - from);
	if (atomic_load_explicit(&grows, memory_order_relaxed)) {
		look->count = 0;
		add_range(look, 0, 0x7ffffffff000);
	}
}

void look_settle(const char *why)
{
	struct look look = { .count = 0 };

	maps_send_unseen(why);
	if (shim.restricted || !identity_recorded())
		return;
	find_settled(&look);
	order_ranges(&look);
	if (!look.count)
		return;
	if (!maps_look_begin(why)) {
		owe(&look);
		return;
	}
	for (int i = 0; i < look.count; i++)
		maps_look_range(look.from[i], look.to[i], i == look.count - 1);
	maps_look_end();
}
