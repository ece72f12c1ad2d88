/* say_sync.c - why mincore and msync failed, and what mincore said. */
#include "change.h"
#include "resident.h"
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

/* ---- what mincore said ---- */

static bool is_locked(const struct run *run)
{
	return run->was_mapped && run->was.lock;
}

static bool is_file(const struct run *run)
{
	return run->was_mapped && (run->was.kind == KIND_FILE || run->was.kind == KIND_MEMFD);
}

/* The first runs of resident pages. */
static void add_runs(struct text *text, const struct told *told)
{
	struct resident_run run = { 0 };
	size_t shown = 0, most = 6;

	while (resident_run(told->record, told->page_bytes, &run)) {
		if (!run.resident)
			continue;
		if (shown == most)
			text_put(text, ", ...");
		if (shown++ >= most)
			return;
		text_printf(text, "%s0x%llx-0x%llx", shown == 1 ? ": " : ", ", (unsigned long long)run.start,
			    (unsigned long long)run.end);
	}
}

/* Locked pages in runs that are not resident; both lists ascend. */
static uint64_t locked_absent(const struct told *told)
{
	const struct run *pages = told->runs.run, *last = pages + told->runs.count;
	struct resident_run run = { 0 };
	uint64_t bytes = 0;

	while (resident_run(told->record, told->page_bytes, &run)) {
		while (pages < last && pages->end <= run.start)
			pages++;
		for (const struct run *at = pages; at < last && at->start < run.end && !run.resident; at++) {
			uint64_t start = at->start > run.start ? at->start : run.start;

			if (is_locked(at))
				bytes += (at->end < run.end ? at->end : run.end) - start;
		}
	}
	return bytes / told->page_bytes;
}

void note_residency(struct points *points, const struct told *told)
{
	uint64_t absent = locked_absent(told);
	struct text *text;

	if (told->record->call.has & HAS_RESIDENT) {
		text = points_add(points, "resident", "mincore(2)");
		resident_text(text, &told->record->call);
		if (told->record->call.resident)
			add_runs(text, told);
		text_put(text, ".");
	}
	if (absent) {
		text = points_add(points, "locked_not_resident", "mincore(2); mlock2(2) MLOCK_ONFAULT; mmap(2) MAP_LOCKED");
		say_pages_that(text, absent, "of them has", "of them have");
		text_put(text, " a lock and are not in memory: a lock is no promise that the page is there now.");
	}
	if (runs_pages(&told->runs, told->page_bytes, is_file))
		text_put(points_add(points, "page_cache", "mincore(2) NOTES; can_do_mincore(), mm/mincore.c"),
			 "Of a file, mincore tells what the page cache has, whoever brought it in; and of a file that the caller "
			 "may not write it says that every page is there, since Linux 5.2.");
}
