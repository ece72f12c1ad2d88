/*
 * effect_map.c - mmap, munmap, remap_file_pages.
 *
 * Sources: do_mmap(), mm/mmap.c; __mmap_region(), vms_gather_munmap_vmas(), mm/vma.c; mmap(2); and by experiment.
 */
#include <errno.h>

#include "refuse.h"
#include "request.h"

/* ---- success ---- */

static uint8_t file_kind(enum fd_kind kind)
{
	switch (kind) {
	case FD_MEMFD:
		return KIND_MEMFD;
	case FD_SECRET:
		return KIND_SECRET;
	case FD_HUGETLB:
		return KIND_HUGETLB;
	default:
		return KIND_FILE;
	}
}

static void set_object(struct change *change, const struct request *request, struct vma *vma)
{
	const struct record_call *call = request->call;

	if (request->anonymous) {
		vma->kind = request->huge ? KIND_HUGETLB : KIND_ANON;
		if (request->huge || request->shared)
			vma->ino = identities_number(&change->space->commons->identities);
		/* Plain MAP_ANONYMOUS ignores the offset. */
		if (request->huge || !(request->flags & K_MAP_ANONYMOUS))
			vma->offset = request->offset;
		return;
	}
	vma->kind = KIND_FILE;
	vma->offset = request->offset;
	if (!(call->has & HAS_FILE))
		return;
	vma->kind = file_kind(call->fd_kind);
	if (request_is_zero(call)) {
		vma->flags |= VMA_ZERO;
		vma->offset = 0;
	}
	vma->dev = call->dev;
	vma->ino = call->ino;
	vma->path = strings_intern(&change->space->commons->strings, call->path);
	if (request->shared && (call->access == ACCESS_READ || (call->seals & K_SEALS_OF_WRITING)))
		vma->ceiling &= (uint8_t)~PROT_BIT_WRITE;
	if (request->secret || call->noexec)
		vma->ceiling &= (uint8_t)~PROT_BIT_EXEC;
}

static void set_flags(const struct space *space, const struct request *request, struct vma *vma)
{
	if (request->flags & K_MAP_GROWSDOWN)
		vma->flags |= VMA_GROWSDOWN;
	if (request->flags & K_MAP_NORESERVE)
		vma->flags |= VMA_NORESERVE;
	if (request->flags & K_MAP_SYNC)
		vma->flags |= VMA_SYNC;
	if (request->huge)
		vma->flags |= VMA_HUGETLB | VMA_DONTEXPAND;
	if ((request->flags & K_MAP_TYPE) == K_MAP_DROPPABLE) {
		vma->flags |= VMA_DROPPABLE | VMA_NORESERVE;
		vma->advice |= ADVICE_WIPEONFORK | ADVICE_DONTDUMP;
	}
	/* man: no effect.  It is VM_NOHUGEPAGE since 6.7. */
	if ((request->flags & K_MAP_STACK) && kernel_since(space->commons->kernel, KERNEL(6, 7)))
		vma->advice |= ADVICE_NOHUGEPAGE;
	if (request->secret)
		vma->advice |= ADVICE_DONTDUMP;
	if (space->merge_any && vma_is_mergeable(vma))
		vma->advice |= ADVICE_MERGEABLE;
}

/* Locked by nature: secretmem_mmap(), mm/secretmem.c, adds VM_LOCKED to the flags that MCL_FUTURE gave. */
static uint8_t lock_of_secret(const struct space *space)
{
	return space->future == VMA_LOCKED_ONFAULT ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
}

/* MAP_LOCKED does not turn MCL_FUTURE|MCL_ONFAULT into a full lock. */
static uint8_t lock_of_new(const struct space *space, const struct request *request, const struct vma *vma)
{
	if (request->secret)
		return lock_of_secret(space);
	if (!vma_is_lockable(vma))
		return VMA_UNLOCKED;
	if (space->future)
		return space->future;
	return request->flags & K_MAP_LOCKED ? VMA_LOCKED : VMA_UNLOCKED;
}

