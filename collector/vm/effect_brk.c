/*
 * effect_brk.c - brk and sbrk.
 *
 * The break is a byte; pages below its rounding up are mapped.  A move is whole or not at all.
 * Sources: brk(), do_brk_flags(), mm/mmap.c; brk(2); glibc sysdeps/unix/sysv/linux/brk.c; and by experiment.
 */
#include "refuse.h"

static enum apply_result grow(struct change *change, struct range range)
{
	struct space *space = change->space;
	struct vma vma = {
		.start = range.start,
		.end = range.end,
		.prot = PROT_BIT_READ | PROT_BIT_WRITE | (space->read_exec ? PROT_BIT_EXEC : 0),
		.ceiling = PROT_BIT_READ | PROT_BIT_WRITE | PROT_BIT_EXEC,
		.kind = KIND_HEAP,
		.lock = space->future,
		.advice = space->merge_any ? ADVICE_MERGEABLE : 0,
	};
	const struct vma *old = vmaset_find(&space->set, range.start);
	bool taken = old && old->start < range.end;

	vma_made_by(&vma, change->seq);
	edit_map(change, &vma);
	return look_if(change, taken, range);
}

/* Refused where a page is sealed, of which glibc's brk() says nothing. */
static void shrink(struct change *change, uint64_t from, uint64_t to)
{
	const struct range shrunk = { page_up(to), page_up(from) };

	if (space_sealed_in(change->space, shrunk.start, shrunk.end))
		return;
	change->space->brk = to;
	if (shrunk.start < shrunk.end)
		edit_unmap(change, shrunk.start, shrunk.end);
}

/*
 * From where: the break as it is known here, else as the C library has it, which does not see what system calls made past
 * it do.  A break below the start of the heap is refused by the kernel, yet glibc's brk() returns 0 for it.  Where the
 * heap starts is known from the first break seen.
 */
static enum apply_result move_break(struct change *change, uint64_t told, uint64_t to)
{
	struct space *space = change->space;
	uint64_t from = space->brk ? space->brk : told;
	const struct range grown = { page_up(from), page_up(to) };

	if (to >= from) {
		space->heap_low = min_u64(space->heap_low, from);
		space->brk = to;
		return grown.end > grown.start ? grow(change, grown) : APPLY_DONE;
	}
	if (to < space->heap_low && from == space->heap_low)
		return APPLY_DONE;
	if (to < space->heap_low) {
		space->brk = 0;
		return look_at(change, page_down(to), page_up(from));
	}
	shrink(change, from, to);
	return APPLY_DONE;
}

/* The C library's brk returns 0; the bare system call, seen through syscall(2), the break as it is afterwards. */
enum apply_result effect_brk(struct change *change)
{
	const struct record_call *call = change->call;
	uint64_t to = call->ret ? (uint64_t)call->ret : call->arg[0];

	/* brk(0) only asks. */
	if (call_failed(call) || !call->arg[0])
		return APPLY_DONE;
	if (!(call->has & HAS_OLD))
		return look_everywhere(change);
	return move_break(change, call->old, to);
}

enum apply_result effect_sbrk(struct change *change)
{
	const struct record_call *call = change->call;

	if (call_failed(call) || !call->arg[0])
		return APPLY_DONE;
	return move_break(change, (uint64_t)call->ret, (uint64_t)call->ret + call->arg[0]);
}
