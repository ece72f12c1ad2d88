#include "own.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#include "raw.h"
#include "send.h"
#include "shim.h"
#include "dictionary.h"

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
	unlock(shim.ring, shim.ring_bytes);
	unlock(shim.identity, 4096);
	unlock(__ehdr_start, (size_t)(_end - __ehdr_start));
}

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

struct target {
	uint64_t start, bytes;
};

/* Takes pages away, from us or from our children. */
static bool advice_destroys(uint64_t advice)
{
	return advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE || advice == MADV_DONTFORK ||
	       advice == MADV_WIPEONFORK || advice == MADV_DONTNEED_LOCKED || advice == MADV_GUARD_INSTALL;
}

static struct target target_of(enum call_id call, const uint64_t *words)
{
	switch (call) {
	case CALL_mmap:
		return (struct target){ words[0], words[3] & MAP_FIXED ? words[1] : 0 };
	case CALL_munmap:
	case CALL_mprotect:
	case CALL_pkey_mprotect:
		return (struct target){ words[0], words[1] };
	case CALL_madvise:
	case CALL_posix_madvise:
		return (struct target){ words[0], advice_destroys(words[2]) ? words[1] : 0 };
	case CALL_mremap:
		return (struct target){ words[4], words[3] & MREMAP_FIXED ? words[2] : 0 };
	default:
		return (struct target){ 0, 0 };
	}
}

static bool meets(struct target target, const void *start, size_t bytes)
{
	return target.bytes && target.start < (uint64_t)start + bytes && (uint64_t)start < target.start + target.bytes;
}

/* Somewhere the target does not reach; the place found is free at this moment, so the kernel may choose it again. */
static void *moved(struct target target, void *start, size_t bytes)
{
	for (int tries = 0; tries < 4; tries++) {
		long room = raw_syscall6(SYS_mmap, 0, (long)bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (raw_failed(room))
			return NULL;
		if (meets(target, (void *)room, bytes))
			continue;
		room = raw_syscall6(SYS_mremap, (long)start, (long)bytes, (long)bytes, MREMAP_MAYMOVE | MREMAP_FIXED, room, 0);
		return raw_failed(room) ? NULL : (void *)room;
	}
	return NULL;
}

static void move_ring(struct target target)
{
	struct ring *ring = moved(target, shim.ring, shim.ring_bytes);

	if (ring) {
		send_attach(ring);
		dictionary_attach(ring);
	}
	shim.ring = ring;
}

static void move_aside(struct target target)
{
	if (__builtin_expect(meets(target, shim.ring, shim.ring_bytes), 0))
		move_ring(target);
	if (__builtin_expect(meets(target, shim.identity, 4096), 0)) {
		struct identity *identity = moved(target, shim.identity, 4096);

		if (identity)
			shim.identity = identity;
		else
			shim.ring = NULL;
	}
}

void own_move_aside(enum call_id call, const uint64_t *words)
{
	if (!shim.ring)
		return;
	move_aside(target_of(call, words));
	/* what it would move away may be ours as well as what it would put something over */
	if (call == CALL_mremap && shim.ring)
		move_aside((struct target){ words[0], words[1] });
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
