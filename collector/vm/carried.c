/*
 * carried.c - what a log that continues another has to say at its head so that nothing of the state is lost.
 */
#include "state.h"

struct space_rules space_rules(const struct space *space)
{
	return (struct space_rules){
		.brk = space->brk,
		.heap_low = space->heap_low,
		.future = space->future,
		.mdwe = space->mdwe,
		.read_exec = space->read_exec,
		.merge_any = space->merge_any,
	};
}

struct space *space_carried(struct commons *commons, const struct record_process *process)
{
	const struct record_carried *carried = process->carried;
	struct space *space = space_new(commons);

	limits_learn(&space->limits, process);
	space->limits.cap_ipc_lock = process->cap_ipc_lock;
	space->limits.known = carried->limits_known;
	space->limits.core_chosen = carried->core_chosen;
	space->limits.undumpable = carried->undumpable;
	space->mdwe = process->mdwe;
	space->merge_any = process->merge_any;
	space->future = carried->future;
	space->read_exec = carried->read_exec;
	space->brk = carried->brk;
	space->heap_low = carried->heap_low;
	return space;
}

bool space_listed(const struct space *space, const struct vma *vma, uint64_t *dev, uint64_t *ino)
{
	const struct identity *listed =
		identities_numbered(vma) ? table_find(&space->commons->identities.listed, vma->ino) : NULL;

	if (!listed)
		return false;
	*dev = listed->dev;
	*ino = listed->ino;
	return true;
}

/* A name need not look like a path, and a kind not follow from it. */
void vma_known(struct space *space, struct vma *vma, const struct snapshot_range *range,
	       const struct snapshot_known *known)
{
	const struct identity listed = { known->dev, known->ino, false };

	vma->kind = vma_kind_named(known->kind);
	vma->flags &= ~(unsigned)(VMA_ZERO | VMA_GUARD);
	vma->flags |= (known->zero ? VMA_ZERO : 0) | (known->guard ? VMA_GUARD : 0);
	vma->dev = range->dev;
	vma->offset = vma_has_offset(vma) ? range->offset : 0;
	vma->path = strings_intern(&space->commons->strings, range->path);
	if (identities_numbered(vma))
		identities_carry(&space->commons->identities, vma->ino, &listed);
}
