/* verdict.c - the reasons found for a call, and how it ended. */
#include "verdict.h"

#include <stdio.h>
#include <string.h>

#include "../../collector/vm/why.h"

static const char *name_of(int err)
{
	return err ? strerrorname_np(err) : "success";
}

bool verdict_fits(const struct space *before, const struct record *record)
{
	const struct call_desc *desc = &call_table[record->call.call];
	const char *call = desc->name;
	struct why why;

	why_ask(before, record, &why);
	if (why.against)
		printf("%s ended with %s, but '%s' should have refused it with %s\n", call, name_of(why.err),
		       why_name(why.against->reason), name_of(why.against->err));
	else if (why.err && !why.causes)
		printf("%s: no reason for %s\n", call, name_of(why.err));
	else if (why.remote)
		printf("%s: nothing speaks for %s, not even '%s'\n", call, name_of(why.err),
		       why_name(why.cause[0].test->reason));
	else
		return true;
	for (int i = 0; i < desc->nargs; i++)
		printf("  %s %#llx", desc->arg[i].name, (unsigned long long)record->call.arg[i]);
	putchar('\n');
	return false;
}
