/*
 * routes.c - the table of rules, and from it who wants which event.
 */
#include <string.h>

#include "core.h"

const struct rule_row rule_table[RULE_COUNT] = {
#define RULE(id, name, severity, kinds, effects, title, why, advice, source)                                           \
	[RULE_##id] = { name, SEVERITY_##severity, title, why, advice, source },
#include "rules.def"
#undef RULE
};

rule_fn *const rule_code[RULE_COUNT] = {
#define RULE(id, ...) [RULE_##id] = rule_##id,
#include "rules.def"
#undef RULE
};

static const struct {
	unsigned kinds;
	uint64_t effects;
} wants[RULE_COUNT] = {
#define RULE(id, name, severity, kinds, effects, ...) [RULE_##id] = { kinds, effects },
#include "rules.def"
#undef RULE
};

static void add(struct route *route, unsigned rule)
{
	route->rule[route->count++] = (uint8_t)rule;
}

static void add_step(struct routes *routes, unsigned step, unsigned stream, unsigned rule)
{
	if (!(wants[rule].kinds & IF_FAILED))
		add(&routes->step[false][step][stream], rule);
	add(&routes->step[true][step][stream], rule);
}

void routes_init(struct routes *routes)
{
	for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
		for (unsigned step = 0; step < STEPS; step++)
			for (unsigned stream = 0; stream < STREAMS; stream++)
				if ((wants[rule].kinds >> step & 1) && (wants[rule].effects >> stream & 1))
					add_step(routes, step, stream, rule);
		for (unsigned kind = STEPS; kind < EVENT_KINDS; kind++)
			if (wants[rule].kinds >> kind & 1)
				add(&routes->other[kind], rule);
	}
}

const char *severity_name(enum severity severity)
{
	static const char *const names[SEVERITY_COUNT] = { "error", "warning", "note" };

	return severity < SEVERITY_COUNT ? names[severity] : "?";
}

enum rule_id rule_find(const char *name)
{
	unsigned rule = 0;

	while (rule < RULE_COUNT && strcmp(rule_table[rule].name, name))
		rule++;
	return (enum rule_id)rule;
}
