/* say_protect.c - why mprotect and mseal failed, and what mprotect did besides. */
#include "../vm/uapi.h"
#include "change.h"
#include "told.h"

void say_ceiling(struct text *text, const struct told *told, const struct why_cause *cause)
{
	const struct vma *vma = &cause->vma;
	unsigned missing = told->record->call.arg[2] & K_PROT_ACCESS & ~vma->ceiling;

	say_mapping(text, told, cause);
	if (!cause->sure) {
		text_put(text,
			 " is shared memory of a memfd that may be sealed against writing; seals are not in the log.");
		return;
	}
	text_put(text, " can never be made ");
	text_put(text, missing & PROT_BIT_WRITE ? "writable" : missing & PROT_BIT_EXEC ? "executable" : "readable");
	if (missing & PROT_BIT_WRITE)
		text_put(text, vma->kind == KIND_SHM	? ": the segment was attached with SHM_RDONLY"
			       : vma->kind == KIND_MEMFD ? ": it is shared, and its descriptor was not open for writing, or sealed against it"
							 : ": it is shared, and its descriptor was not open for writing");
	else if (missing & PROT_BIT_EXEC)
		text_put(text, vma->kind == KIND_SECRET ? ": memfd_secret memory holds no code"
							: ": its file system is mounted noexec");
	say_kept(text, told, told_before(told, cause->at));
}

void say_protect_grows(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "PROT_GROWSDOWN and PROT_GROWSUP exclude each other.");
}

void say_protect_bits(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_printf(text, "0x%llx is no protection; mmap ignores such bits, mprotect refuses them.",
		    (unsigned long long)cause->at);
}

void say_protect_key(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_printf(
		text,
		"Protection key %d is not allocated, or the processor has no keys: then every key but -1 is refused, "
		"even 0.",
		(int)told->record->call.arg[3]);
}

void say_protect_nothing(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Nothing is mapped in the range, so there is no mapping from whose start PROT_GROWSDOWN could "
		       "count.");
}

void say_protect_not_down(struct text *text, const struct told *told, const struct why_cause *cause)
{
	say_mapping(text, told, cause);
	text_put(text, " is no mapping that grows down, which PROT_GROWSDOWN wants the first of the range to be.");
}

void say_protect_up(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "PROT_GROWSUP is for mappings that grow up, which x86-64 does not have.");
}

void say_seal_flags(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_printf(text, "mseal has no flags yet; 0x%llx was given.", (unsigned long long)told->record->call.arg[2]);
}

/* ---- what it did besides ---- */

static bool is_wx(const struct run *run)
{
	const unsigned both = PROT_BIT_WRITE | PROT_BIT_EXEC;

	return run->changed && run->is_mapped && (run->is.prot & both) == both;
}

static bool is_more(const struct run *run)
{
	return run->changed && run->is_mapped && run->was_mapped && run->is.prot != run->was.prot;
}

void note_protect(struct points *points, const struct told *told)
{
	const struct record_call *call = &told->record->call;
	unsigned asked = call->arg[2] & K_PROT_ACCESS;
	struct text *text;

	if (!told_pages(told)) {
		text_put(points_add(points, "nothing_asked", "mprotect(2); do_mprotect_pkey(), mm/mprotect.c"),
			 "The length is 0: nothing was done, and neither protection nor key were looked at.");
		return;
	}
	if (runs_pages(&told->runs, told->page_bytes, is_wx))
		text_put(points_add(points, "writable_and_executable", "mprotect(2)"),
			 "The pages are writable and executable at once: whoever can write to them can run what was "
			 "written.");
	for (size_t i = 0; i < told->runs.count; i++) {
		const struct run *run = &told->runs.run[i];

		if (!is_more(run) || run->is.prot == asked)
			continue;
		text = points_add(points, "read_implies_exec", "personality(2) READ_IMPLIES_EXEC");
		text_put(text, "The personality READ_IMPLIES_EXEC is set: asked was ");
		say_prot(text, asked);
		text_put(text, ", granted ");
		say_prot(text, run->is.prot);
		text_put(text, ".");
		break;
	}
}
