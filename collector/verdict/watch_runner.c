/*
 * watch_runner.c - where each process is between the moments that a demand names: when it is due, begins and is over.
 */
#include "watch_core.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

static struct runner *new_runner(struct watch *watch, int32_t pid)
{
	struct runner *runner = table_find(&watch->runners, (uint32_t)pid);

	if (!runner) {
		runner = alloc_zero(1, sizeof(*runner) + watch->policy->demands);
		table_add(&watch->runners, (uint32_t)pid, runner);
	}
	runner->pid = pid;
	runner->called = false;
	for (size_t i = 0; i < watch->policy->demands; i++) {
		const struct moment *from = &watch->policy->demand[i].from;

		runner->progress[i] = from->kind == MOMENT_NONE || from->kind == MOMENT_START ? PROGRESS_OPEN :
											       PROGRESS_BEFORE;
	}
	return runner;
}

struct runner *watch_runner(struct watch *watch, int32_t pid)
{
	if (!watch->runner || watch->runner->pid != pid)
		watch->runner = table_find(&watch->runners, (uint32_t)pid);
	if (!watch->runner)
		watch->runner = new_runner(watch, pid);
	return watch->runner;
}

bool watch_concerns(const struct demand *demand, const struct process *process)
{
	return program_match(demand->program, process->exe);
}

/* A demand without a moment of its own is tested by there being a process that it is about. */
static void test_runner(struct watch *watch, const struct process *process, const struct runner *runner)
{
	for (size_t i = 0; i < watch->policy->demands; i++) {
		struct state *state = &watch->state[i];
		const bool waits = state->demand->at.kind != MOMENT_NONE || state->demand->kind == DEMAND_PAGES;

		if (!waits && runner->progress[i] == PROGRESS_OPEN && watch_concerns(state->demand, process))
			state->tested = true;
	}
}

/* A forked child goes on where its parent was; exec begins anew. */
void watch_runner_begins(struct watch *watch, const struct process *process, const struct record *record)
{
	struct runner *runner = new_runner(watch, process->pid);
	const struct runner *parent = table_find(&watch->runners, (uint32_t)process->ppid);

	if (record->process.event == PROCESS_FORK && parent)
		memcpy(runner->progress, parent->progress, watch->policy->demands);
	if (watch->mappings)
		peaks_recount(watch, process->space);
	test_runner(watch, process, runner);
}

/* ---- moments ---- */

static void due(struct watch *watch, size_t index, const struct process *process)
{
	struct state *state = &watch->state[index];
	const struct watch_kind *kind = watch_kind_of(state->demand);

	if (kind->due && watch_concerns(state->demand, process))
		kind->due(watch, state, process);
}

static void end_demand(struct watch *watch, size_t index, const struct process *process, struct runner *runner)
{
	struct state *state = &watch->state[index];
	const struct watch_kind *kind = watch_kind_of(state->demand);

	if (runner->progress[index] == PROGRESS_OPEN && kind->end && watch_concerns(state->demand, process))
		kind->end(watch, state, process);
	state->ended |= runner->progress[index] == PROGRESS_OPEN;
	runner->progress[index] = PROGRESS_OVER;
}

/* Marks and calls: after they have been counted themselves. */
void watch_moments(struct watch *watch, const struct process *process, const struct record *record)
{
	struct runner *runner = watch_runner(watch, process->pid);
	bool opened = false;

	for (size_t i = 0; i < watch->policy->demands; i++) {
		const struct demand *demand = &watch->policy->demand[i];

		if (moment_is_record(&demand->at, record))
			due(watch, i, process);
		if (runner->progress[i] == PROGRESS_BEFORE && moment_is_record(&demand->from, record)) {
			runner->progress[i] = PROGRESS_OPEN;
			opened = true;
		} else if (moment_is_record(&demand->until, record)) {
			end_demand(watch, i, process, runner);
		}
	}
	if (opened)
		test_runner(watch, process, runner);
}

/* A time comes for all processes at once, with the first record after it. */
void watch_times(struct watch *watch, uint64_t t_ns)
{
	const struct world *world = audit_world(watch->audit);
	const struct process *process;

	for (size_t i = 0; i < watch->policy->demands; i++) {
		const struct demand *demand = &watch->policy->demand[i];
		struct state *state = &watch->state[i];

		if (demand->at.kind != MOMENT_TIME || state->ended || t_ns <= demand->at.t_ns)
			continue;
		state->ended = true;
		for (size_t j = 0; (process = world_each(world, j)); j++)
			if (!process->exited && process->space)
				due(watch, i, process);
	}
}

/* Windows that a time opens or closes. */
void watch_windows(struct watch *watch, const struct process *process, uint64_t t_ns)
{
	struct runner *runner = watch_runner(watch, process->pid);
	bool opened = false;

	for (size_t i = 0; i < watch->policy->demands; i++) {
		const struct demand *demand = &watch->policy->demand[i];

		if (runner->progress[i] == PROGRESS_BEFORE && demand->from.kind == MOMENT_TIME &&
		    t_ns > demand->from.t_ns) {
			runner->progress[i] = PROGRESS_OPEN;
			opened = true;
		}
		if (runner->progress[i] == PROGRESS_OPEN && demand->until.kind == MOMENT_TIME &&
		    t_ns > demand->until.t_ns)
			end_demand(watch, i, process, runner);
	}
	if (opened)
		test_runner(watch, process, runner);
}

void watch_start(struct watch *watch, const struct process *process)
{
	struct runner *runner = watch_runner(watch, process->pid);

	if (runner->called)
		return;
	runner->called = true;
	for (size_t i = 0; i < watch->policy->demands; i++)
		if (watch->policy->demand[i].at.kind == MOMENT_START)
			due(watch, i, process);
}

/* A program ends: by exit, a signal, exec, or with the log. */
void watch_runner_ends(struct watch *watch, const struct process *process)
{
	struct runner *runner = watch_runner(watch, process->pid);

	for (size_t i = 0; i < watch->policy->demands; i++) {
		const struct demand *demand = &watch->policy->demand[i];
		bool ended = watch->state[i].ended;

		if (demand->at.kind == MOMENT_EXIT)
			due(watch, i, process);
		end_demand(watch, i, process, runner);
		/* That a program ends does not make a mark come. */
		if (demand->until.kind != MOMENT_NONE && demand->until.kind != MOMENT_EXIT)
			watch->state[i].ended = ended;
	}
}
