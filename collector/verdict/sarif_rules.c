/* sarif_rules.c - rules as SARIF's reporting descriptors (3.49). */
#include "sarif.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

/* GitHub takes 1,024 characters of a description. */
#define DESCRIPTION_MOST 1024

void sarif_demands(struct sarif *sarif)
{
	const struct verdict *verdict = sarif->report->verdict;

	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_item *item = &verdict->item[i];

		if (item->kind == VERDICT_FINDING || sarif_rule_index(sarif, item) < RULE_COUNT + sarif->demands)
			continue;
		sarif->demand = alloc_resize(sarif->demand, sarif->demands + 1, sizeof(*sarif->demand));
		sarif->demand[sarif->demands++] = item;
	}
}

size_t sarif_rule_index(const struct sarif *sarif, const struct verdict_item *item)
{
	size_t i = 0;

	if (item->finding)
		return item->finding->rule;
	while (i < sarif->demands && strcmp(sarif->demand[i]->rule, item->rule))
		i++;
	return RULE_COUNT + i;
}

/* ---- texts ---- */

static void put_text(struct jout *json, const char *key, const char *string, size_t most)
{
	struct text text = { 0 };

	text_put(&text, string);
	if (text.length > most) {
		size_t length = most - 3;

		while (length && (text.at[length] & 0xc0) == 0x80)	/* not within a character */
			length--;
		text.at[length] = '\0';
		text.length = length;
		text_put(&text, "...");
	}
	jout_object(json, key);
	jout_string(json, "text", text_read(&text));
	jout_end(json);
	text_free(&text);
}

static void put_help(struct jout *json, const struct rule_row *row)
{
	struct text text = { 0 };

	jout_object(json, "help");
	text_printf(&text, "%s\n\n%s\n\nSource: %s", row->why, row->advice, row->source);
	jout_string(json, "text", text_read(&text));
	text_clear(&text);
	text_printf(&text, "%s\n\n**What to do.** %s\n\n**Source.** %s", row->why, row->advice, row->source);
	jout_string(json, "markdown", text_read(&text));
	jout_end(json);
	text_free(&text);
}

/* lock-nested-release: LockNestedRelease; a name has to differ from the id (3.49.7). */
static void put_name(struct jout *json, const char *id)
{
	struct text name = { 0 };
	bool first = true;

	for (; *id; id++) {
		bool letter = *id >= 'a' && *id <= 'z';

		if (*id != '-' && *id != '/')
			text_printf(&name, "%c", first && letter ? *id - 'a' + 'A' : *id);
		first = *id == '-' || *id == '/';
	}
	jout_string(json, "name", text_read(&name));
	text_free(&name);
}

/* ---- severities ---- */

/* About memory that can be read or executed by whom it should not; the others are about calls that do less than meant. */
static bool is_about_security(const char *rule)
{
	static const char *const groups[] = { "lock-", "wx-", "exec-", "guard-", "expect/" };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!strncmp(rule, groups[i], strlen(groups[i])))
			return true;
	return false;
}

/* GitHub's scale: "high" from 7.0, "medium" from 4.0, "low" below; problem.severity for what is no security matter. */
static void put_severity(struct jout *json, const char *rule, enum severity severity)
{
	static const char *const security[SEVERITY_COUNT] = { "8.0", "5.0", "2.0" };
	static const char *const problem[SEVERITY_COUNT] = { "error", "warning", "recommendation" };
	bool about = is_about_security(rule);

	jout_object(json, "defaultConfiguration");
	jout_string(json, "level", severity_name(severity));
	jout_end(json);
	jout_object(json, "properties");
	jout_array(json, "tags");
	jout_string(json, NULL, about ? "security" : "correctness");
	jout_string(json, NULL, "memory");
	jout_end(json);
	jout_string(json, "precision", "high");
	jout_string(json, "problem.severity", problem[severity]);
	if (about)
		jout_string(json, "security-severity", security[severity]);
	jout_end(json);
}

/* ---- rules ---- */

static void put_rule(struct jout *json, const struct rule_row *row)
{
	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "id", row->name);
	put_name(json, row->name);
	put_text(json, "shortDescription", row->title, DESCRIPTION_MOST);
	put_text(json, "fullDescription", row->why, DESCRIPTION_MOST);
	put_help(json, row);
	put_severity(json, row->name, row->severity);
	jout_end(json);
}

static void put_demand(const struct sarif *sarif, struct jout *json, const struct verdict_item *item)
{
	const char *policy = sarif->report->verdict->policy;
	struct text help = { 0 };

	text_printf(&help, "The policy%s%s wants: %s", policy ? " " : "", policy ? policy : "", item->title);
	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "id", item->rule);
	put_name(json, item->rule);
	put_text(json, "shortDescription", item->title, DESCRIPTION_MOST);
	put_text(json, "fullDescription", text_read(&help), DESCRIPTION_MOST);
	put_text(json, "help", text_read(&help), SIZE_MAX);
	put_severity(json, item->rule, item->severity);
	jout_end(json);
	text_free(&help);
}

void sarif_rules(struct sarif *sarif)
{
	struct jout *json = &sarif->json;

	jout_array(json, "rules");
	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		put_rule(json, &rule_table[rule]);
	for (size_t i = 0; i < sarif->demands; i++)
		put_demand(sarif, json, sarif->demand[i]);
	jout_line(json);
	jout_end(json);
}
