#include "verdict.h"

int verdict_status(const struct verdict *verdict)
{
	if (!verdict->complete)
		return 3;
	return verdict->by_state[VERDICT_FAILS] > 0;
}

const char *verdict_kind_name(enum verdict_kind kind)
{
	static const char *const name[VERDICT_KINDS] = { "finding", "expectation", "budget" };

	return kind < VERDICT_KINDS ? name[kind] : "?";
}

const char *verdict_state_name(enum verdict_state state)
{
	static const char *const name[VERDICT_STATES] = { "fails", "shown", "allowed", "known", "met" };

	return state < VERDICT_STATES ? name[state] : "?";
}
