/* note_map.c - what mmap, munmap and remap_file_pages did besides what their result says. */
#include "../vm/uapi.h"
#include "change.h"
#include "told.h"

static bool is_replaced(const struct run *run)
{
	return run->changed && run->was_mapped && run->is_mapped;
}

static bool had_lock(const struct run *run)
{
	return run->changed && run->was_mapped && run->was.lock;
}

static bool has_lock(const struct run *run)
{
	return run->changed && run->is_mapped && run->is.lock;
}

static bool is_gone(const struct run *run)
{
	return run->changed && run->was_mapped;
}

static bool was_hole(const struct run *run)
{
	return !run->was_mapped;
}

static bool lost_advice(const struct run *run)
{
	return is_replaced(run) && run->was.advice && !run->is.advice;
}

static uint64_t pages_that(const struct told *told, runs_claim *claim)
{
	return runs_pages(&told->runs, told->page_bytes, claim);
}

/* Who loses what to MAP_FIXED: each mapping that was there, by the record that made it. */
static void add_victims(struct text *text, const struct told *told)
{
	uint64_t last = 0;
	size_t shown = 0;

	for (size_t i = 0; i < told->runs.count && shown < 4; i++) {
		const struct run *run = &told->runs.run[i];

		if (!is_replaced(run) || run->was.by.map == last)
			continue;
		last = run->was.by.map;
		text_put(text, shown++ ? "; " : ": ");
		change_state(text, &run->was);
		if (last)
			text_printf(text, ", mapped by #%llu", (unsigned long long)last);
	}
}

static void note_replaced(struct points *points, const struct told *told)
{
	uint64_t pages = pages_that(told, is_replaced), locked = pages_that(told, had_lock);
	struct text *text;

	if (!pages)
		return;
	text = points_add(points, "replaced", "mmap(2) MAP_FIXED; vms_gather_munmap_vmas(), mm/vma.c");
	say_pages_that(text, pages, "that was mapped has", "that were mapped have");
	text_put(text, " been replaced");
	add_victims(text, told);
	text_put(text, ".");
	if (locked) {
		text_put(text, " Of these, ");
		say_pages_that(text, locked, "was", "were");
		text_put(text, " locked: what was in them is gone, and so is the lock of the old contents.");
	}
	text_put(text, " MAP_FIXED_NOREPLACE would have said EEXIST.");
}

static void note_hint(struct points *points, const struct told *told)
{
	const struct record_call *call = &told->record->call;
	uint64_t hint = call->arg[0] & ~(told->page_bytes - 1);

	if (!hint || (call->arg[3] & (K_MAP_FIXED | K_MAP_FIXED_NOREPLACE)) || hint == (uint64_t)call->ret)
		return;
	say_address(points_add(points, "hint_not_taken", "mmap(2) addr"), call->arg[0]);
	text_put(&points->point[points->count - 1].text,
		 " was only a hint, and not free: the kernel chose another place.");
}

static void note_locked(struct points *points, const struct told *told)
{
	const struct record_call *call = &told->record->call;
	uint64_t pages = pages_that(told, has_lock);
	struct text *text;

	if (pages && told->future_was) {
		text = points_add(points, "locked_by_future",
				  "mlockall(2) MCL_FUTURE; mlock_future_ok(), mm/internal.h");
		say_pages_that(text, pages, "is", "are");
		text_put(text, " locked because mlockall(MCL_FUTURE) is in force");
		text_put(text, told->future_was == VMA_LOCKED_ONFAULT ? ", on fault." : ".");
		return;
	}
	if (!(call->arg[3] & K_MAP_LOCKED))
		return;
	if (pages)
		text_put(points_add(points, "locked_by_flag", "mmap(2) MAP_LOCKED, NOTES"),
			 "MAP_LOCKED does not fail when pages cannot be brought in, unlike mlock: locked does not mean "
			 "resident.");
	else
		text_put(points_add(points, "not_lockable", "vma_supports_mlock(), mm/internal.h"),
			 "MAP_LOCKED was counted against the limit and has no effect on memory of this kind.");
}

static void note_exec(struct points *points, const struct told *told)
{
	for (size_t i = 0; i < told->runs.count; i++) {
		const struct run *run = &told->runs.run[i];

		if (!run->changed || !run->is_mapped || !(run->is.prot & PROT_BIT_EXEC) ||
		    (told->record->call.arg[2] & PROT_BIT_EXEC))
			continue;
		text_put(points_add(points, "read_implies_exec", "personality(2) READ_IMPLIES_EXEC"),
			 "The personality READ_IMPLIES_EXEC is set: the pages are executable although PROT_EXEC was "
			 "not asked for.");
		return;
	}
}

void note_map(struct points *points, const struct told *told)
{
	const struct record_call *call = &told->record->call;
	bool stack = call->arg[3] & K_MAP_STACK;

	note_replaced(points, told);
	note_hint(points, told);
	note_locked(points, told);
	note_exec(points, told);
	if (stack && told->runs.count && (told->runs.run[0].is.advice & ADVICE_NOHUGEPAGE))
		text_put(points_add(points, "stack_no_huge",
				    "mmap(2) MAP_STACK; calc_vm_flag_bits(), include/linux/mman.h"),
			 "MAP_STACK keeps the mapping from getting huge pages, since Linux 6.7; the manual page says "
			 "it does nothing.");
}

void note_unmap(struct points *points, const struct told *told)
{
	uint64_t gone = pages_that(told, is_gone), locked = pages_that(told, had_lock),
		 holes = pages_that(told, was_hole);
	struct text *text;

	if (!gone) {
		text_put(points_add(points, "was_not_mapped", "munmap(2) NOTES; do_vmi_munmap(), mm/vma.c"),
			 "Nothing was mapped there: munmap of nothing is no error.");
		return;
	}
	if (holes) {
		text = points_add(points, "holes", "munmap(2) NOTES");
		say_pages_that(text, holes, "of the range was", "of the range were");
		text_put(text, " not mapped; munmap does not mind.");
	}
	if (locked) {
		text = points_add(points, "lock_ended", "mlock(2) NOTES; vms_clean_up_area(), mm/vma.c");
		say_pages_that(text, locked, "was", "were");
		text_put(text, " still locked: unmapping ended that");
		for (size_t i = 0; i < told->requests && i < 4; i++) {
			text_put(text, i ? "; " : ": ");
			say_request(text, told, &told->request[i]);
		}
		text_put(text, ".");
	}
}

void note_remapfile(struct points *points, const struct told *told)
{
	if (pages_that(told, lost_advice))
		text_put(points_add(points, "advice_lost", "remap_file_pages(), mm/mmap.c"),
			 "The advice that was in force on these pages is gone: remap_file_pages maps them anew.");
}
