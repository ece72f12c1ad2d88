#include "lockall.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "listing.h"
#include "own.h"
#include "raw.h"
#include "send.h"
#include "shim.h"

#define TRIES_MAX 100
#define PAUSE_NS 1000000

/* Another thread may be at the listing. */
static bool open_listing(void)
{
	static const uint32_t nothing;

	for (int i = 0; i < TRIES_MAX; i++) {
		if (listing_open(LISTING_MAPS))
			return true;
		send_pause(&nothing, 0, PAUSE_NS);
	}
	return false;
}

/* Bytes of [start, end) that are not ours; the kernel's vsyscall page is in no account of the process. */
static uint64_t others_bytes(const struct listing_vma *vma)
{
	uint64_t at = vma->start, bytes = 0, from, to;

	if (vma->start >> 47)
		return 0;
	while (at < vma->end && own_memory(at, vma->end, &from, &to)) {
		bytes += from - at;
		at = to;
	}
	return bytes + (vma->end - at);
}

static bool total_without_us(uint64_t *bytes)
{
	struct listing_vma vma;
	bool whole;

	if (!open_listing())
		return false;
	*bytes = 0;
	while (listing_next(&vma))
		*bytes += others_bytes(&vma);
	whole = listing_whole();
	listing_close();
	return whole;
}

/* That it cannot all be made present (PROT_NONE, guard pages) does not matter to mlockall(2). */
static void lock(uint64_t start, uint64_t end, int flags)
{
	if (end > start)
		raw_syscall3(SYS_mlock2, (long)start, (long)(end - start), flags & MCL_ONFAULT ? MLOCK_ONFAULT : 0);
}

static void lock_others(const struct listing_vma *vma, int flags)
{
	uint64_t at = vma->start, from, to;

	while (at < vma->end && own_memory(at, vma->end, &from, &to)) {
		lock(at, from, flags);
		at = to;
	}
	lock(at, vma->end, flags);
}

static bool lock_each(int flags)
{
	struct listing_vma vma;

	if (!open_listing())
		return false;
	while (listing_next(&vma))
		lock_others(&vma, flags);
	listing_close();
	return true;
}

static bool is_our_fault(void)
{
	struct rlimit limit;
	uint64_t bytes;

	return !raw_failed(raw_syscall6(SYS_prlimit64, 0, RLIMIT_MEMLOCK, 0, (long)&limit, 0, 0)) && total_without_us(&bytes) &&
	       bytes <= limit.rlim_cur;
}

bool lockall_without_us(int flags)
{
	if (!(flags & MCL_CURRENT) || shim.restricted || !shim.ring || !is_our_fault())
		return false;
	/*
	 * apply_mlockall_flags(), mm/mlock.c: what future mappings get is set anew by every call; only munlockall(2) sets it back
	 * without a new one.
	 */
	if (flags & MCL_FUTURE)
		raw_syscall3(SYS_mlockall, flags & ~MCL_CURRENT, 0, 0);
	else
		raw_syscall3(SYS_munlockall, 0, 0, 0);
	return lock_each(flags);
}
