/* note_process.c - what fork, exec and exit do to locks and to advice that is about forks. */
#include "told.h"

/* "17 of 17 locked pages" */
static void add_share(struct text *text, uint64_t part, uint64_t whole, const char *what)
{
	text_count(text, part);
	text_put(text, " of ");
	text_count(text, whole);
	text_printf(text, " %s page%s", what, whole == 1 ? "" : "s");
}

static void note_locks(struct points *points, const struct told *told)
{
	const struct heritage *heritage = &told->heritage;
	struct text *text;

	if (!heritage->locked)
		return;
	text = points_add(points, "locks_not_inherited", "mlock(2) NOTES; fork(2); dup_mmap(), mm/mmap.c");
	add_share(text, heritage->unlocked, heritage->locked, "locked");
	text_printf(text, " %s not locked in the child, %d: locks are not inherited.",
		    heritage->unlocked == 1 ? "is" : "are", heritage->child);
	if (heritage->unlocked < heritage->locked)
		text_put(text, " The others are not mapped there.");
}

static void note_advice(struct points *points, const struct heritage *heritage)
{
	struct text *text;

	if (heritage->absent) {
		text = points_add(points, "not_inherited", "madvise(2) MADV_DONTFORK; dup_mmap(), mm/mmap.c");
		say_pages_that(text, heritage->absent, "is", "are");
		text_printf(text, " not mapped in the child, %d: MADV_DONTFORK.", heritage->child);
	}
	if (heritage->wiped) {
		text = points_add(points, "wiped", "madvise(2) MADV_WIPEONFORK; dup_mmap(), mm/mmap.c");
		say_pages_that(text, heritage->wiped, "reads", "read");
		text_printf(text, " as zero in the child, %d: MADV_WIPEONFORK.", heritage->child);
	}
}

static void note_fork(struct points *points, const struct told *told)
{
	const struct heritage *heritage = &told->heritage;

	if (heritage->shared) {
		text_printf(points_add(points, "shared", "vfork(2); clone(2) CLONE_VM"),
			    "The child, %d, has the parent's address space itself: what it locks or protects is locked and "
			    "protected for both, until it calls exec or ends.", heritage->child);
		return;
	}
	if (heritage->made != told->record->seq) {
		text_printf(points_add(points, "elsewhere", "fork(2)"),
			    "The child, %d, became known by #%llu: that record has what it got.", heritage->child,
			    (unsigned long long)heritage->made);
		return;
	}
	note_locks(points, told);
	if (told->future_was)
		text_put(points_add(points, "future_not_inherited", "mlockall(2) NOTES; dup_mmap(), mm/mmap.c"),
			 "mlockall(MCL_FUTURE) is not inherited: what the child maps is not locked.");
	note_advice(points, heritage);
}

static void note_end(struct points *points, const struct told *told, const char *what)
{
	uint64_t pages = told->was.locked / told->page_bytes;
	struct text *text;

	if (!pages)
		return;
	text = points_add(points, "locked_to_the_end", "mlock(2) NOTES; exit_mmap(), mm/mmap.c");
	say_pages_that(text, pages, "was", "were");
	text_printf(text, " locked until then; %s ended that", what);
	if (told->requests) {
		text_put(text, ": ");
		say_requests(text, told);
	}
	text_put(text, ".");
}

void note_process(struct points *points, const struct told *told)
{
	const struct record *record = told->record;

	if (told->heritage.child)
		note_fork(points, told);
	if (record->type != RECORD_PROCESS)
		return;
	if (record->process.event == PROCESS_EXIT)
		note_end(points, told, "the end of the process");
	if (record->process.event != PROCESS_EXEC)
		return;
	note_end(points, told, "exec");
	if (told->future_was)
		text_put(points_add(points, "future_ended", "mlockall(2) NOTES"),
			 "mlockall(MCL_FUTURE) ended with the old program. Limits go on.");
}
