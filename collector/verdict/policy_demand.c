/* policy_demand.c - the expectations and budgets of a policy: a table of members for each kind. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "policy.h"

#define ID_MAX 64

/* ---- members ---- */

static int skip(struct doc *doc, json_t *value, void *into)
{
	(void)doc, (void)value, (void)into;
	return 0;
}

static int read_id(struct doc *doc, json_t *value, void *into)
{
	const char *id = json_string_value(value);
	size_t length = id ? strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") : 0;

	if (!length || id[length] || length > ID_MAX)
		return doc_fail(doc, value, "expected up to 64 letters, digits, '.', '_' and '-'");
	((struct demand *)into)->id = alloc_copy(id, length);
	return 0;
}

static int read_program(struct doc *doc, json_t *value, void *into)
{
	return program_read(doc, value, &((struct demand *)into)->program);
}

static int read_at(struct doc *doc, json_t *value, void *into)
{
	return moment_read(doc, value, &((struct demand *)into)->at);
}

static int read_from(struct doc *doc, json_t *value, void *into)
{
	return moment_read(doc, value, &((struct demand *)into)->from);
}

static int read_until(struct doc *doc, json_t *value, void *into)
{
	return moment_read(doc, value, &((struct demand *)into)->until);
}

static int read_by(struct doc *doc, json_t *value, void *into)
{
	return selector_read(doc, value, &((struct demand *)into)->by);
}

static int read_released_by(struct doc *doc, json_t *value, void *into)
{
	return selector_read(doc, value, &((struct demand *)into)->released_by);
}

static int read_property(struct doc *doc, json_t *value, void *into)
{
	static const char *const names[] = { "locked", "dontdump", "dontfork", "wipeonfork", NULL };
	unsigned property = 0;

	if (doc_choice(doc, value, names, &property))
		return -EINVAL;
	((struct demand *)into)->have |= 1u << property;
	return 0;
}

static int read_have(struct doc *doc, json_t *value, void *into)
{
	return doc_strings(doc, value, 4, "what the pages have: locked, dontdump, dontfork, wipeonfork", read_property,
			   into);
}

static int read_flag(struct doc *doc, json_t *value, void *into)
{
	static const char *const names[] = { "current", "future", NULL };
	unsigned flag = 0;

	if (doc_choice(doc, value, names, &flag))
		return -EINVAL;
	((struct demand *)into)->flags |= 1u << flag;
	return 0;
}

static int read_flags(struct doc *doc, json_t *value, void *into)
{
	return doc_strings(doc, value, 2, "current, future, or an array of both", read_flag, into);
}

/* All of them but exit, which ends every program. */
static int read_call(struct doc *doc, json_t *value, void *into)
{
	const char *name = json_string_value(value);
	struct demand *demand = into;
	enum call_id call;

	if (!name)
		return doc_fail(doc, value, "expected a call's name, or \"*\" for all");
	demand->by_call = true;
	call = call_find(name);
	if (call == CALL_COUNT && strcmp(name, "*"))
		return no_such_call(doc, name);
	for (unsigned i = 0; i < CALL_COUNT; i++)
		demand->call[i] |= i == call || (!strcmp(name, "*") && call_table[i].effect != EFFECT_EXIT);
	return 0;
}

static int read_calls(struct doc *doc, json_t *value, void *into)
{
	return doc_strings(doc, value, CALL_COUNT, "a call's name, or an array of names", read_call, into);
}

static int read_result(struct doc *doc, json_t *value, void *into)
{
	static const char *const names[] = { "any", "ok", "fail", NULL };
	unsigned result = 0;

	if (doc_choice(doc, value, names, &result))
		return -EINVAL;
	((struct demand *)into)->result = (enum wanted_result)result;
	return 0;
}

static int read_most(struct doc *doc, json_t *value, void *into)
{
	return doc_number(doc, value, "a whole number from 0 on", &((struct demand *)into)->most);
}

