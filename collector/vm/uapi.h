/*
 * uapi.h - the numbers of the x86-64 Linux interface the model needs, under names of its own.
 *
 * A log holds numbers of the machine it was made on, so the model cannot take them from the headers of the machine that
 * reads it, and the C library's headers lack the newer ones.  Source: include/uapi/asm-generic/mman-common.h,
 * include/uapi/linux/mman.h, linux/shm.h, linux/prctl.h, linux/sched.h, asm-generic/resource.h.
 */
#ifndef PAGETRAIL_UAPI_H
#define PAGETRAIL_UAPI_H

#include <stdint.h>

enum { K_PROT_ACCESS = 7, K_PROT_SEM = 8, K_PROT_GROWSDOWN = 0x01000000, K_PROT_GROWSUP = 0x02000000 };

enum {
	K_MAP_SHARED = 1, K_MAP_PRIVATE = 2, K_MAP_SHARED_VALIDATE = 3, K_MAP_DROPPABLE = 8, K_MAP_TYPE = 0x0f,
	K_MAP_FIXED = 0x10, K_MAP_ANONYMOUS = 0x20, K_MAP_GROWSDOWN = 0x100, K_MAP_LOCKED = 0x2000,
	K_MAP_NORESERVE = 0x4000, K_MAP_STACK = 0x20000, K_MAP_HUGETLB = 0x40000, K_MAP_SYNC = 0x80000,
	K_MAP_FIXED_NOREPLACE = 0x100000, K_MAP_HUGE_SHIFT = 26, K_MAP_HUGE_MASK = 0x3f
};

/* LEGACY_MAP_MASK, include/linux/mman.h: the flags that MAP_SHARED_VALIDATE takes for known. */
#define K_MAP_LEGACY UINT64_C(0x7c07f9f3)

enum { K_MREMAP_MAYMOVE = 1, K_MREMAP_FIXED = 2, K_MREMAP_DONTUNMAP = 4 };

enum { K_MLOCK_ONFAULT = 1 };

enum { K_MCL_CURRENT = 1, K_MCL_FUTURE = 2, K_MCL_ONFAULT = 4 };

enum {
	K_MADV_NORMAL = 0, K_MADV_RANDOM = 1, K_MADV_SEQUENTIAL = 2, K_MADV_WILLNEED = 3, K_MADV_DONTNEED = 4,
	K_MADV_FREE = 8, K_MADV_REMOVE = 9, K_MADV_DONTFORK = 10, K_MADV_DOFORK = 11, K_MADV_MERGEABLE = 12,
	K_MADV_UNMERGEABLE = 13, K_MADV_HUGEPAGE = 14, K_MADV_NOHUGEPAGE = 15, K_MADV_DONTDUMP = 16,
	K_MADV_DODUMP = 17, K_MADV_WIPEONFORK = 18, K_MADV_KEEPONFORK = 19, K_MADV_COLD = 20, K_MADV_PAGEOUT = 21,
	K_MADV_POPULATE_READ = 22, K_MADV_POPULATE_WRITE = 23, K_MADV_DONTNEED_LOCKED = 24, K_MADV_COLLAPSE = 25,
	K_MADV_HWPOISON = 100, K_MADV_SOFT_OFFLINE = 101, K_MADV_GUARD_INSTALL = 102, K_MADV_GUARD_REMOVE = 103
};

enum { K_SEALS_OF_WRITING = 0x18 }; /* F_SEAL_WRITE, F_SEAL_FUTURE_WRITE: include/uapi/linux/fcntl.h */

enum { K_MS_ASYNC = 1, K_MS_INVALIDATE = 2, K_MS_SYNC = 4 };

enum { K_SHM_RDONLY = 010000, K_SHM_RND = 020000, K_SHM_REMAP = 040000, K_SHM_EXEC = 0100000 };

enum { K_IPC_RMID = 0, K_SHM_LOCK = 11, K_SHM_UNLOCK = 12 };

enum { K_RLIMIT_DATA = 2, K_RLIMIT_STACK = 3, K_RLIMIT_CORE = 4, K_RLIMIT_MEMLOCK = 8, K_RLIMIT_AS = 9 };

enum { K_PR_SET_DUMPABLE = 4, K_PR_SET_MDWE = 65, K_PR_SET_MEMORY_MERGE = 67, K_PR_SET_VMA = 0x53564d41 };

enum { K_MDWE_REFUSE_EXEC_GAIN = 1, K_MDWE_NO_INHERIT = 2 };

enum { K_READ_IMPLIES_EXEC = 0x0400000 };

enum { K_CLONE_VM = 0x100, K_CLONE_VFORK = 0x4000, K_CLONE_THREAD = 0x10000 };

#endif
