/* say_lock.c - why a lock was refused, and what locks and unlocks did besides. */
#include "../vm/uapi.h"
#include "told.h"

#define NOTES "mlock(2) NOTES; "

void say_lock_flags(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_printf(text, "MLOCK_ONFAULT (1) is the only flag of mlock2; 0x%llx has others.",
		    (unsigned long long)told->record->call.arg[2]);
}

void say_lock_right(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	if (cause->sure)
		text_put(text, "The soft limit RLIMIT_MEMLOCK is 0 and the process has no CAP_IPC_LOCK, so it may lock "
			       "nothing at all. That is asked before anything else; with a limit above 0 it would have "
			       "been the amount that counts, and the error ENOMEM.");
	else
		text_put(text, "The soft limit RLIMIT_MEMLOCK must be 0 and CAP_IPC_LOCK absent; this log does not "
			       "have them.");
}

/* "2 pages allowed (soft limit 8 KiB)" */
static void add_limit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	say_pages(text, cause->limit);
	text_put(text, " allowed (soft limit ");
	text_bytes(text, cause->limit_bytes);
	text_put(text, cause->limit_bytes % told->page_bytes ? ", of which whole pages count)" : ")");
}

static bool was_hole(const struct run *run)
{
	return !run->was_mapped;
}

/* The kernel's sum: "16 pages asked (64 KiB) + 0 locked > 2 pages allowed (soft limit 8 KiB)" */
void say_lock_sum(struct text *text, const struct told *told, const struct why_cause *cause)
{
	uint64_t need = cause->asked + cause->held - cause->credited;

	say_pages(text, cause->asked);
	text_put(text, " asked (");
	text_bytes(text, cause->asked * told->page_bytes);
	text_put(text, ") + ");
	text_count(text, cause->held);
	text_put(text, " locked");
	if (cause->credited) {
		text_put(text, " - ");
		text_count(text, cause->credited);
		text_put(text, " counted in both");
	}
	if (cause->held) {
		text_put(text, " = ");
		text_count(text, need);
	}
	text_put(text, need > cause->limit ? " > " : "; ");
	add_limit(text, told, cause);
}

void say_lock_limit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	uint64_t holes = runs_pages(&told->runs, told->page_bytes, was_hole);

	text_put(text, "RLIMIT_MEMLOCK would be exceeded: ");
	say_lock_sum(text, told, cause);
	text_put(text, ", and the process has no CAP_IPC_LOCK. ");
	if (holes) {
		say_pages_that(text, holes, "of the range is", "of the range are");
		text_put(text, " not even mapped: holes count. ");
	}
	text_put(text, "This is asked before anything is locked, so nothing changed.");
}

static void say_what_cannot_be_there(struct text *text, const struct why_cause *cause)
{
	const struct vma *vma = &cause->vma;

	say_address(text, cause->at);
	if (vma->kind == KIND_SECRET)
		text_put(text, " is memfd_secret memory, which is locked by nature and cannot be brought in this way");
	else if (vma->kind == KIND_VSYSCALL)
		text_put(text, " is the vsyscall page, which belongs to the kernel");
	else if (vma->flags & VMA_GUARD)
		text_put(text, " is a guard page (MADV_GUARD_INSTALL)");
	else if (!vma->prot)
		text_put(text, " is PROT_NONE");
	else if (vma->kind == KIND_HUGETLB)
		text_put(text, " is a huge page, of which none may be free");
	else
		text_put(text, " may lie behind the end of its file, whose length is not in the log");
}

void say_lock_fault(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "Not every page could be made resident");
	if (cause->vma.end) {
		text_put(text, ": ");
		say_what_cannot_be_there(text, cause);
	}
	text_put(text, ". mlock sets the lock on the whole range first and brings the pages in afterwards, so all ");
	say_pages(text, told_pages(told));
	text_put(text, " have the lock and keep it, although the call failed.");
}

void say_lockall_flags(struct text *text, const struct told *told, const struct why_cause *cause)
{
	uint64_t flags = told->record->call.arg[0];

	(void)cause;
	if (!flags)
		text_put(text, "The flags are 0: neither MCL_CURRENT nor MCL_FUTURE.");
	else if (flags == K_MCL_ONFAULT)
		text_put(text, "MCL_ONFAULT says how to lock; MCL_CURRENT or MCL_FUTURE must say what.");
	else
		text_printf(text, "0x%llx has flags beside MCL_CURRENT, MCL_FUTURE and MCL_ONFAULT.",
			    (unsigned long long)flags);
	text_put(text, " Nothing changed; an earlier MCL_FUTURE stays in force.");
}

