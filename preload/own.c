#include "own.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "clock.h"
#include "guard.h"
#include "hole.h"
#include "maps.h"
#include "raw.h"
#include "send.h"
#include "shim.h"
#include "dictionary.h"
#include "vector.h"

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _edata[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static void unlock(const void *start, size_t bytes)
{
	raw_syscall3(SYS_munlock, (long)start, (long)bytes, 0);
}

void own_unlock(void)
{
	if (!shim.ring || shim.restricted)
		return;
	guard_enter();
	if (shim.ring) {
		unlock(shim.ring, shim.ring_bytes);
		unlock(shim.identity, 4096);
	}
	guard_leave();
	unlock(__ehdr_start, (size_t)(_end - __ehdr_start));
}

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/*
 * Where a call is about to act; whether it takes away by itself what lies there; whether it does what it can before it fails; whether
 * that ends at the first hole.
 */
struct target {
	uint64_t start, bytes;
	bool replaces, partial, stops;
};

/* Takes pages away, from us or from our children; or hides from a child that it is one, which it knows by a wiped page. */
static bool advice_destroys(uint64_t advice)
{
	return advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE || advice == MADV_DONTFORK ||
	       advice == MADV_WIPEONFORK || advice == MADV_KEEPONFORK || advice == MADV_DONTNEED_LOCKED || advice == MADV_GUARD_INSTALL;
}

/* shmat(2): the segment's size is not among the arguments. */
static struct target segment_target(const uint64_t *words)
{
	struct shmid_ds ds;

	if (!words[1] || shim.restricted || raw_failed(raw_syscall3(SYS_shmctl, (long)words[0], IPC_STAT, (long)&ds)))
		return (struct target){ 0 };
	return (struct target){ words[1], ds.shm_segsz, .replaces = words[2] & SHM_REMAP };
}

/* process_madvise(2): as if its ranges were one; on others there is nothing of ours, but that is not asked. */
static struct target vector_target(const uint64_t *words)
{
	struct vector_sum sum;

	if (!advice_destroys(words[3]) || !vector_sum(words, &sum))
		return (struct target){ 0 };
	return (struct target){ sum.from, sum.to - sum.from, .partial = true };
}

static struct target target_of(enum call_id call, const uint64_t *words)
{
	switch (call) {
	case CALL_mmap:
		return (struct target){ words[0], words[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE) ? words[1] : 0,
					.replaces = !(words[3] & MAP_FIXED_NOREPLACE) };
	case CALL_munmap:
		return (struct target){ words[0], words[1], .replaces = true };
	case CALL_mprotect:
	case CALL_pkey_mprotect:
		return (struct target){ words[0], words[1], .partial = true, .stops = true };
	case CALL_madvise:
	case CALL_posix_madvise:
		return (struct target){ words[0], advice_destroys(words[2]) ? words[1] : 0, .partial = true };
	case CALL_process_madvise:
		return vector_target(words);
	case CALL_mremap:
		return (struct target){ words[4], words[3] & MREMAP_FIXED ? words[2] : 0, .replaces = true };
	case CALL_shmat:
		return segment_target(words);
	default:
		return (struct target){ 0 };
	}
}

static bool meets(struct target target, const void *start, size_t bytes)
{
	return target.bytes && target.start < (uint64_t)start + bytes && (uint64_t)start < target.start + target.bytes;
}

static void unmap(const void *start, size_t bytes)
{
	raw_syscall3(SYS_munmap, (long)start, (long)bytes, 0);
}

/*
 * Will the kernel refuse it because it leaves the address space? mmap is asked, which looks at that before it looks at what is
 * mapped there; and ours is, so that it can do nothing. get_unmapped_area(), mm/mmap.c
 */
static bool is_refused(struct target target)
{
	long at;

	if (target.partial)
		return false;
	at = raw_syscall6(SYS_mmap, (long)target.start, (long)target.bytes, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (!raw_failed(at)) /* before Linux 4.17 that flag was none */
		unmap((const void *)at, target.bytes);
	return at == -ENOMEM;
}

/*
 * The first hole ends it, however far the program said: what lies behind is out of its reach, and room for what is ours.
 * do_mprotect_pkey(), mm/mprotect.c
 */
static struct target up_to_hole(struct target target)
{
	uint64_t least = 0, most = target.bytes >> 12;

	if (!target.stops || shim.restricted || !hole_in(target.start, target.bytes))
		return target;
	while (least < most) {
		uint64_t middle = least + (most - least + 1) / 2;

		if (hole_in(target.start, middle << 12))
			most = middle - 1;
		else
			least = middle;
	}
	target.bytes = least << 12;
	return target;
}

#define OFFERS_MAX 4
#define ROOMS_MAX 8

/* Where to ask for room: where the kernel likes, or else below the target, further and further down. */
static uint64_t room_hint(struct target target, int count)
{
	return count < OFFERS_MAX ? 0 : (target.start >> (count - OFFERS_MAX + 1)) & ~4095ull;
}

/*
 * Fresh memory that the target does not reach; the kernel may first offer what the target is going to take. NULL: none. With
 * MCL_FUTURE it comes locked, and would count as the program's.
 */
static void *find_room(struct target target, size_t bytes)
{
	void *offered[ROOMS_MAX], *room = NULL;
	int count = 0;

	while (!room && count < ROOMS_MAX) {
		long at = raw_syscall6(SYS_mmap, (long)room_hint(target, count), (long)bytes, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (raw_failed(at))
			break;
		if (meets(target, (void *)at, bytes))
			offered[count++] = (void *)at;
		else
			room = (void *)at;
	}
	while (count)
		unmap(offered[--count], bytes);
	if (room)
		unlock(room, bytes);
	return room;
}

/* mremap(2) of a shared mapping with the old size 0 makes another mapping of the same pages. */
static struct ring *second_ring(struct target target)
{
	void *room = find_room(target, shim.ring_bytes);
	long at = -1;

	if (room)
		at = raw_syscall6(SYS_mremap, (long)shim.ring, 0, (long)shim.ring_bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
				  (long)room, 0);
	if (room && raw_failed(at))
		unmap(room, shim.ring_bytes);
	return raw_failed(at) ? NULL : (struct ring *)at;
}

static struct identity *second_identity(struct target target)
{
	struct identity *page = find_room(target, 4096);

	if (!page)
		return NULL;
	raw_syscall3(SYS_madvise, (long)page, 4096, MADV_WIPEONFORK);
	page->pid = shim.identity->pid;
	atomic_store(&page->hold, atomic_load(&shim.identity->hold));
	atomic_store(&page->calls, atomic_load(&shim.identity->calls));
	atomic_store(&page->generation, atomic_load(&shim.identity->generation));
	return page;
}

/* @ring NULL: there is no room for it, and recording ends. */
static void use_ring(struct ring *ring)
{
	send_attach(ring);
	if (ring)
		dictionary_attach(ring);
	shim.mapped = shim.ring = ring;
}

/* Nobody is inside. */
static void use_other_places(struct target target)
{
	if (shim.ring && meets(target, shim.ring, shim.ring_bytes))
		use_ring(second_ring(target));
	if (shim.ring && meets(target, shim.identity, 4096)) {
		struct identity *page = second_identity(target);

		if (page)
			shim.identity = page;
		else
			use_ring(NULL);
	}
}

/* Where the call takes away what was ours, it stays until then: no other thread's mapping can come in between. */
static void leave(struct target target, const void *from, const void *to, size_t bytes)
{
	if (from != to && !target.replaces)
		unmap(from, bytes);
}

static void tell(struct target target, const void *from, const void *to, size_t bytes)
{
	if (from != to && to)
		maps_send_moved(target.replaces ? 0 : (uint64_t)from, (uint64_t)to, bytes);
}

static bool meets_us(struct target target)
{
	return meets(target, shim.ring, shim.ring_bytes) || meets(target, shim.identity, 4096);
}

/* identity_pid(): a fork child must have noticed that it is one, and that its parent's threads are not inside here. */
static void move_aside(struct target target)
{
	const void *ring, *identity;

	clock_spare(target.start, target.bytes);
	if (__builtin_expect(!meets_us(target), 1) || is_refused(target) || !identity_pid())
		return;
	target = up_to_hole(target);
	if (!meets_us(target))
		return;
	guard_stop();
	ring = shim.ring;
	identity = shim.identity;
	use_other_places(target);
	leave(target, ring, shim.ring, shim.ring_bytes);
	leave(target, identity, shim.identity, 4096);
	guard_go();
	tell(target, ring, shim.ring, shim.ring_bytes);
	tell(target, identity, shim.identity, 4096);
}

void own_move_aside(enum call_id call, const uint64_t *words)
{
	if (!shim.ring)
		return;
	move_aside(target_of(call, words));
	/* what it would move away may be ours as well as what it would put something over */
	if (call == CALL_mremap && shim.ring)
		move_aside((struct target){ words[0], words[1], .replaces = false });
}

const char *own_range(uint64_t start, uint64_t end, uint64_t *from, uint64_t *to)
{
	/* the library's zero-initialised data has no name in maps; it begins at a page of its own */
	const uint64_t data = ((uint64_t)_edata + 4095) & ~4095ull, data_end = ((uint64_t)_end + 4095) & ~4095ull;
	const struct {
		uint64_t start, end;
		const char *vmflags;
	} own[] = {
		{ data, data_end, "rd wr mr mw me ac" },
		{ (uint64_t)shim.identity, (uint64_t)shim.identity + 4096, "rd wr mr mw me ac wf" },
		{ (uint64_t)shim.mapped, (uint64_t)shim.mapped + shim.ring_bytes, "rd wr sh mr mw me ms dd" },
	};
	const char *found = NULL;

	*from = end;
	for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (own[i].start >= end || own[i].end <= start || own[i].start >= *from)
			continue;
		*from = own[i].start > start ? own[i].start : start;
		*to = own[i].end < end ? own[i].end : end;
		found = own[i].vmflags;
	}
	return found;
}

bool own_memory(uint64_t start, uint64_t end, uint64_t *from, uint64_t *to)
{
	const uint64_t library = (uint64_t)__ehdr_start, library_end = ((uint64_t)_end + 4095) & ~4095ull;
	bool found = own_range(start, end, from, to) != NULL;

	if (library >= end || library_end <= start || (found && *from < library))
		return found;
	*from = library > start ? library : start;
	*to = library_end < end ? library_end : end;
	return true;
}

uint64_t own_bytes(void)
{
	return (((uint64_t)_end - (uint64_t)__ehdr_start + 4095) & ~4095ull) + shim.ring_bytes + 4096;
}