/* 65536, "64 KiB", "64K": the number alone is bytes. */
static int read_most_bytes(struct doc *doc, json_t *value, void *into)
{
	static const char expected[] = "expected bytes: a whole number, or a string like \"64 KiB\"";
	static const struct {
		const char *name;
		unsigned shift;
	} units[] = { { "K", 10 }, { "KiB", 10 }, { "M", 20 }, { "MiB", 20 }, { "G", 30 }, { "GiB", 30 } };
	const char *text = json_string_value(value);
	uint64_t *most = &((struct demand *)into)->most;
	char *end;

	if (!text)
		return doc_number(doc, value, expected + strlen("expected "), most);
	if (text[0] < '0' || text[0] > '9')
		return doc_fail(doc, value, "%s", expected);
	errno = 0;
	*most = strtoull(text, &end, 10);
	end += *end == ' ';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!errno && !strcmp(end, units[i].name) && *most <= UINT64_MAX >> units[i].shift) {
			*most <<= units[i].shift;
			return 0;
		}
	return doc_fail(doc, value, "%s", expected);
}

/* ---- kinds ---- */

#define EXPECTATION { "expect", skip, true }, { "id", read_id, true }, { "program", read_program, false }
#define BUDGET { "limit", skip, true }, { "id", read_id, true }, { "program", read_program, false }
#define WINDOW { "from", read_from, false }, { "until", read_until, false }, { "made_by", read_by, false }
#define CALLS(required) { "calls", read_calls, required }
#define END { 0 }

static const struct kind {
	const char *name, *what;
	struct doc_member members[10];
} kinds[DEMAND_KINDS] = {
	[DEMAND_MLOCKALL] = { "mlockall", "an expectation of mlockall",
		{ EXPECTATION, { "at", read_at, true }, { "flags", read_flags, false }, END } },
	[DEMAND_PAGES] = { "pages", "an expectation of pages",
		{ EXPECTATION, { "mapped_by", read_by, true }, { "have", read_have, true }, { "at", read_at, false },
		  { "until", read_until, false }, { "released_by", read_released_by, false }, END } },
	[DEMAND_NO_CALLS] = { "no-calls", "an expectation of no-calls",
		{ EXPECTATION, CALLS(true), { "result", read_result, false }, WINDOW, END } },
	[DEMAND_NO_WX] = { "no-wx", "an expectation of no-wx", { EXPECTATION, { "at", read_at, true }, END } },
	[DEMAND_PEAK_LOCKED] = { "peak-locked-bytes", "a budget", { BUDGET, { "most", read_most_bytes, true }, END } },
	[DEMAND_PEAK_MAPPINGS] = { "peak-mappings", "a budget", { BUDGET, { "most", read_most, true }, END } },
	[DEMAND_PEAK_WX] = { "peak-wx-bytes", "a budget", { BUDGET, { "most", read_most_bytes, true }, END } },
	[DEMAND_CALLS] = { "calls", "a budget of calls",
		{ BUDGET, { "most", read_most, true }, CALLS(false), { "result", read_result, false }, WINDOW, END } },
	[DEMAND_CALLS_PER_SITE] = { "calls-per-site", "a budget of calls-per-site",
		{ BUDGET, { "most", read_most, true }, CALLS(false), { "result", read_result, false }, WINDOW, END } },
	[DEMAND_FAILED_CALLS] = { "failed-calls", "a budget of failed-calls",
		{ BUDGET, { "most", read_most, true }, CALLS(false), WINDOW, END } },
};

const char *demand_kind_name(enum demand_kind kind)
{
	return kind < DEMAND_KINDS ? kinds[kind].name : "?";
}

void demand_free(struct demand *demand)
{
	free(demand->id);
	free(demand->program);
	moment_free(&demand->at);
	moment_free(&demand->from);
	moment_free(&demand->until);
	selector_free(&demand->by);
	selector_free(&demand->released_by);
}