void say_lockall_limit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "MCL_CURRENT needs a limit as large as the whole address space, whatever of it could be "
		       "locked: ");
	say_pages(text, cause->asked);
	text_put(text, " are mapped (");
	text_bytes(text, cause->asked * told->page_bytes);
	text_printf(text, ", PROT_NONE included)%s ", cause->asked > cause->limit ? " >" : ",");
	add_limit(text, told, cause);
	text_put(text, ", and the process has no CAP_IPC_LOCK.");
	if (!cause->sure)
		text_put(text, " By these figures it would fit; what the main stack has grown by is in no log.");
	text_put(text, " Nothing changed; an earlier MCL_FUTURE stays in force.");
}

/* ---- what a lock did besides ---- */

static bool had_lock(const struct run *run)
{
	return run->was_mapped && run->was.lock;
}

static bool has_none(const struct run *run)
{
	return run->is_mapped && !run->is.lock;
}

static bool became_full(const struct run *run)
{
	return run->changed && run->was_mapped && run->was.lock == VMA_LOCKED_ONFAULT && run->is.lock == VMA_LOCKED;
}

static bool became_onfault(const struct run *run)
{
	return run->changed && run->was_mapped && run->was.lock == VMA_LOCKED && run->is.lock == VMA_LOCKED_ONFAULT;
}

static bool lost_lock(const struct run *run)
{
	return had_lock(run) && run->is_mapped && !run->is.lock;
}

static uint64_t pages_that(const struct told *told, runs_claim *claim)
{
	return runs_pages(&told->runs, told->page_bytes, claim);
}

/* Lengths that come to other pages than one would think. */
static bool note_length(struct points *points, const struct told *told, const char *done)
{
	const struct record_call *call = &told->record->call;
	struct text *text;

	if (!told_pages(told)) {
		text = points_add(points, call->arg[1] ? "rounds_to_nothing" : "nothing_asked",
				  "do_mlock(), mm/mlock.c");
		if (call->arg[1])
			text_printf(text,
				    "Nothing was %s: the length rounds up to 2 to the power of 64, which is 0. The "
				    "manual page promises EINVAL; the kernel does nothing and returns 0.",
				    done);
		else
			text_printf(text, "Nothing was %s: the length is 0.", done);
		return false;
	}
	if (told_pages(told) * told->page_bytes == call->arg[1])
		return true;
	text = points_add(points, "whole_pages", NOTES "do_mlock(), mm/mlock.c");
	text_count(text, call->arg[1]);
	text_put(text, call->arg[1] == 1 ? " byte asked, " : " bytes asked, ");
	say_pages(text, told_pages(told));
	text_printf(text, " covered: the address is rounded down and the end up to whole pages%s.",
		    call->arg[1] ? "" : ", which makes one page even of length 0");
	return true;
}

static void note_again(struct points *points, const struct told *told)
{
	uint64_t pages = pages_that(told, had_lock);
	struct text *text;

	if (!pages)
		return;
	text = points_add(points, "locked_already", NOTES "TLPI 50.2; mlock_fixup(), mm/mlock.c");
	say_pages(text, pages);
	text_put(text, " had a lock already");
	if (told->requests) {
		text_put(text, ", by ");
		say_requests(text, told);
	}
	text_put(text, ". Locks do not nest: one munlock ends them all.");
}

static void note_mode(struct points *points, const struct told *told)
{
	uint64_t full = pages_that(told, became_full), onfault = pages_that(told, became_onfault);
	struct text *text;

	if (full) {
		text = points_add(points, "now_full", "mlock2(2); mlock_fixup(), mm/mlock.c");
		say_pages(text, full);
		text_put(text, ": the lock on fault became a full one; what was not resident was brought in.");
	}
	if (onfault) {
		text = points_add(points, "now_onfault", "mlock2(2); mlock_fixup(), mm/mlock.c");
		say_pages(text, onfault);
		text_put(
			text,
			": the full lock became one on fault; what is resident stays so, what goes is not brought back "
			"before it is touched.");
	}
}

static void note_unlockable(struct points *points, const struct told *told)
{
	uint64_t pages = pages_that(told, has_none);
	struct text *text;

	if (!pages)
		return;
	text = points_add(points, "not_lockable", "vma_supports_mlock(), mm/internal.h; mlock_fixup(), mm/mlock.c");
	say_pages_that(text, pages, "of the range cannot have a lock (huge page, MAP_DROPPABLE, vdso, device) and was",
		       "of the range cannot have a lock (huge pages, MAP_DROPPABLE, vdso, devices) and were");
	text_put(text, " passed over in silence: the result 0 does not tell.");
}

