#include "watch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "watch_core.h"

const struct watch_kind *watch_kind_of(const struct demand *demand)
{
	switch (demand->kind) {
	case DEMAND_MLOCKALL:
		return &watch_mlockall;
	case DEMAND_PAGES:
		return demand->at.kind != MOMENT_NONE ? &watch_pages_at : &watch_pages_until;
	case DEMAND_NO_WX:
		return &watch_no_wx;
	case DEMAND_PEAK_LOCKED:
	case DEMAND_PEAK_MAPPINGS:
	case DEMAND_PEAK_WX:
		return &watch_peak;
	case DEMAND_CALLS_PER_SITE:
		return &watch_calls_per_site;
	default:
		return &watch_calls;
	}
}

/* ---- life ---- */

/* What never comes need not be looked for with each record. */
static void expect_moments(struct watch *watch, const struct demand *demand)
{
	const struct moment *const moments[] = { &demand->at, &demand->from, &demand->until };

	for (size_t i = 0; i < 3; i++) {
		watch->times |= moments[i]->kind == MOMENT_TIME;
		watch->calls |= moments[i]->kind == MOMENT_CALL;
		watch->starts |= moments[i]->kind == MOMENT_START;
	}
}

struct watch *watch_new(const struct policy *policy, struct audit *audit, struct symbols *symbols)
{
	struct watch *watch = alloc_zero(1, sizeof(*watch));

	watch->policy = policy;
	watch->audit = audit;
	watch->symbols = symbols;
	watch->state = alloc_zero(policy->demands + 1, sizeof(*watch->state));
	watch->result = alloc_zero(policy->demands + 1, sizeof(*watch->result));
	for (size_t i = 0; i < policy->demands; i++) {
		const struct demand *demand = &policy->demand[i];

		watch->state[i].demand = demand;
		watch->mappings |= demand->kind == DEMAND_PEAK_MAPPINGS;
		watch->pages |= watch_kind_of(demand) == &watch_pages_until;
		expect_moments(watch, demand);
	}
	return watch;
}

static void free_site(void *value)
{
	free(((struct site *)value)->name);
	free(value);
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; i < watch->policy->demands; i++) {
		struct state *state = &watch->state[i];

		free(state->result.message);
		table_clear(&state->selected, NULL);
		table_clear(&state->releasing, NULL);
		table_clear(&state->stack_site, NULL);
		table_clear(&state->sites, free_site);
	}
	for (size_t i = 0; i < watch->areas.size; i++)
		for (size_t j = 0; watch->areas.slot[i].value && j < watch->policy->demands; j++)
			pieces_free(&((struct area *)watch->areas.slot[i].value)->waiting[j]);
	table_clear(&watch->areas, free);
	table_clear(&watch->runners, free);
	free(watch->border);
	free(watch->state);
	free(watch->result);
	free(watch);
}

/* ---- what the kinds of demand share ---- */

struct area *watch_area(struct watch *watch, const struct space *space)
{
	struct area *area = table_find(&watch->areas, space_id(space));

	if (!area) {
		area = alloc_zero(1, sizeof(*area) + watch->policy->demands * sizeof(area->waiting[0]));
		table_add(&watch->areas, space_id(space), area);
	}
	return area;
}

static void keep_place(struct watch *watch, struct watch_result *result, const struct process *process,
		       const struct audit_call *call)
{
	const struct record *record = watch->record;

	result->pid = process ? process->pid : 0;
	if (call) {
		*result = (struct watch_result){ .broken = true, .seq = call->seq, .t_ns = call->t_ns,
			.pid = call->pid, .tid = call->tid, .stack = call->stack };
	} else if (record) {
		result->seq = record->seq;
		result->t_ns = record->t_ns;
		result->tid = record->tid;
		result->stack = record->type == RECORD_CALL ? record->call.stack :
				record->type == RECORD_MARK ? record->mark.stack : 0;
	}
}

void watch_break(struct watch *watch, struct state *state, const struct process *process,
		 const struct audit_call *call, uint64_t count, const char *format, ...)
{
	struct watch_result *result = &state->result;
	va_list ap;

	state->tested = true;
	if (!result->broken) {
		result->broken = true;
		keep_place(watch, result, process, call);
		va_start(ap, format);
		if (vasprintf(&result->message, format, ap) < 0)
			result->message = alloc_copy("", 0);
		va_end(ap);
	}
	result->count += count;
}

bool watch_selects(struct watch *watch, const struct selector *selector, struct table *known, uint32_t stack)
{
	static char yes, no;
	const void *answer;

	if (!selector_is_set(selector))
		return true;
	answer = stack ? table_find(known, stack) : &no;
	if (!answer) {
		answer = selector_match(selector, watch->symbols, stack) ? &yes : &no;
		table_add(known, stack, answer == &yes ? &yes : &no);
	}
	return answer == &yes;
}

/* ---- records ---- */

