#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

/* The version of the format that this tool reads. */
#define POLICY_VERSION 1

static const char *const wish_names[] = { "default", "off", "note", "warning", "error", NULL };

void policy_init(struct policy *policy)
{
	*policy = (struct policy){ .fail_on = SEVERITY_ERROR };
}

void policy_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->allows; i++) {
		selector_free(&policy->allow[i].where);
		free(policy->allow[i].program);
		free(policy->allow[i].reason);
	}
	for (size_t i = 0; i < policy->demands; i++)
		demand_free(&policy->demand[i]);
	free(policy->allow);
	free(policy->demand);
	free(policy->title);
	policy_init(policy);
}

/* ---- single members ---- */

static int read_version(struct doc *doc, json_t *value, void *into)
{
	uint64_t version;

	(void)into;
	if (doc_number(doc, value, "1, the version of the format", &version))
		return -EINVAL;
	return version == POLICY_VERSION ? 0 : doc_fail(doc, value, "expected 1, the version of the format");
}

static int read_title(struct doc *doc, json_t *value, void *into)
{
	struct policy *policy = into;

	free(policy->title);
	policy->title = NULL;
	return doc_text(doc, value, "a few words", &policy->title);
}

static int read_fail_on(struct doc *doc, json_t *value, void *into)
{
	static const char *const names[] = { "error", "warning", "note", "never", NULL };
	struct policy *policy = into;
	unsigned level = 0;

	if (doc_choice(doc, value, names, &level))
		return -EINVAL;
	policy->fails_never = level == SEVERITY_COUNT;
	policy->fail_on = policy->fails_never ? SEVERITY_ERROR : (enum severity)level;
	return 0;
}

static int read_known(struct doc *doc, json_t *value, void *into)
{
	static const char *const names[] = { "ignore", "count", NULL };
	unsigned count = 0;

	if (doc_choice(doc, value, names, &count))
		return -EINVAL;
	((struct policy *)into)->counts = count;
	return 0;
}

/* ---- rules ---- */

int rule_name_read(struct doc *doc, json_t *value, void *into)
{
	const char *name = json_string_value(value), *names[RULE_COUNT + 1] = { NULL };
	bool *wanted = into;
	enum rule_id rule;

	if (!name)
		return doc_fail(doc, value, "expected a rule's name, or \"*\" for all");
	rule = rule_find(name);
	for (unsigned i = 0; i < RULE_COUNT; i++) {
		names[i] = rule_table[i].name;
		wanted[i] |= i == rule || !strcmp(name, "*");
	}
	return rule < RULE_COUNT || !strcmp(name, "*") ? 0 :
		doc_no_name(doc, "rule", name, names, "`pagetrail help findings` lists them");
}

/* A rule by name comes before "*", wherever they stand. */
static int read_rule(struct doc *doc, const char *name, json_t *value, struct policy *policy, const bool *named)
{
	bool wanted[RULE_COUNT] = { false };
	unsigned wish = WISH_DEFAULT;
	json_t *key = json_string(name);
	int code;

	doc->step[doc->depth - 1].at_key = true;
	code = rule_name_read(doc, key, wanted);
	json_decref(key);
	doc->step[doc->depth - 1].at_key = false;
	if (code || doc_choice(doc, value, wish_names, &wish))
		return -EINVAL;
	for (unsigned i = 0; i < RULE_COUNT; i++)
		if (wanted[i] && (strcmp(name, "*") || !named[i]))
			policy->rule[i] = (enum rule_wish)wish;
	return 0;
}

static int read_rules(struct doc *doc, json_t *value, void *into)
{
	bool named[RULE_COUNT];
	const char *name;
	size_t index = 0;
	json_t *wish;

	if (!json_is_object(value))
		return doc_fail(doc, value, "expected rules and their severities, an object");
	for (unsigned i = 0; i < RULE_COUNT; i++)
		named[i] = json_object_get(value, rule_table[i].name);
	json_object_foreach(value, name, wish) {
		doc_enter_key(doc, name, index++);
		if (read_rule(doc, name, wish, into, named))
			return -EINVAL;
		doc_leave(doc);
	}
	return 0;
}

/* ---- the whole ---- */

static int read_allows(struct doc *doc, json_t *value, void *into)
{
	return doc_array(doc, value, POLICY_ALLOWS_MAX, "what is allowed", allow_read, into);
}

static int read_expectations(struct doc *doc, json_t *value, void *into)
{
	return doc_array(doc, value, POLICY_DEMANDS_MAX, "what is expected", expectation_read, into);
}

static int read_budgets(struct doc *doc, json_t *value, void *into)
{
	return doc_array(doc, value, POLICY_DEMANDS_MAX, "budgets", budget_read, into);
}

static int read_base(struct doc *doc, json_t *value, void *into);

static const struct doc_member members[] = {
	{ "version", read_version, true },
	{ "title", read_title, false },
	{ "extends", read_base, false },
	{ "fail_on", read_fail_on, false },
	{ "known", read_known, false },
	{ "rules", read_rules, false },
	{ "allow", read_allows, false },
	{ "expectations", read_expectations, false },
	{ "budgets", read_budgets, false },
	{ 0 },
};

/* What is extended has been read before everything else, wherever it stands; here only its name is judged. */
static int read_base(struct doc *doc, json_t *value, void *into)
{
	const char *names[16] = { NULL }, *name = json_string_value(value);

	(void)into;
	for (size_t i = 0; i < 15 && policy_ready[i].name; i++)
		names[i] = policy_ready[i].name;
	if (name && policy_find_ready(name))
		return 0;
	return name ? doc_no_name(doc, "ready policy", name, names, NULL) :
		      doc_fail(doc, value, "expected the name of a ready policy");
}

/* A ready policy extends none. */
static int parse_ready(const struct policy_ready *ready, struct policy *policy, struct err *err)
{
	struct doc doc;
	int code = doc_open(&doc, ready->bytes, ready->length, POLICY_BYTES_MAX, ready->name, err);

	if (!code)
		code = doc_object(&doc, doc.root, members, "a policy", policy);
	doc_close(&doc);
	return code;
}

int policy_parse(const char *bytes, size_t length, const char *name, struct policy *policy, struct err *err)
{
	const struct policy_ready *base = NULL;
	struct doc doc;
	int code = doc_open(&doc, bytes, length, POLICY_BYTES_MAX, name, err);

	policy_init(policy);
	if (!code && json_is_string(json_object_get(doc.root, "extends")))
		base = policy_find_ready(json_string_value(json_object_get(doc.root, "extends")));
	if (!code && base)
		code = parse_ready(base, policy, err);
	for (size_t i = 0; i < policy->demands; i++)
		policy->demand[i].inherited = true;
	if (!code)
		code = doc_object(&doc, doc.root, members, "a policy", policy);
	doc_close(&doc);
	return code;
}

const struct policy_ready *policy_find_ready(const char *name)
{
	for (const struct policy_ready *ready = policy_ready; ready->name; ready++)
		if (!strcmp(ready->name, name))
			return ready;
	return NULL;
}
