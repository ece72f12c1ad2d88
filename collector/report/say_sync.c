/* say_sync.c - why mincore and msync failed. */
#include "change.h"
#include "told.h"

void say_mincore_vector(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "The vector at ");
	say_address(text, cause->at);
	text_put(text, " could not be written to: it takes a byte for each page.");
}

void say_sync_flags(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_printf(text, "0x%llx is no flag of msync: there are MS_ASYNC, MS_SYNC and MS_INVALIDATE.",
		    (unsigned long long)cause->at);
}

void say_sync_both(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "MS_ASYNC and MS_SYNC exclude each other.");
}

void say_sync_locked(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "MS_INVALIDATE cannot invalidate locked pages, and ");
	say_mapping(text, told, cause);
	text_put(text, " is locked. (So msync with this flag alone tells whether any page of a range has a lock.)");
}

void say_sync_no_method(struct text *text, const struct told *told, const struct why_cause *cause)
{
	if (!cause->vma.end) {
		text_put(text, "A file of the range may be one that cannot be written back.");
		return;
	}
	say_mapping(text, told, cause);
	text_put(text, cause->vma.kind == KIND_SECRET ? " is memfd_secret memory, which is never written back."
						      : " may be a file that cannot be written back.");
}

void say_sync_io(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Writing the file back failed: its device reported an error, or it is full.");
}