/*
 * What a driver does to its mapping (VM_IO, VM_PFNMAP, VM_DONTEXPAND) is not in the record, nor is whether this kernel
 * locks secret memory by flag.
 */
static bool driver_decides(const struct request *request)
{
	const struct record_call *call = request->call;

	if (request->anonymous || !(call->has & HAS_FILE))
		return false;
	return request->secret || call->fd_kind == FD_OTHER || call->fd_kind == FD_DEVICE || call->fd_kind == FD_SOCKET;
}

/* The kernel gives out an address that is free; what the model had there went away unseen. */
static bool was_taken(const struct space *space, const struct request *request, const struct vma *new)
{
	const struct vma *old = vmaset_find(&space->set, new->start);

	return !request_replaces(request) && old && old->start < new->end;
}

static enum apply_result map_done(struct change *change, const struct request *request)
{
	struct space *space = change->space;
	struct vma vma = {
		.start = (uint64_t)change->call->ret,
		.prot = request->prot & K_PROT_ACCESS,
		.ceiling = PROT_BIT_READ | PROT_BIT_WRITE | PROT_BIT_EXEC,
		.shared = request->shared,
	};
	struct range range;
	bool doubt;

	if (!range_sane(vma.start, request->len))
		return look_everywhere(change);
	vma.end = vma.start + request->len;
	set_object(change, request, &vma);
	if (space->read_exec && (vma.prot & PROT_BIT_READ))
		vma.prot |= PROT_BIT_EXEC & vma.ceiling;
	set_flags(space, request, &vma);
	vma.lock = lock_of_new(space, request, &vma);
	vma_made_by(&vma, change->seq);
	doubt = was_taken(space, request, &vma) || driver_decides(request);
	edit_map(change, &vma);
	range = (struct range){ vma.start, vma.end };
	return look_if(change, doubt, range);
}

/* ---- failure ---- */

/* What became of the pages under a MAP_FIXED that failed. */
enum fate {
	KEPT,
	GONE,		/* a hole: the file's mmap method refused, after the old mapping had been removed */
	MAYBE_KEPT,
	MAYBE_GONE
};

/* Before 6.12 the old mapping went before the commit check. */
static enum fate private_fate(const struct space *space, int err)
{
	return err != ENOMEM || kernel_since(space->commons->kernel, KERNEL(6, 12)) ? KEPT : MAYBE_GONE;
}

/* Shared anonymous and huge: the object is made, and can fail, after the old mapping has gone. */
static enum fate object_fate(const struct space *space, const struct request *request, int err)
{
	uint64_t end = request->addr + request->len;

	/* hugetlbfs takes whole huge pages of its file only, also where nobody asked for one: hugetlbfs_file_mmap() */
	if (err == EINVAL && request->huge && !(request->addr % HUGE_BYTES) && request->offset % HUGE_BYTES)
		return MAYBE_GONE;
	if (err != ENOMEM || limit_as_exceeded(space, request->len, space_mapped_in(space, request->addr, end)))
		return KEPT;
	return MAYBE_GONE;
}

/* EAGAIN: the lock limit, tested before, or memfd_secret's own test of it, made after. */
static enum fate again_fate(const struct space *space, const struct request *request)
{
	bool asks_lock = space->future || (request->flags & K_MAP_LOCKED);

	if (request->secret)
		return asks_lock ? MAYBE_GONE : GONE;
	return asks_lock ? MAYBE_KEPT : MAYBE_GONE;
}

static enum fate file_fate(const struct space *space, const struct request *request, int err)
{
	bool plain_file = request->call->fd_kind == FD_REGULAR || request->call->fd_kind == FD_MEMFD;

