/* policy_allow.c - an entry of a policy's allow-list: which rules, where, and why. */
#include "../util/alloc.h"
#include "policy.h"

static int read_rule_names(struct doc *doc, json_t *value, void *into)
{
	return doc_strings(doc, value, RULE_COUNT, "a rule's name, or an array of names", rule_name_read,
			   ((struct allow *)into)->rule);
}

static int read_function(struct doc *doc, json_t *value, void *into)
{
	return selector_function(doc, value, &((struct allow *)into)->where);
}

static int read_site(struct doc *doc, json_t *value, void *into)
{
	return selector_site(doc, value, &((struct allow *)into)->where);
}

static int read_module(struct doc *doc, json_t *value, void *into)
{
	return selector_module(doc, value, &((struct allow *)into)->where);
}

static int read_program(struct doc *doc, json_t *value, void *into)
{
	return program_read(doc, value, &((struct allow *)into)->program);
}

static int read_reason(struct doc *doc, json_t *value, void *into)
{
	return doc_text(doc, value, "a string that says why", &((struct allow *)into)->reason);
}

int allow_read(struct doc *doc, json_t *value, void *into)
{
	static const struct doc_member members[] = {
		{ "rule", read_rule_names, true },
		{ "function", read_function, false },
		{ "site", read_site, false },
		{ "module", read_module, false },
		{ "program", read_program, false },
		{ "reason", read_reason, true },
		{ 0 },
	};
	struct policy *policy = into;
	struct allow *allow;

	policy->allow = alloc_resize(policy->allow, policy->allows + 1, sizeof(*allow));
	allow = &policy->allow[policy->allows++];
	*allow = (struct allow){ .reason = NULL };
	if (doc_object(doc, value, members, "an entry of the allow-list", allow))
		return -1;
	if (!selector_is_set(&allow->where) && !allow->program)
		return doc_fail(doc, NULL, "expected \"module\", \"function\", \"site\" or \"program\"; "
				"to allow a rule everywhere, switch it off under \"rules\"");
	return 0;
}
