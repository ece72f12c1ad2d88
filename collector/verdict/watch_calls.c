/* watch_calls.c - how many calls are made between two moments, in all or from one place. */
#include <stdlib.h>
#include <string.h>

#include "../report/frame.h"
#include "../util/alloc.h"
#include "fingerprint.h"
#include "watch_core.h"

static bool is_counted(struct watch *watch, struct state *state)
{
	const struct record_call *call = &watch->record->call;
	const struct demand *demand = state->demand;

	if (call->call >= CALL_COUNT || (demand->by_call && !demand->call[call->call]))
		return false;
	if (demand->result == WANTED_OK && (!(call->has & HAS_RET) || call->err))
		return false;
	if (demand->result == WANTED_FAIL && (!(call->has & HAS_RET) || !call->err))
		return false;
	return watch_selects(watch, &demand->by, &state->selected, call->stack);
}

static const char *caller_name(struct watch *watch, struct text *text, uint32_t stack)
{
	frame_brief(text, stack ? symbols_caller(watch->symbols, stack) : NULL);
	return text->length ? text_read(text) : "an unknown place";
}

static void call(struct watch *watch, struct state *state)
{
	const struct record *record = watch->record;
	struct text place = { 0 };

	if (!is_counted(watch, state) || ++state->most <= state->demand->most)
		return;
	if (!state->result.broken) {
		watch_break(watch, state, world_process(audit_world(watch->audit), record->pid), NULL, 1, "%s by %s",
			    call_table[record->call.call].name, caller_name(watch, &place, record->call.stack));
		text_free(&place);
		return;
	}
	state->result.count++;
}

/* "3 calls, the first beyond the budget: mprotect by patch jit.c:88 (#17)." */
static void sum(struct watch *watch, struct state *state, struct text *text)
{
	const struct demand *demand = state->demand;
	const char *expected = demand->kind == DEMAND_NO_CALLS ? "" : ", the first beyond the budget";

	(void)watch;
	if (state->result.broken && state->most <= demand->most)
		return;		/* never put to the test */
	text_printf(text, "%llu call%s", (unsigned long long)state->most, state->most == 1 ? "" : "s");
	if (state->result.broken)
		text_printf(text, "%s: %s (#%llu)", expected, state->result.message,
			    (unsigned long long)state->result.seq);
	text_put(text, ".");
	free(state->result.message);
	state->result.message = NULL;
}

const struct watch_kind watch_calls = { .call = call, .sum = sum };

/* ---- from one place ---- */

static struct site *find_site(struct watch *watch, struct state *state, uint32_t stack)
{
	struct site *site = stack ? table_find(&state->stack_site, stack) : NULL;
	struct text text = { 0 };
	const char *name;
	uint64_t hash;

	if (site)
		return site;
	name = caller_name(watch, &text, stack);
	hash = hash_line(HASH_BEGIN, name);
	site = table_find(&state->sites, hash);
	if (!site) {
		site = alloc_zero(1, sizeof(*site));
		site->name = alloc_copy(name, strlen(name));
		table_add(&state->sites, hash, site);
	}
	if (stack)
		table_add(&state->stack_site, stack, site);
	text_free(&text);
	return site;
}

static void site_call(struct watch *watch, struct state *state)
{
	const struct record *record = watch->record;
	struct site *site;

	if (!is_counted(watch, state))
		return;
	site = find_site(watch, state, record->call.stack);
	site->count++;
	state->most = site->count > state->most ? site->count : state->most;
	if (site->count == state->demand->most + 1)
		watch_break(watch, state, world_process(audit_world(watch->audit), record->pid), NULL, 1, "#%llu",
			    (unsigned long long)record->seq);
}

/* Of equal ones the first by name, so that the report is the same each time. */
static const struct site *busiest(const struct state *state)
{
	const struct site *best = NULL;

	for (size_t i = 0; i < state->sites.size; i++) {
		const struct site *site = state->sites.slot[i].value;

		if (site && (!best || site->count > best->count ||
			     (site->count == best->count && strcmp(site->name, best->name) < 0)))
			best = site;
	}
	return best;
}

/* "4 calls from key_load key.c:40; #8 was the first beyond the budget, in 2 places." */
static void site_sum(struct watch *watch, struct state *state, struct text *text)
{
	const struct site *site = busiest(state);
	const unsigned long long places = state->result.count;

	(void)watch;
	if (state->result.broken && state->most <= state->demand->most)
		return;		/* never put to the test */
	text_printf(text, "%llu call%s", (unsigned long long)state->most, state->most == 1 ? "" : "s");
	if (site)
		text_printf(text, " from %s", site->name);
	if (state->result.broken)
		text_printf(text, "; %s was the first beyond the budget, which %llu place%s", state->result.message,
			    places, places == 1 ? " exceeds" : "s exceed");
	text_put(text, ".");
	free(state->result.message);
	state->result.message = NULL;
}

const struct watch_kind watch_calls_per_site = { .call = site_call, .sum = site_sum };
