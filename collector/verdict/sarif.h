/*
 * sarif.h - what the files that write SARIF share.
 *
 * SARIF 2.1.0, OASIS Standard with errata 01; the numbers in these files are its sections.
 */
#ifndef PAGETRAIL_SARIF_H
#define PAGETRAIL_SARIF_H

#include "../report/jout.h"
#include "out.h"

struct sarif {
	struct jout json;
	const struct verdict_report *report;
	const struct verdict_item **demand;	/* the first item of each expectation and budget: more rules */
	size_t demands;
};

/*
 * sarif_message - a message object (3.11); its text plain, with braces doubled (3.11.5)
 */
void sarif_message(struct jout *json, const char *key, const char *text);

/*
 * sarif_rules - the rules of the audit, and the expectations and budgets of the policy, as "rules" (3.19.23)
 */
void sarif_rules(struct sarif *sarif);

/*
 * sarif_demands - find the latter; free sarif->demand
 */
void sarif_demands(struct sarif *sarif);

/*
 * sarif_rule_index - of an item, in "rules"
 */
size_t sarif_rule_index(const struct sarif *sarif, const struct verdict_item *item);

/*
 * sarif_result - an item as a result (3.27), with the places it depends on and their stacks
 */
void sarif_result(struct sarif *sarif, const struct verdict_item *item);

/*
 * sarif_absent - a result that the baseline had and this log has not
 */
void sarif_absent(struct sarif *sarif, const char *rule, const char *fingerprint);

#endif
