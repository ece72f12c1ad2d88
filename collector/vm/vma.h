/*
 * vma.h - what pagetrail knows about a run of pages.  Pure data.
 *
 * Source of the states: proc(5) smaps VmFlags, fs/proc/task_mmu.c show_smap_vma_flags.
 */
#ifndef PAGETRAIL_VMA_H
#define PAGETRAIL_VMA_H

#include <stdbool.h>
#include <stdint.h>

enum { PROT_BIT_READ = 1, PROT_BIT_WRITE = 2, PROT_BIT_EXEC = 4 };

enum vma_lock { VMA_UNLOCKED, VMA_LOCKED, VMA_LOCKED_ONFAULT };

/* Advice in force, one bit each, with the kernel's two letters in smaps. */
enum vma_advice {
	ADVICE_RANDOM = 1 << 0,		/* rr */
	ADVICE_SEQUENTIAL = 1 << 1,	/* sr */
	ADVICE_DONTFORK = 1 << 2,	/* dc */
	ADVICE_WIPEONFORK = 1 << 3,	/* wf */
	ADVICE_DONTDUMP = 1 << 4,	/* dd */
	ADVICE_HUGEPAGE = 1 << 5,	/* hg */
	ADVICE_NOHUGEPAGE = 1 << 6,	/* nh */
	ADVICE_MERGEABLE = 1 << 7,	/* mg */
};

/* Properties fixed by how the mapping was made, and marks set on its pages since. */
enum vma_flag {
	VMA_GROWSDOWN = 1 << 0,		/* gd */
	VMA_NORESERVE = 1 << 1,		/* nr */
	VMA_HUGETLB = 1 << 2,		/* ht */
	VMA_DROPPABLE = 1 << 3,		/* dp */
	VMA_SYNC = 1 << 4,		/* sf */
	VMA_SPECIAL = 1 << 5,		/* io, pf, mm: never locked */
	VMA_DONTEXPAND = 1 << 6,	/* de */
	VMA_SEALED = 1 << 7,		/* sl */
	VMA_ZERO = 1 << 9,		/* private memory from /dev/zero: the kernel makes of its offset what it likes */
	VMA_GUARD = 1 << 8,		/* guard markers (MADV_GUARD_INSTALL), not visible in smaps per page */
};

enum vma_kind {
	KIND_ANON, KIND_FILE, KIND_STACK, KIND_HEAP, KIND_SHM, KIND_MEMFD, KIND_SECRET, KIND_HUGETLB, KIND_VDSO,
	KIND_VVAR, KIND_VSYSCALL, KIND_TRACER, KIND_COUNT
};

/*
 * Which record set each fact: the seq of a call or of the snapshot that revealed it; 0: never set.  40 bits are enough
 * for a million records a second for twelve days.
 */
struct vma_origin {
	uint64_t map : 40, prot : 40, lock : 40, advice : 40;
} __attribute__((packed));

/* A cache line: in a large space each line of a VMA that a call looks at is a miss. */
struct vma {
	uint64_t start, end;	/* bytes, page-aligned, start < end */
	uint64_t offset;	/* bytes into the object at start */
	/*
	 * 0, 0: anonymous.  What has no number the log tells, shared anonymous memory and huge pages, has a number of
	 * the world's own as ino; a System V segment its shmid.  dev is 0 for both.
	 */
	uint64_t ino;
	uint32_t dev;		/* the kernel's dev_t has 32 bits */
	uint32_t path;		/* interned in the world, 0: none */
	struct vma_origin by;
	uint32_t prot : 3;	/* PROT_BIT_* */
	uint32_t ceiling : 3;	/* PROT_BIT_*: what mprotect may ever allow (mr mw me) */
	uint32_t shared : 1;	/* 's' in maps */
	uint32_t lock : 2;	/* enum vma_lock */
	uint32_t kind : 4;	/* enum vma_kind */
	uint32_t advice : 8;	/* enum vma_advice */
	uint32_t flags : 11;	/* enum vma_flag */
};

_Static_assert(sizeof(struct vma) == 64, "a cache line");
_Static_assert(KIND_COUNT <= 16, "four bits");

/*
 * vma_kind_name - the word for a kind in reports and in JSON
 *
 * Return: constant string, "?" out of range. Context: pure.
 */
const char *vma_kind_name(unsigned kind);

/*
 * vma_kind_named - the kind of this name; KIND_COUNT: none
 */
unsigned vma_kind_named(const char *name);

/*
 * vma_lock_name - "none", "locked" or "onfault"
 */
const char *vma_lock_name(unsigned lock);

/*
 * vma_advice_name - the kernel's word for advice bit number @bit (0..7): random sequential dontfork wipeonfork dontdump
 * hugepage nohugepage mergeable
 *
 * Return: constant string, NULL past the last bit. Context: pure.
 */
const char *vma_advice_name(unsigned bit);

/*
 * vma_perms - the four letters of /proc/PID/maps
 * @out: receives four letters and a NUL
 */
void vma_perms(const struct vma *vma, char out[5]);

/*
 * vma_made_by - record @seq made this mapping, with the lock and the advice it has, if any
 */
void vma_made_by(struct vma *vma, uint64_t seq);

/*
 * vma_is_plain - private memory of no object: what brk, the stack and private anonymous mmap give
 */
bool vma_is_plain(const struct vma *vma);

/*
 * vma_is_data - does RLIMIT_DATA count it: private, writable, no stack. is_data_mapping(), mm/vma.h
 */
static inline bool vma_is_data(const struct vma *vma)
{
	return (vma->prot & PROT_BIT_WRITE) && !vma->shared && !(vma->flags & VMA_GROWSDOWN);
}

/*
 * vma_is_sampled - are its pages the program's own, not the tracer's or the kernel's: of these record --residency tells
 */
bool vma_is_sampled(const struct vma *vma);

/*
 * vma_is_lockable - does mlock set the flag: mlock_fixup() passes over the others without an error
 */
bool vma_is_lockable(const struct vma *vma);

/*
 * vma_has_offset - does @offset mean anything: is there an object behind the pages
 */
static inline bool vma_has_offset(const struct vma *vma)
{
	const unsigned objects = 1 << KIND_FILE | 1 << KIND_MEMFD | 1 << KIND_SECRET | 1 << KIND_SHM;

	return !(vma->flags & VMA_ZERO) && (vma->ino || vma->dev || (objects >> vma->kind & 1));
}

/*
 * vma_clip - the part of @vma inside [start, end), its offset moved along
 *
 * The two must intersect.
 */
static inline struct vma vma_clip(const struct vma *vma, uint64_t start, uint64_t end)
{
	struct vma piece = *vma;

	if (start > vma->start) {
		piece.start = start;
		if (vma_has_offset(vma))
			piece.offset += start - vma->start;
	}
	if (end < vma->end)
		piece.end = end;
	return piece;
}

/*
 * vma_same_facts - equal in everything but address, offset and history
 */
bool vma_same_facts(const struct vma *a, const struct vma *b);

/*
 * vma_same_history - set by the same records
 */
bool vma_same_history(const struct vma *a, const struct vma *b);

/*
 * vma_continues - @b begins where @a ends, in memory and in the object, and has the same facts
 *
 * The kernel can hold the two as one VMA; the model does when their history is the same as well.
 */
bool vma_continues(const struct vma *a, const struct vma *b);

#endif
