#include "check.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BLAMES_MAX = 4 };

void blame(struct blame *blame, const char *format, ...)
{
	const struct scene *scene = blame->scene;
	va_list arguments;

	if (blame->count++ >= BLAMES_MAX || blame->quiet)
		return;
	printf("%s:%d: %s: ", scene->file, blame->step ? blame->step->line : scene->line, blame->side);
	if (blame->step)
		printf("%s: ", step_text(blame->step));
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf(" (%s)\n", scene->title);
}

/* ---- results ---- */

static const char *result_text(const struct result *result, char *out, size_t size)
{
	if (result->signal)
		snprintf(out, size, "%s", sigabbrev_np(result->signal));
	else if (result->ret == -1 && result->err)
		snprintf(out, size, "%s", strerrorname_np(result->err));
	else
		snprintf(out, size, "%" PRId64 " (0x%" PRIx64 ")", result->ret, (uint64_t)result->ret);
	return out;
}

static bool in_arena(uint64_t addr)
{
	return addr >= ARENA_LOW && addr < ARENA_HIGH;
}

static bool is_as_told(const struct step *step, const struct result *result, const struct values *values)
{
	const struct outcome *outcome = &step->outcome;
	bool failed = result->ret == -1;

	switch (outcome->kind) {
	case OUTCOME_SUCCESS:
		return !failed;
	case OUTCOME_VALUE:
		return !failed && result->ret == (int64_t)expr_value(&outcome->value, values);
	case OUTCOME_ELSEWHERE:
		return !failed && !in_arena((uint64_t)result->ret);
	case OUTCOME_ERRNO:
		return failed && !result->signal && result->err == outcome->number;
	case OUTCOME_SIGNAL:
		return failed && result->signal == outcome->number;
	default:
		return true;
	}
}

void check_result(struct blame *blamed, const struct result *result, const struct values *values)
{
	static const char *const wanted[] = {"anything",	"success",  "another value",
					     "a place outside", "an error", "a signal"};
	const struct outcome *outcome = &blamed->step->outcome;
	char text[64];

	if (!is_as_told(blamed->step, result, values))
		blame(blamed, "gave %s, should give %s", result_text(result, text, sizeof text),
		      outcome->kind == OUTCOME_ERRNO	? strerrorname_np(outcome->number)
		      : outcome->kind == OUTCOME_SIGNAL ? sigabbrev_np(outcome->number)
							: wanted[outcome->kind]);
	if (outcome->vector && strcmp(outcome->vector, result->vector))
		blame(blamed, "resident %s, should be %s", result->vector, outcome->vector);
}

/* ---- pages ---- */

bool view_state(const struct view *view, uint64_t addr, struct area *area)
{
	return view->next(view->data, addr, area) && area->start <= addr;
}

static int64_t page_number(uint64_t addr)
{
	return ((int64_t)addr - (int64_t)ARENA_START) / (int64_t)PAGE_BYTES;
}

static bool state_agrees(struct blame *blamed, const struct run *run, const struct view *view, uint64_t addr)
{
	struct area area;
	bool mapped = view_state(view, addr, &area);
	char have[96], want[96];

	if (mapped != run->mapped || (mapped && !state_same(&area.state, &run->state))) {
		state_text(mapped ? &area.state : NULL, have, sizeof have);
		state_text(run->mapped ? &run->state : NULL, want, sizeof want);
		blame(blamed, "page %" PRId64 " is %s, should be %s", page_number(addr), have, want);
		return false;
	}
	if (mapped &&
	    ((run->with & view->flags & ~area.state.flags) || (run->without & view->flags & area.state.flags))) {
		blame(blamed, "page %" PRId64 " has not the flags it should have", page_number(addr));
		return false;
	}
	return true;
}

static bool detail_agrees(struct blame *blamed, const struct view *view, int (*tell)(void *data, uint64_t addr),
			  uint64_t addr, int want, const char *what)
{
	int have = want >= 0 && tell ? tell(view->data, addr) : -1;

	if (have < 0 || have == want)
		return true;
	blame(blamed, "page %" PRId64 ": %s is %d, should be %d", page_number(addr), what, have, want);
	return false;
}

static void check_run(struct blame *blamed, const struct run *run, const struct view *view, const struct values *values)
{
	uint64_t start = expr_value(&run->at, values), end = start + expr_value(&run->bytes, values);

	for (uint64_t addr = start; addr < end; addr += PAGE_BYTES)
		if (!state_agrees(blamed, run, view, addr) ||
		    !detail_agrees(blamed, view, view->guard, addr, run->guard, "its guard marker") ||
		    !detail_agrees(blamed, view, view->present, addr, run->present, "its being resident") ||
		    !detail_agrees(blamed, view, view->byte, addr, run->byte, "its first byte"))
			return; /* the others will be like it */
}

/* Where the runs that @addr lies in end; @addr: it lies in none. */
static uint64_t listed_until(const struct expectation *expect, const struct values *values, uint64_t addr)
{
	for (size_t i = 0; i < expect->runs; i++) {
		const struct run *run = &expect->run[i];
		uint64_t start = expr_value(&run->at, values), end = start + expr_value(&run->bytes, values);

		if (run->mapped && start <= addr && addr < end)
			return end;
	}
	return addr;
}

/* Everything in the arena that is mapped must be in the list. */
static void check_unlisted(struct blame *blamed, const struct view *view, const struct values *values)
{
	const struct expectation *expect = blamed->step->expect;
	struct area area;

	for (uint64_t at = ARENA_LOW; view->next(view->data, at, &area) && area.start < ARENA_HIGH; at = area.end) {
		uint64_t rest = max_u64(area.start, ARENA_LOW), next;

		while (rest < area.end && (next = listed_until(expect, values, rest)) > rest)
			rest = next;
		if (rest < area.end && rest < ARENA_HIGH) {
			blame(blamed, "page %" PRId64 " should not be mapped", page_number(rest));
			return;
		}
	}
}

static void check_everywhere(struct blame *blamed, const struct view *view)
{
	static const uint8_t lock[] = {[EVERYWHERE_UNLOCKED] = VMA_UNLOCKED,
				       [EVERYWHERE_LOCKED] = VMA_LOCKED,
				       [EVERYWHERE_ONFAULT] = VMA_LOCKED_ONFAULT};
	enum everywhere everywhere = blamed->step->expect->everywhere;
	struct area area;

	for (uint64_t at = 0; view->next(view->data, at, &area); at = area.end) {
		uint8_t want = view->lockable(view->data, &area) ? lock[everywhere] : VMA_UNLOCKED;

		if (area.state.lock != want)
			blame(blamed, "0x%" PRIx64 " has lock %s, should have %s", area.start,
			      vma_lock_name(area.state.lock), vma_lock_name(want));
	}
}

void check_pages(struct blame *blamed, const struct view *view, const struct values *values)
{
	const struct expectation *expect = blamed->step->expect;

	for (size_t i = 0; i < expect->runs; i++)
		check_run(blamed, &expect->run[i], view, values);
	if (expect->lists_pages)
		check_unlisted(blamed, view, values);
	if (expect->vmlck_pages >= 0 && view->vmlck != (uint64_t)expect->vmlck_pages * PAGE_BYTES)
		blame(blamed, "VmLck is %" PRIu64 " pages, should be %" PRId64, view->vmlck / PAGE_BYTES,
		      expect->vmlck_pages);
	if (expect->everywhere && view->lockable)
		check_everywhere(blamed, view);
}