/* A lock on fault is nothing yet for what is not there. */
static void note_onfault(struct points *points, const struct told *told)
{
	const struct record_call *call = &told->record->call;
	bool asked = call->call == CALL_mlock2 ? call->arg[2] & K_MLOCK_ONFAULT : call->arg[0] & K_MCL_ONFAULT;

	if (asked)
		text_put(points_add(points, "on_fault", "mlock2(2) MLOCK_ONFAULT"),
			 "Nothing was brought in: a page that is not resident yet can fail to come when it is first "
			 "touched, and stays from then on.");
}

void note_lock(struct points *points, const struct told *told)
{
	if (!note_length(points, told, "locked"))
		return;
	note_again(points, told);
	note_mode(points, told);
	note_unlockable(points, told);
	if (told->record->call.call == CALL_mlock2)
		note_onfault(points, told);
}

/* ---- unlocks ---- */

static void note_ended(struct points *points, const struct told *told)
{
	struct text *text;

	if (!told->requests || !pages_that(told, lost_lock))
		return;
	text = points_add(points, told->requests > 1 ? "ended_all" : "ended",
			  NOTES "TLPI 50.2; apply_vma_lock_flags(), mm/mlock.c");
	text_put(text, told->requests > 1 ? "Locks do not nest: on these pages this ended the locks of "
					  : "This ended, on these pages, the lock of ");
	say_requests(text, told);
	text_put(text, ".");
}

static void note_future(struct points *points, const struct told *told)
{
	if (told->future_is)
		text_put(points_add(points, "future_stays", "mlockall(2); do_mlock(), mm/mlock.c"),
			 "mlockall(MCL_FUTURE) stays in force: what is mapped from now on is locked. Only munlockall "
			 "ends that.");
}

void note_unlock(struct points *points, const struct told *told)
{
	uint64_t pages;

	if (!note_length(points, told, "unlocked"))
		return;
	pages = pages_that(told, had_lock);
	if (!pages)
		text_put(points_add(points, "was_not_locked", "apply_vma_lock_flags(), mm/mlock.c"),
			 "No page of the range had a lock: munlock of what is not locked is no error.");
	note_ended(points, told);
	note_future(points, told);
}

/* ---- all at once ---- */

static void note_cancelled(struct points *points, const struct told *told)
{
	if (told->future_was && !told->future_is)
		text_put(points_add(points, "future_cancelled", "mlockall(2); apply_mlockall_flags(), mm/mlock.c"),
			 "MCL_CURRENT without MCL_FUTURE switched an earlier MCL_FUTURE off: what is mapped from now "
			 "on is not locked.");
	else if (told->future_is && !(told->record->call.arg[0] & K_MCL_CURRENT))
		text_put(points_add(points, "future_only", "mlockall(2); apply_mlockall_flags(), mm/mlock.c"),
			 "No page that is mapped now was locked: MCL_FUTURE is about later ones.");
}

static bool is_inaccessible(const struct run *run)
{
	return run->is_mapped && run->is.lock && !run->is.prot;
}

void note_lockall(struct points *points, const struct told *told)
{
	uint64_t none = pages_that(told, is_inaccessible);
	struct text *text;

	note_cancelled(points, told);
	note_mode(points, told);
	if (told->record->call.arg[0] & K_MCL_CURRENT) {
		text = points_add(points, "locked_now", "mlockall(2); apply_mlockall_flags(), mm/mlock.c");
		text_bytes(text, told->is.locked);
		text_put(text, " of the program's memory are locked now; before, it was ");
		text_bytes(text, told->was.locked);
		text_put(text, ".");
		if (none) {
			text_put(text, " Of that, ");
			say_pages_that(text, none, "is", "are");
			text_put(text, " of PROT_NONE: that counts against the limit and is not resident.");
		}
	}
	note_onfault(points, told);
}

void note_unlockall(struct points *points, const struct told *told)
{
	struct text *text;

	if (told->future_was)
		text_put(points_add(points, "future_ended", "munlockall(2); apply_mlockall_flags(), mm/mlock.c"),
			 "This ended mlockall(MCL_FUTURE) as well.");
	if (told->requests) {
		text = points_add(points, "ended_all", "munlockall(2); TLPI 50.2");
		text_put(text,
			 told->requests > 1 ? "It ended every lock, whoever asked for it: " : "It ended the lock of ");
		say_requests(text, told);
		text_put(text, ".");
	}
	if (!told->was.locked)
		text_put(points_add(points, "was_not_locked", "munlockall(2)"), "No page had a lock.");
}
