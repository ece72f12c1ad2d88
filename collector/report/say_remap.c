/* say_remap.c - why mremap failed, and what it did besides. */
#include "../vm/uapi.h"
#include "change.h"
#include "told.h"

static const struct record_call *call_of(const struct told *told)
{
	return &told->record->call;
}

void say_remap_flags(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_printf(text, "0x%llx is no flag of mremap.", (unsigned long long)cause->at);
}

void say_remap_length(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_put(text, call_of(told)->arg[2] ? "The new length rounds up to 2 to the power of 64, which is 0."
					     : "The new length is 0; munmap is for that.");
}

void say_remap_beyond(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "From ");
	say_address(text, cause->at);
	text_put(text, " the new length reaches beyond the addresses a process can have.");
}

void say_remap_new_unaligned(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "The new address ");
	say_address(text, cause->at);
	text_printf(
		text,
		" is not a multiple of the page size, %llu. MREMAP_DONTUNMAP looks at it even without MREMAP_FIXED.",
		(unsigned long long)told->page_bytes);
}

void say_remap_may_move(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_printf(text, "%s moves the mapping, and MREMAP_MAYMOVE is not given.",
		    call_of(told)->arg[3] & K_MREMAP_FIXED ? "MREMAP_FIXED" : "MREMAP_DONTUNMAP");
}

void say_remap_dontunmap(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "MREMAP_DONTUNMAP cannot change the length.");
}

void say_remap_overlap(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The old place and the new one overlap.");
}

void say_remap_unmapped(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "Nothing is mapped at ");
	say_address(text, cause->at);
	text_put(text, ", the first page of the old place.");
}

void say_remap_huge(struct text *text, const struct told *told, const struct why_cause *cause)
{
	say_mapping(text, told, cause);
	text_put(text, " consists of huge pages: it can only be moved by whole ones, and it cannot grow.");
}

void say_remap_private(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "An old length of 0 makes a second mapping of shared memory, and ");
	say_mapping(text, told, cause);
	text_put(text, " is private.");
}

void say_remap_special(struct text *text, const struct told *told, const struct why_cause *cause)
{
	say_mapping(text, told, cause);
	text_put(text, " was made by a driver or the kernel, in its size: it can neither grow nor be left behind.");
}

void say_remap_crosses(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "The old range must lie in one mapping. ");
	if (cause->sure) {
		text_put(text, "The one it begins in ends at ");
		say_address(text, cause->at);
		text_put(text, ".");
	} else {
		text_put(text, "By this log it does; the kernel can hold as several what looks like one.");
	}
	(void)told;
	text_put(text, " Nothing changed.");
}

void say_remap_offset(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The mapping would reach beyond the last offset a file can have.");
}

void say_remap_sealed_to(struct text *text, const struct told *told, const struct why_cause *cause)
{
	say_mapping(text, told, cause);
	text_put(text, ", which would have to go or to move, is sealed with mseal.");
	if (runs_changed(&told->runs, told->page_bytes))
		text_put(text, " What came before it has been done.");
}

void say_remap_covered(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "The new place covers the old one, which begins at ");
	say_address(text, cause->at);
	text_put(text, ": what is at the new place is unmapped first, and then there is nothing left to move.");
}

void say_remap_tail(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "The part that would be cut off, from ");
	say_address(text, cause->at);
	text_put(text, " on, reaches beyond the addresses a process can have.");
}

void say_remap_no_room(struct text *text, const struct told *told, const struct why_cause *cause)
{
	if (call_of(told)->arg[3] & K_MREMAP_MAYMOVE) {
		text_put(text, "No range of free addresses is long enough for the new length.");
		return;
	}
	text_put(text, "The mapping cannot grow where it is: ");
	if (!call_of(told)->arg[1])
		text_put(text, "a second mapping of it needs a place of its own");
	else if (cause->vma.end > cause->at)
		text_put(text, "the range ends in its middle");
	else
		text_printf(text, "what lies behind 0x%llx is taken", (unsigned long long)cause->at);
	text_put(text, ", and MREMAP_MAYMOVE is not given.");
}

void say_remap_refused(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "Several mappings were to be moved, one after the other, and one of those from ");
	say_address(text, cause->at);
	text_put(text, " on refused: drivers and userfaultfd can. Those before it have moved.");
}

/* ---- what it did besides ---- */

static bool had_lock(const struct run *run)
{
	return run->was_mapped && run->was.lock;
}

static bool is_new_lock(const struct run *run)
{
	return run->changed && run->is_mapped && run->is.lock && !(run->was_mapped && run->was.lock);
}

static bool is_stale(const struct run *run)
{
	return run->changed && had_lock(run) && run->is_mapped && !run->is.lock;
}

static void note_leak(struct points *points, const struct told *told)
{
	uint64_t gone = runs_pages(&told->runs, told->page_bytes, is_stale);
	uint64_t leak = (told->is.vmlck - told->is.locked) - (told->was.vmlck - told->was.locked);
	struct text *text;

	if (!(call_of(told)->arg[3] & K_MREMAP_DONTUNMAP) || !gone)
		return;
	text = points_add(points, "dontunmap_leak", "dontunmap_complete(), mm/mremap.c");
	say_pages_that(text, gone, "that stays behind lost its", "that stay behind lost their");
	text_put(text, " lock: MREMAP_DONTUNMAP takes it from the whole old mapping, also outside the range.");
	if (leak && told->is.vmlck - told->is.locked > told->was.vmlck - told->was.locked) {
		text_put(text, " The kernel goes on counting them (VmLck): ");
		text_bytes(text, leak);
		text_put(text,
			 " of RLIMIT_MEMLOCK are used up until exec or exit, and munlockall does not give them back.");
	}
}

void note_remap(struct points *points, const struct told *told)
{
	uint64_t fresh = runs_pages(&told->runs, told->page_bytes, is_new_lock);
	struct text *text;

	if (fresh) {
		text = points_add(points, "lock_carried", "mremap(2); move_vma(), mm/mremap.c");
		say_pages_that(text, fresh, "at the new place is", "at the new place are");
		text_put(text, " locked: a lock goes along with its mapping, and what the mapping grows by has it "
			       "too.");
	}
	note_leak(points, told);
}