/* ---- the whole ---- */

/* The member that says which kind it is comes first, wherever it stands. */
static int find_kind(struct doc *doc, json_t *value, const char *key, unsigned first, unsigned end, unsigned *kind)
{
	const char *names[DEMAND_KINDS + 1] = { NULL };
	json_t *word = json_object_get(value, key), *other;
	const char *name;
	size_t index = 0;

	for (unsigned i = first; i < end; i++)
		names[i - first] = kinds[i].name;
	if (!json_is_object(value))
		return doc_fail(doc, value, "expected an object with \"%s\" and \"id\"", key);
	if (!word)
		return doc_fail(doc, NULL, "expected \"%s\", which says what this is about", key);
	json_object_foreach(value, name, other) {
		if (!strcmp(name, key))
			break;
		index++;
	}
	doc_enter_key(doc, key, index);
	if (!json_is_string(word))
		return doc_choice(doc, word, names, kind);
	for (*kind = first; *kind < end; ++*kind)
		if (!strcmp(kinds[*kind].name, json_string_value(word))) {
			doc_leave(doc);
			return 0;
		}
	return doc_no_name(doc, !strcmp(key, "limit") ? "budget" : "expectation", json_string_value(word), names, NULL);
}

static int check_pages(struct doc *doc, const struct demand *demand)
{
	bool at = demand->at.kind != MOMENT_NONE, until = demand->until.kind != MOMENT_NONE;

	if (at == until)
		return doc_fail(doc, NULL, at ? "expected \"at\" or \"until\", not both" : "expected \"at\" or \"until\"");
	if (at && selector_is_set(&demand->released_by))
		return doc_fail(doc, NULL, "\"released_by\" needs \"until\"");
	return 0;
}

/* One of the policy that is extended gives way to one of its name; two of one file may not have the same. */
static int place_demand(struct doc *doc, struct policy *policy)
{
	const struct demand *demand = &policy->demand[policy->demands - 1];

	for (size_t i = 0; i + 1 < policy->demands; i++) {
		if (strcmp(policy->demand[i].id, demand->id))
			continue;
		if (!policy->demand[i].inherited)
			return doc_fail(doc, NULL, "a second one with the id \"%s\"", demand->id);
		demand_free(&policy->demand[i]);
		policy->demand[i] = policy->demand[--policy->demands];
		return 0;
	}
	return 0;
}

static int read_demand(struct doc *doc, json_t *value, struct policy *policy, const char *key, unsigned first,
		       unsigned end)
{
	unsigned kind = first;
	struct demand *demand;

	if (policy->demands >= POLICY_DEMANDS_MAX)
		return doc_fail(doc, NULL, "expected at most %d expectations and budgets", POLICY_DEMANDS_MAX);
	if (find_kind(doc, value, key, first, end, &kind))
		return -EINVAL;
	policy->demand = alloc_resize(policy->demand, policy->demands + 1, sizeof(*demand));
	demand = &policy->demand[policy->demands++];
	*demand = (struct demand){ .kind = (enum demand_kind)kind };
	if (doc_object(doc, value, kinds[kind].members, kinds[kind].what, demand) ||
	    (kind == DEMAND_PAGES && check_pages(doc, demand)))
		return -EINVAL;
	demand->flags = demand->flags ? demand->flags : LOCKALL_CURRENT | LOCKALL_FUTURE;
	demand->result = kind == DEMAND_FAILED_CALLS ? WANTED_FAIL : demand->result;
	return place_demand(doc, policy);
}

int expectation_read(struct doc *doc, json_t *value, void *into)
{
	return read_demand(doc, value, into, "expect", 0, DEMAND_FIRST_BUDGET);
}

int budget_read(struct doc *doc, json_t *value, void *into)
{
	return read_demand(doc, value, into, "limit", DEMAND_FIRST_BUDGET, DEMAND_KINDS);
}
