#include "elsewhere.h"

#include "../vm/identity.h"

/* Return: the address in @other of the page asked about, 0: it is other memory, or the page itself. */
static uint64_t same_page(const struct elsewhere *elsewhere, const struct vma *other)
{
	const struct space *space = elsewhere->process ? elsewhere->process->space : NULL;
	const struct vma *vma = space ? space_find(space, elsewhere->page) : NULL;
	struct identity mine, theirs;
	uint64_t offset, addr;

	if (!vma || !identity_of(space, vma, &mine) || !identity_of(elsewhere->acts->space, other, &theirs) ||
	    identity_compare(&mine, &theirs))
		return 0;
	offset = vma->offset + (elsewhere->page - vma->start);
	if (offset < other->offset || offset - other->offset >= other->end - other->start)
		return 0;
	addr = other->start + (offset - other->offset);
	return space == elsewhere->acts->space && addr == elsewhere->page ? 0 : addr;
}

void elsewhere_delta(struct elsewhere *elsewhere, const struct delta *delta)
{
	unsigned was = delta->before ? delta->before->lock : VMA_UNLOCKED;
	unsigned is = delta->after ? delta->after->lock : VMA_UNLOCKED;
	uint64_t addr;

	if (was == is || !elsewhere->acts || elsewhere->any)
		return;
	addr = same_page(elsewhere, is ? delta->after : delta->before);
	if (!addr)
		return;
	elsewhere->any = true;
	elsewhere->addr = addr;
	elsewhere->was = was;
	elsewhere->is = is;
}

void elsewhere_end(struct elsewhere *elsewhere)
{
	const struct vma *vma;

	if (!elsewhere->process || !elsewhere->acts || elsewhere->acts->space == elsewhere->process->space)
		return;
	for (vma = space_next(elsewhere->acts->space, 0); vma && !elsewhere->any;
	     vma = space_next(elsewhere->acts->space, vma->end)) {
		const struct delta gone = { vma->start, vma->end, vma, NULL };

		elsewhere_delta(elsewhere, &gone);
	}
}

/* ---- System V segments ---- */

static const struct vma *segment_page(const struct elsewhere *elsewhere)
{
	const struct space *space = elsewhere->process ? elsewhere->process->space : NULL;
	const struct vma *vma = space ? space_find(space, elsewhere->page) : NULL;

	return vma && vma->kind == KIND_SHM ? vma : NULL;
}

void elsewhere_before(struct elsewhere *elsewhere, const struct world *world)
{
	const struct vma *vma = segment_page(elsewhere);

	elsewhere->segment.known = vma;
	elsewhere->segment.locked = vma && world_segment_lock(world, vma);
}

void elsewhere_after(struct elsewhere *elsewhere, const struct world *world)
{
	const struct vma *vma = elsewhere->segment.known ? segment_page(elsewhere) : NULL;

	elsewhere->segment_changed = vma && elsewhere->segment.locked != !!world_segment_lock(world, vma);
}

static void segment_text(struct text *text, const struct elsewhere *elsewhere)
{
	const struct vma *vma = segment_page(elsewhere);

	if (vma)
		text_printf(text, "segment %llu: %s", (unsigned long long)vma->ino,
			    elsewhere->segment.locked ? "locked by SHM_LOCK -> NOT locked"
						      : "NOT locked -> locked by SHM_LOCK");
}

/* ---- in words ---- */

void elsewhere_text(struct text *text, const struct elsewhere *elsewhere)
{
	static const char *const words[] = { [VMA_UNLOCKED] = "NOT locked",
					     [VMA_LOCKED] = "locked",
					     [VMA_LOCKED_ONFAULT] = "locked on fault" };

	if (elsewhere->segment_changed)
		segment_text(text, elsewhere);
	if (!elsewhere->any)
		return;
	text_printf(text, "the same memory at 0x%llx", (unsigned long long)elsewhere->addr);
	if (elsewhere->acts->space != elsewhere->process->space)
		text_printf(text, " in process %d", elsewhere->acts->pid);
	text_printf(text, ": %s -> %s", words[elsewhere->was], words[elsewhere->is]);
}
