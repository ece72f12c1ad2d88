/*
 * effect_shm.c - shmat, shmdt.
 *
 * A System V segment is an object like a file: kind KIND_SHM, ino its shmid, dev 0.
 * Sources: do_shmat(), ksys_shmdt(), ipc/shm.c; shmop(2); and by experiment.
 */
#include <errno.h>

#include "state.h"

/* Which bytes a refused SHM_REMAP left behind cannot be told for every errno. */
static enum apply_result attach_failed(struct change *change)
{
	const struct record_call *call = change->call;
	int err = call_errno(call);
	uint64_t start = page_down(call->arg[1]), bytes = page_up(call->size_bytes);

	if (!(call->arg[2] & K_SHM_REMAP) || err == EINVAL || err == EACCES || err == EPERM || err == EIDRM)
		return APPLY_DONE;
	if (!(call->has & HAS_SIZE) || !range_sane(start, bytes))
		return look_everywhere(change);
	return look_at(change, start, start + bytes);
}

enum apply_result effect_attach(struct change *change)
{
	const struct record_call *call = change->call;
	struct space *space = change->space;
	uint64_t flags = call->arg[2], bytes = page_up(call->size_bytes);
	bool read_only = flags & K_SHM_RDONLY;
	struct vma vma = {
		.start = (uint64_t)call->ret,
		.prot = PROT_BIT_READ | (read_only ? 0 : PROT_BIT_WRITE),
		.ceiling = PROT_BIT_READ | PROT_BIT_EXEC | (read_only ? 0 : PROT_BIT_WRITE),
		.shared = 1,
		.kind = KIND_SHM,
		.ino = (uint32_t)call->arg[0],
		.lock = space->future,
	};

	if (call_failed(call))
		return attach_failed(change);
	if (!(call->has & HAS_SIZE) || !range_sane(vma.start, bytes))
		return look_everywhere(change);
	vma.end = vma.start + bytes;
	if ((flags & K_SHM_EXEC) || space->read_exec)
		vma.prot |= PROT_BIT_EXEC;
	vma_made_by(&vma, change->seq);
	edit_map(change, &vma);
	return APPLY_DONE;
}

/* A piece belongs to an attach at @addr when it lies as far above @addr as inside the segment, wherever it was cut. */
static bool belongs(const struct vma *vma, uint64_t addr)
{
	return vma->kind == KIND_SHM && vma->start >= addr && vma->start - addr == vma->offset;
}

static bool attached_below(const struct vma *vma, uint64_t addr, uint64_t *segment)
{
	if (!belongs(vma, addr) || (*segment != UINT64_MAX && *segment != vma->ino))
		return false;
	*segment = vma->ino;
	return true;
}

/* Removes every piece of the segment found first.  A piece moved by mremap answers to another address. */
enum apply_result effect_detach(struct change *change)
{
	uint64_t addr = change->call->arg[0], segment = UINT64_MAX;
	const struct vma *vma = vmaset_find(&change->space->set, addr);
	struct range further = { 0, 0 };
	bool found = false;

	if (call_failed(change->call))
		return APPLY_DONE;
	while (vma) {
		struct range piece = { vma->start, vma->end };

		if (attached_below(vma, addr, &segment)) {
			if (found)
				further = (struct range){ further.start ? further.start : piece.start, piece.end };
			/* A sealed piece stays, and nobody is told. */
			found = true;
			if (!(vma->flags & VMA_SEALED))
				edit_unmap(change, piece.start, piece.end);
		}
		vma = vmaset_find(&change->space->set, piece.end);
	}
	/* A piece after the first stays where it reaches past the segment's end, as mremap can make it: ksys_shmdt(), ipc/shm.c. */
	return found ? look_if(change, further.end > 0, further) : look_everywhere(change);
}
