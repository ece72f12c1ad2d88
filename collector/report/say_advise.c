/* say_advise.c - why madvise and process_madvise failed, and what advice did besides. */
#include "../vm/uapi.h"
#include "change.h"
#include "flags.h"
#include "told.h"

static const struct record_call *call_of(const struct told *told)
{
	return &told->record->call;
}

static uint64_t advice_of(const struct told *told)
{
	return call_of(told)->arg[call_of(told)->call == CALL_process_madvise ? 3 : 2];
}

/* posix_madvise passes other values than its own on as they are. */
static void add_advice(struct text *text, const struct told *told)
{
	flags_text(text, FORMAT_ADVICE, advice_of(told));
}

void say_advice_unknown(struct text *text, const struct told *told, const struct why_cause *cause)
{
	struct text name = { 0 };

	(void)cause;
	add_advice(&name, told);
	text_put(text, text_read(&name));
	text_put(text, " is no advice this kernel knows.");
	text_free(&name);
}

void say_advice_not_built(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	add_advice(text, told);
	text_put(text, " is for testing: the kernel must be built for it (CONFIG_MEMORY_FAILURE), and the caller must "
		       "have CAP_SYS_ADMIN.");
}

/* "0x7f.. (rw- private anon, locked) refuses MADV_DONTNEED: ..." */
static void refuse(struct text *text, const struct told *told, const struct why_cause *cause, const char *because)
{
	say_mapping(text, told, cause);
	text_put(text, " refuses ");
	add_advice(text, told);
	text_printf(text, ": %s", because);
	say_kept(text, told, told_before(told, cause->at));
}

void say_advice_locked(struct text *text, const struct told *told, const struct why_cause *cause)
{
	uint64_t advice = advice_of(told);

	refuse(text, told, cause,
	       advice == K_MADV_DONTNEED
		       ? "its pages are locked, and must not go (MADV_DONTNEED_LOCKED would take them)"
	       : advice == K_MADV_GUARD_INSTALL ? "its pages are locked, and a guard page has no memory"
						: "its pages are locked, and must stay");
}

void say_advice_special(struct text *text, const struct told *told, const struct why_cause *cause)
{
	refuse(text, told, cause,
	       cause->vma.kind == KIND_SECRET ? "memfd_secret memory cannot be brought in this way"
					      : "it was made by a driver or the kernel");
}

void say_advice_huge(struct text *text, const struct told *told, const struct why_cause *cause)
{
	refuse(text, told, cause, "it consists of huge pages, which cannot be treated so, or only whole");
}

void say_advice_shared(struct text *text, const struct told *told, const struct why_cause *cause)
{
	refuse(text, told, cause, "it is shared, and this is for private anonymous memory");
}

void say_advice_file(struct text *text, const struct told *told, const struct why_cause *cause)
{
	refuse(text, told, cause, "it has a file, and this is for private anonymous memory");
}

void say_advice_no_file(struct text *text, const struct told *told, const struct why_cause *cause)
{
	refuse(text, told, cause, "there is no file from which to remove a part");
}

void say_advice_droppable(struct text *text, const struct told *told, const struct why_cause *cause)
{
	refuse(text, told, cause, "MAP_DROPPABLE memory is never dumped nor inherited");
}

void say_advice_not_shared(struct text *text, const struct told *told, const struct why_cause *cause)
{
	refuse(text, told, cause,
	       "a part of the file can only be removed through a shared mapping that can be written to");
}

void say_advice_no_access(struct text *text, const struct told *told, const struct why_cause *cause)
{
	refuse(text, told, cause, "its protection does not let the pages be read or written");
}

void say_advice_not_file(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "The file system behind ");
	say_mapping(text, told, cause);
	text_put(text, " cannot take a part out of a file.");
}

void say_advice_fault(struct text *text, const struct told *told, const struct why_cause *cause)
{
	if (!cause->vma.end)
		text_put(text, "A page could not be brought in.");
	else if (cause->vma.flags & VMA_GUARD)
		refuse(text, told, cause, "it is a guard page");
	else
		refuse(text, told, cause, "pages may lie behind the end of the file, whose length is not in the log");
}

void say_advice_collapse(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "MADV_COLLAPSE needs a mapping that holds a whole aligned huge page, and pages that nobody else "
		       "uses at that moment; neither is a state of pages, and nothing changed.");
}

void say_advice_io(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The pages could not be read: the mapping has no file, or its device failed.");
}

/* ---- process_madvise ---- */

void say_advise_flags(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_printf(text, "process_madvise has no flags yet; 0x%llx was given.",
		    (unsigned long long)call_of(told)->arg[4]);
}

void say_advise_vector(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "One of the ");
	text_count(text, cause->asked);
	text_put(text, " ranges, or the list itself, was refused, as madvise would refuse it.");
}

void say_advise_process(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_printf(text, "Descriptor %d names no process that is there, or one whose memory the caller may not touch.",
		    (int)call_of(told)->arg[0]);
}

/* ---- what it did besides ---- */

static bool is_unmergeable(const struct run *run)
{
	return run->is_mapped && !(run->is.advice & ADVICE_MERGEABLE);
}

static bool is_locked(const struct run *run)
{
	return run->is_mapped && run->is.lock;
}

static void note_mergeable(struct points *points, const struct told *told)
{
	uint64_t pages = runs_pages(&told->runs, told->page_bytes, is_unmergeable);
	struct text *text;

	if (!pages)
		return;
	text = points_add(points, "not_mergeable", "madvise(2) MADV_MERGEABLE; ksm_madvise(), mm/ksm.c");
	say_pages_that(text, pages, "is shared or special and was", "are shared or special and were");
	text_put(text, " passed over in silence: the result 0 does not tell.");
}

static void note_dontneed_locked(struct points *points, const struct told *told)
{
	uint64_t pages = runs_pages(&told->runs, told->page_bytes, is_locked);
	struct text *text;

	if (!pages)
		return;
	text = points_add(points, "locked_and_gone", "madvise(2) MADV_DONTNEED_LOCKED");
	say_pages_that(text, pages, "keeps its lock and is", "keep their lock and are");
	text_put(text, " not in memory any more until the next touch.");
}

void note_advise(struct points *points, const struct told *told)
{
	if (call_of(told)->call == CALL_posix_madvise && advice_of(told) == K_MADV_DONTNEED) {
		text_put(points_add(points, "ignored",
				    "posix_madvise(3) NOTES; glibc sysdeps/unix/sysv/linux/posix_madvise.c"),
			 "The C library answers POSIX_MADV_DONTNEED itself, without a system call: nothing was done, "
			 "and nothing was checked, not even the address.");
		return;
	}
	switch (advice_of(told)) {
	case K_MADV_MERGEABLE:
		note_mergeable(points, told);
		break;
	case K_MADV_DONTNEED_LOCKED:
		note_dontneed_locked(points, told);
		break;
	case K_MADV_GUARD_INSTALL:
		text_put(points_add(points, "guard",
				    "madvise(2) MADV_GUARD_INSTALL; madvise_guard_install(), mm/madvise.c"),
			 "What the pages held is gone, and every access to them is a SIGSEGV, whatever their "
			 "protection says. /proc/PID/maps does not show it.");
		break;
	}
}
