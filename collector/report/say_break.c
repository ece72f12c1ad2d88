/* say_break.c - why brk and sbrk failed.  The C library says ENOMEM for every reason. */
#include "change.h"
#include "told.h"

void say_brk_low(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	say_address(text, cause->at);
	text_put(text, " is below the start of the heap, or may be: the lowest break this log knows is higher.");
}

void say_brk_lost(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "The last page of the heap, ");
	say_address(text, cause->at);
	text_put(text, ", is not mapped any more: somebody unmapped it, and brk cannot shrink what is not there.");
}

void say_brk_room(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "There is no room: ");
	say_mapping(text, told, cause);
	text_put(text, cause->vma.flags & VMA_GROWSDOWN ? " needs a gap of 256 pages below it."
							: " is in the way, and one page before it has to stay free.");
}

/* A brk that worked as the C library has it: it does not look whether the break went down. */
void note_break(struct points *points, const struct told *told)
{
	const struct record_call *call = &told->record->call;
	uint64_t to = call->call == CALL_brk ? call->arg[0] : (uint64_t)call->ret + call->arg[0];
	struct text *text;

	if (!(call->has & HAS_OLD) || !to)
		return;
	if (to < call->old && told->spans && !runs_changed(&told->runs, told->page_bytes))
		text_put(points_add(points, "not_shrunk", "brk(2); glibc sysdeps/unix/sysv/linux/brk.c"),
			 "Nothing was unmapped. The C library's brk says 0 whenever the break is not below what was "
			 "asked, also where the kernel refused.");
	for (size_t i = 0; i < told->runs.count; i++) {
		const struct run *run = &told->runs.run[i];

		if (!run->changed || run->was_mapped || !run->is_mapped || !run->is.lock)
			continue;
		text = points_add(points, "locked_by_future", "mlockall(2) MCL_FUTURE; do_brk_flags(), mm/vma.c");
		text_put(text, "What the heap grew by is locked: mlockall(MCL_FUTURE) is in force.");
		break;
	}
}
