#include "make_call.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

int64_t call_by_function(enum call_id call, const uint64_t *a)
{
	void *addr = (void *)a[0];

	switch (call) {
	case CALL_mmap:
		return (int64_t)mmap(addr, a[1], (int)a[2], (int)a[3], (int)a[4], (off_t)a[5]);
	case CALL_munmap:
		return munmap(addr, a[1]);
	case CALL_mremap:
		return (int64_t)mremap(addr, a[1], a[2], (int)a[3], (void *)a[4]);
	case CALL_brk:
		return brk(addr);
	case CALL_sbrk:
		return (int64_t)sbrk((intptr_t)a[0]);
	case CALL_remap_file_pages:
		return remap_file_pages(addr, a[1], (int)a[2], a[3], (int)a[4]);
	case CALL_mprotect:
		return mprotect(addr, a[1], (int)a[2]);
	case CALL_pkey_mprotect:
		return pkey_mprotect(addr, a[1], (int)a[2], (int)a[3]);
	case CALL_pkey_alloc:
		return pkey_alloc((unsigned)a[0], (unsigned)a[1]);
	case CALL_pkey_free:
		return pkey_free((int)a[0]);
	case CALL_mlock:
		return mlock(addr, a[1]);
	case CALL_mlock2:
		return mlock2(addr, a[1], (unsigned)a[2]);
	case CALL_munlock:
		return munlock(addr, a[1]);
	case CALL_mlockall:
		return mlockall((int)a[0]);
	case CALL_munlockall:
		return munlockall();
	case CALL_madvise:
		return madvise(addr, a[1], (int)a[2]);
	case CALL_posix_madvise:
		return posix_madvise(addr, a[1], (int)a[2]);
	case CALL_msync:
		return msync(addr, a[1], (int)a[2]);
	case CALL_shmat:
		return (int64_t)shmat((int)a[0], (void *)a[1], (int)a[2]);
	case CALL_shmdt:
		return shmdt(addr);
	case CALL_prctl:
		return prctl((int)a[0], a[1], a[2], a[3], a[4]);
	case CALL_personality:
		return personality(a[0]);
	case CALL_shmctl:
		return shmctl((int)a[0], (int)a[1], NULL);
	case CALL_mseal: /* newer than the C library */
		return syscall(SYS_mseal, a[0], a[1], a[2]);
	default:
		errno = ENOSYS;
		return -1;
	}
}

long call_number(enum call_id call)
{
	static const int16_t number[CALL_COUNT] = {
#define ROW(name) [CALL_##name] = SYS_##name
		ROW(mmap), ROW(munmap), ROW(mremap), ROW(brk), ROW(remap_file_pages), ROW(mprotect), ROW(pkey_mprotect),
		ROW(pkey_alloc), ROW(pkey_free), ROW(mseal), ROW(mlock), ROW(mlock2), ROW(munlock), ROW(mlockall),
		ROW(munlockall), ROW(madvise), ROW(msync), ROW(shmat), ROW(shmdt), ROW(shmctl), ROW(prctl),
		ROW(personality)
#undef ROW
	};

	return number[call];
}
