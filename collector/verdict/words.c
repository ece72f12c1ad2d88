/* words.c - what a policy demands, in words. */
#include "policy.h"

#include "../audit/words.h"

static void put_calls(struct text *text, const struct demand *demand)
{
	unsigned count = 0, shown = 0;

	for (unsigned i = 0; i < CALL_COUNT; i++)
		count += demand->call[i];
	if (!demand->by_call || count + 1 >= CALL_COUNT) {
		text_put(text, "calls");
		return;
	}
	for (unsigned i = 0; i < CALL_COUNT; i++) {
		if (!demand->call[i])
			continue;
		text_printf(text, "%s%s", !shown ? "" : shown + 1 == count ? " or " : ", ", call_table[i].name);
		shown++;
	}
}

static void put_window(struct text *text, const struct demand *demand)
{
	static const char *const results[] = { "", " that work", " that fail" };

	if (demand->kind != DEMAND_FAILED_CALLS)
		text_put(text, results[demand->result]);
	if (selector_is_set(&demand->by)) {
		text_put(text, " by ");
		selector_words(text, &demand->by);
	}
	if (demand->from.kind != MOMENT_NONE) {
		text_put(text, " from ");
		text_safe(text, demand->from.text);
	}
	if (demand->until.kind != MOMENT_NONE) {
		text_put(text, " until ");
		text_safe(text, demand->until.text);
	}
}

void demand_have(struct text *text, unsigned have)
{
	static const char *const names[] = { "locked", "dontdump", "dontfork", "wipeonfork" };
	const char *between = "";

	for (unsigned i = 0; i < 4; i++) {
		if (!(have >> i & 1))
			continue;
		text_printf(text, "%s%s", between, names[i]);
		between = have >> (i + 2) ? ", " : " and ";
	}
}

static void put_pages(struct text *text, const struct demand *demand)
{
	text_put(text, "pages mapped by ");
	selector_words(text, &demand->by);
	text_put(text, " are ");
	demand_have(text, demand->have);
	text_printf(text, " %s ", demand->at.kind != MOMENT_NONE ? "at" : "until");
	text_safe(text, demand->at.kind != MOMENT_NONE ? demand->at.text : demand->until.text);
	if (!selector_is_set(&demand->released_by))
		return;
	text_put(text, " or ");
	selector_words(text, &demand->released_by);
}

static void put_expectation(struct text *text, const struct demand *demand)
{
	static const char *const flags[] = { "", "current", "future", "current and future" };

	switch (demand->kind) {
	case DEMAND_MLOCKALL:
		text_printf(text, "%s pages are locked ", flags[demand->flags]);
		text_put(text, moment_words(&demand->at).at);
		break;
	case DEMAND_PAGES:
		put_pages(text, demand);
		break;
	case DEMAND_NO_CALLS:
		text_put(text, "no ");
		put_calls(text, demand);
		put_window(text, demand);
		break;
	default:
		text_put(text, "nothing is writable and executable ");
		text_put(text, moment_words(&demand->at).at);
	}
}

static void put_budget(struct text *text, const struct demand *demand)
{
	const unsigned long long most = demand->most;

	switch (demand->kind) {
	case DEMAND_PEAK_LOCKED:
		text_printf(text, "at most %s locked", amount_of(demand->most).at);
		break;
	case DEMAND_PEAK_WX:
		text_printf(text, "at most %s writable and executable", amount_of(demand->most).at);
		break;
	case DEMAND_PEAK_MAPPINGS:
		text_printf(text, "at most %llu mappings", most);
		break;
	default:
		text_printf(text, "at most %llu %s", most, demand->kind == DEMAND_FAILED_CALLS ? "failed " : "");
		put_calls(text, demand);
		put_window(text, demand);
		text_put(text, demand->kind == DEMAND_CALLS_PER_SITE ? " from one place" : "");
	}
}

void demand_words(struct text *text, const struct demand *demand)
{
	if (demand->kind < DEMAND_FIRST_BUDGET)
		put_expectation(text, demand);
	else
		put_budget(text, demand);
	if (!demand->program)
		return;
	text_put(text, " in ");
	text_safe(text, demand->program);
}