static const struct process *process_of(const struct watch *watch, int32_t pid)
{
	const struct process *process = pid ? world_process(audit_world(watch->audit), pid) : NULL;

	return process && process->space ? process : NULL;
}

void watch_before(struct watch *watch, const struct record *record)
{
	const struct process *process;

	if (!watch->policy->demands)
		return;
	watch->record = record;
	watch->borders = 0;
	if (record->seq && watch->times)
		watch_times(watch, record->t_ns);
	process = process_of(watch, record->pid);
	if (!process)
		return;
	if (watch->times)
		watch_windows(watch, process, record->t_ns);
	if (record->type == RECORD_CALL && watch->starts)
		watch_start(watch, process);
	if (record->type == RECORD_PROCESS && record->process.event != PROCESS_FORK && !process->exited)
		watch_runner_ends(watch, process);
}

void watch_change(void *arg, const struct delta *delta)
{
	struct watch *watch = arg;
	const struct process *process;
	struct runner *runner;

	if (!watch->pages && !watch->mappings)
		return;
	process = process_of(watch, watch->record->pid);
	if (!process)
		return;
	if (watch->mappings)
		peaks_change(watch, process->space, delta);
	runner = watch_runner(watch, process->pid);
	for (size_t i = 0; watch->pages && i < watch->policy->demands; i++) {
		const struct watch_kind *kind = watch_kind_of(&watch->policy->demand[i]);

		if (kind->change && runner->progress[i] == PROGRESS_OPEN)
			kind->change(watch, &watch->state[i], process, delta);
	}
}

static void tell_kinds(struct watch *watch, const struct process *process, const struct record *record)
{
	const struct runner *runner = watch_runner(watch, process->pid);

	for (size_t i = 0; i < watch->policy->demands; i++) {
		struct state *state = &watch->state[i];
		const struct watch_kind *kind = watch_kind_of(state->demand);

		if (runner->progress[i] != PROGRESS_OPEN || !watch_concerns(state->demand, process))
			continue;
		if (kind->call && record->type == RECORD_CALL)
			kind->call(watch, state);
		if (kind->after)
			kind->after(watch, state, process);
	}
}

void watch_after(struct watch *watch, const struct record *record)
{
	const struct process *process;

	if (!watch->policy->demands || !record->pid)
		return;
	process = process_of(watch, record->pid);
	if (!process)
		return;
	if (record->type == RECORD_PROCESS && record->process.event != PROCESS_EXIT)
		watch_runner_begins(watch, process, record);
	if (watch->mappings)
		peaks_settle(watch, process->space);
	tell_kinds(watch, process, record);
	if (record->type == RECORD_MARK || (record->type == RECORD_CALL && watch->calls))
		watch_moments(watch, process, record);
}

/* ---- the end ---- */

/* Why a demand was never put to the test; that is never taken for its being met. */
static void say_untested(struct watch *watch, struct state *state)
{
	const struct demand *demand = state->demand;
	const struct moment *moment = demand->at.kind != MOMENT_NONE ? &demand->at : &demand->from;
	struct text text = { 0 };

	if (moment->kind != MOMENT_NONE && (moment->kind != MOMENT_EXIT || demand->kind != DEMAND_PAGES)) {
		text_safe(&text, moment->text);
		text_put(&text, " never came");
	} else if (demand->kind == DEMAND_PAGES) {
		text_put(&text, "no page was mapped by ");
		selector_words(&text, &demand->by);
	} else {
		text_put(&text, "no process was recorded");
	}
	if (demand->program) {
		text_put(&text, " in ");
		text_safe(&text, demand->program);
	}
	watch->record = NULL;
	watch_break(watch, state, NULL, NULL, 0, "Not put to the test: %s.", text_read(&text));
	text_free(&text);
}

static void settle(struct watch *watch, struct state *state)
{
	const struct demand *demand = state->demand;
	const struct watch_kind *kind = watch_kind_of(demand);
	struct text text = { 0 };

	if (!state->tested)
		say_untested(watch, state);
	else if (!state->result.broken && demand->until.kind != MOMENT_NONE && !state->ended)
		watch_break(watch, state, NULL, NULL, 0, "Not put to the test to its end: %s never came.",
			    demand->until.text);
	if (kind->sum)
		kind->sum(watch, state, &text);
	if (!state->result.message)
		state->result.message = alloc_copy(text_read(&text), text.length);
	text_free(&text);
}

const struct watch_result *watch_end(struct watch *watch)
{
	const struct world *world = audit_world(watch->audit);
	const struct process *process;

	watch->record = NULL;
	for (size_t i = 0; watch->policy->demands && (process = world_each(world, i)); i++)
		if (!process->exited && process->space)
			watch_runner_ends(watch, process);
	for (size_t i = 0; i < watch->policy->demands; i++) {
		settle(watch, &watch->state[i]);
		watch->result[i] = watch->state[i].result;
	}
	return watch->result;
}
