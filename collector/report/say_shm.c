/* say_shm.c - why shmat, shmdt and shmctl failed. */
#include "../vm/uapi.h"
#include "change.h"
#include "told.h"

void say_shm_none(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_printf(text, "There may be no segment %d (any more); which there are is not in the log.", (int)cause->at);
}

void say_shm_removed(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_printf(text, "Segment %d has been removed.", (int)cause->at);
}

void say_shm_address(struct text *text, const struct told *told, const struct why_cause *cause)
{
	if (!cause->at)
		text_put(text, "SHM_REMAP wants an address.");
	else
		text_printf(text, "0x%llx is not a multiple of the page size, %llu; SHM_RND would round it down.",
			    (unsigned long long)cause->at, (unsigned long long)told->page_bytes);
}

void say_shm_access(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_printf(text, "The segment's mode does not let the caller %s it.",
		    told->record->call.arg[2] & K_SHM_RDONLY ? "read" : "read and write");
}

void say_shm_taken(struct text *text, const struct told *told, const struct why_cause *cause)
{
	if (!cause->sure) {
		text_put(text, "Something may be mapped where the segment was to go; its length is not in the log.");
		return;
	}
	text_put(text, "The segment was to go where ");
	say_mapping(text, told, cause);
	text_put(text, " is, and SHM_REMAP is not given.");
}

void say_shm_not_attached(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "No segment is attached at ");
	say_address(text, cause->at);
	text_put(text, ". What counts is where the segment's first byte would be: after mremap that is not where it "
		       "was attached.");
}

void say_shm_owner(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The caller may neither own nor have made the segment, and has no CAP_IPC_LOCK or "
		       "CAP_SYS_ADMIN.");
}

void say_shm_lock_limit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "SHM_LOCK counts what the user has locked so in all segments, apart from mlock, and that would "
		       "exceed the soft limit RLIMIT_MEMLOCK");
	if (cause->limit != UINT64_MAX) {
		text_put(text, ", ");
		text_bytes(text, cause->limit_bytes);
	}
	text_put(text, ". How much it was is not in the log.");
}

static bool has_lock(const struct run *run)
{
	return run->changed && run->is_mapped && run->is.lock;
}

void note_attach(struct points *points, const struct told *told)
{
	if (runs_pages(&told->runs, told->page_bytes, has_lock))
		text_put(points_add(points, "locked_by_future", "mlockall(2) MCL_FUTURE"),
			 "The pages are locked: mlockall(MCL_FUTURE) is in force.");
}