	switch (err) {
	case EBADF:
	case EACCES:
	case EEXIST:
	case EOVERFLOW:
		return KEPT;
	case EAGAIN:
		return again_fate(space, request);
	case EINVAL:
		if (request->offset % PAGE_BYTES || !(request->flags & K_MAP_TYPE) ||
		    (request->flags & K_MAP_GROWSDOWN) || ((request->flags & K_MAP_HUGETLB) && !request->huge))
			return KEPT;
		return request->secret && !request->shared ? GONE : MAYBE_KEPT;
	case EPERM:
		return plain_file ? KEPT : MAYBE_KEPT;
	case ENODEV:
		/* A pipe has no mmap method, which is seen first; a socket has one that refuses. */
		if (request->call->fd_kind == FD_SOCKET)
			return GONE;
		return plain_file || request->call->fd_kind == FD_PIPE ? KEPT : MAYBE_GONE;
	case EOPNOTSUPP:
		return request->flags & K_MAP_SYNC ? MAYBE_GONE : KEPT;
	default:
		return MAYBE_KEPT;
	}
}

static enum fate fate_of(const struct space *space, const struct request *request, int err)
{
	if (space_sealed_in(space, request->addr, request->addr + request->len))
		return KEPT;
	if (!request->anonymous)
		return file_fate(space, request, err);
	return request->shared || request->huge ? object_fate(space, request, err) : private_fate(space, err);
}

static enum apply_result map_failed(struct change *change, const struct request *request)
{
	struct range range = { request->addr, request->addr + request->len };
	enum fate fate;

	if (!request_replaces(request) || !range_sane(request->addr, request->len) || !space_mapped_in(change->space, range.start, range.end))
		return APPLY_DONE;
	fate = fate_of(change->space, request, call_errno(change->call));
	if (fate == GONE || fate == MAYBE_GONE)
		edit_unmap(change, range.start, range.end);
	return look_if(change, fate == MAYBE_KEPT || fate == MAYBE_GONE, range);
}

enum apply_result effect_map(struct change *change)
{
	struct request request = request_of(change->call);

	return call_failed(change->call) ? map_failed(change, &request) : map_done(change, &request);
}

/* munmap is all or nothing. */
enum apply_result effect_unmap(struct change *change)
{
	const struct record_call *call = change->call;
	const struct vma *first = vmaset_find(&change->space->set, call->arg[0]);
	struct range range;

	if (call_failed(call))
		return APPLY_DONE;
	if (range_aligned(call->arg[0], call->arg[1], &range) != RANGE_PAGES)
		return look_everywhere(change);
	/* A part of a huge page is refused, but the length is rounded: vm_ops->may_split, hugetlb. */
	if (first && first->start <= range.start && (first->flags & VMA_HUGETLB))
		range.end = max_u64(range.end, range.start + round_up_to(range.end - range.start, HUGE_BYTES));
	edit_unmap(change, range.start, range.end);
	return APPLY_DONE;
}

/*
 * remap_file_pages is emulated with a MAP_FIXED mmap of another page of the same file: protection stays, a lock becomes
 * a full lock, advice and MAP_NORESERVE are lost.  Address and length are rounded down.  mm/mmap.c.
 */
enum apply_result effect_remapfile(struct change *change)
{
	const struct record_call *call = change->call;
	struct space *space = change->space;
	uint64_t start = page_down(call->arg[0]), bytes = page_down(call->arg[1]);
	const struct vma *old = space_find(space, start);
	struct vma new;

	if (call_failed(call))
		return APPLY_DONE;
	if (!range_sane(start, bytes) || !old)
		return look_everywhere(change);
	new = *old;
	new.start = start;
	new.end = start + bytes;
	new.offset = call->arg[3] * PAGE_BYTES;
	new.advice = old->kind == KIND_SECRET ? ADVICE_DONTDUMP : 0;
	new.flags &= VMA_HUGETLB | VMA_DONTEXPAND;
	if (space->read_exec && (new.prot & PROT_BIT_READ))
		new.prot |= PROT_BIT_EXEC & new.ceiling;
	if (old->kind == KIND_SECRET)
		new.lock = lock_of_secret(space);
	else if (space->future)
		new.lock = space->future;
	else if (old->lock)
		new.lock = VMA_LOCKED;
	new.by.map = change->seq;
	if (new.prot != old->prot)
		new.by.prot = change->seq;
	if (new.lock != old->lock)
		new.by.lock = change->seq;
	if (old->advice)
		new.by.advice = change->seq;
	edit_map(change, &new);
	return APPLY_DONE;
}
