/*
 * vma.c - words for the facts of a VMA, and what makes two VMAs one.  Pure.
 */
#include "vma.h"

#include <stddef.h>
#include <string.h>

#include "range.h"

const char *vma_kind_name(unsigned kind)
{
	static const char *const name[KIND_COUNT] = {
		[KIND_ANON] = "anon", [KIND_FILE] = "file", [KIND_STACK] = "stack", [KIND_HEAP] = "heap",
		[KIND_SHM] = "shm", [KIND_MEMFD] = "memfd", [KIND_SECRET] = "secret", [KIND_HUGETLB] = "hugetlb",
		[KIND_VDSO] = "vdso", [KIND_VVAR] = "vvar", [KIND_VSYSCALL] = "vsyscall", [KIND_TRACER] = "tracer",
	};

	return kind < KIND_COUNT ? name[kind] : "?";
}

unsigned vma_kind_named(const char *name)
{
	unsigned kind = 0;

	while (kind < KIND_COUNT && strcmp(vma_kind_name(kind), name))
		kind++;
	return kind;
}

const char *vma_lock_name(unsigned lock)
{
	static const char *const name[] = { "none", "locked", "onfault" };

	return lock < sizeof name / sizeof *name ? name[lock] : "?";
}

const char *vma_advice_name(unsigned bit)
{
	static const char *const name[] = { "random",	"sequential", "dontfork",   "wipeonfork",
					    "dontdump", "hugepage",   "nohugepage", "mergeable" };

	return bit < sizeof name / sizeof *name ? name[bit] : NULL;
}

void vma_perms(const struct vma *vma, char out[5])
{
	out[0] = vma->prot & PROT_BIT_READ ? 'r' : '-';
	out[1] = vma->prot & PROT_BIT_WRITE ? 'w' : '-';
	out[2] = vma->prot & PROT_BIT_EXEC ? 'x' : '-';
	out[3] = vma->shared ? 's' : 'p';
	out[4] = '\0';
}

void vma_made_by(struct vma *vma, uint64_t seq)
{
	vma->by = (struct vma_origin){ seq, seq, vma->lock ? seq : 0, vma->advice ? seq : 0 };
}

bool vma_is_plain(const struct vma *vma)
{
	return !vma->shared && (vma->kind == KIND_ANON || vma->kind == KIND_STACK || vma->kind == KIND_HEAP);
}

bool vma_is_sampled(const struct vma *vma)
{
	return vma->kind != KIND_TRACER && vma->kind != KIND_VVAR && vma->kind != KIND_VSYSCALL;
}

bool vma_same_facts(const struct vma *a, const struct vma *b)
{
	return a->prot == b->prot && a->ceiling == b->ceiling && a->shared == b->shared && a->lock == b->lock &&
	       a->kind == b->kind && a->advice == b->advice && a->flags == b->flags && a->path == b->path &&
	       a->dev == b->dev && a->ino == b->ino;
}

bool vma_same_history(const struct vma *a, const struct vma *b)
{
	return !memcmp(&a->by, &b->by, sizeof a->by);	/* packed: no bytes between */
}

bool vma_continues(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && vma_same_facts(a, b) &&
	       (!vma_has_offset(a) || a->offset + (a->end - a->start) == b->offset);
}
