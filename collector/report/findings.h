/*
 * findings.h - what the audit found, as text and as JSON.
 */
#ifndef PAGETRAIL_FINDINGS_H
#define PAGETRAIL_FINDINGS_H

#include "../audit/audit.h"
#include "../sym/symbols.h"
#include "../vm/coverage.h"
#include "evidence.h"
#include "jout.h"
#include "view.h"

/* Which findings to show. */
struct findings_wanted {
	bool by_rule, rule[RULE_COUNT];
	enum severity least;	/* this and what is worse */
};

bool finding_is_wanted(const struct findings_wanted *wanted, const struct finding *finding);

/* Everything a report of findings is made of. */
struct findings_report {
	const struct view *view;
	struct finding *const *finding;		/* in the order to show them */
	size_t count;
	const struct findings_wanted *wanted;
	const struct evidence *evidence;	/* of the records named by findings_evidence() */
	struct symbols *symbols;
	const struct coverage *coverage;
	bool all_frames;
};

/*
 * findings_evidence - name every record that the report will show
 */
void findings_evidence(const struct findings_report *report, struct evidence *evidence);

/*
 * findings_text, findings_json - print them; the coverage comes first
 */
void findings_text(const struct findings_report *report);
void findings_json(const struct findings_report *report);

/*
 * finding_print - one of them as text; of @report count the view, the evidence, the symbols and all_frames
 */
void finding_print(const struct findings_report *report, const struct finding *finding);

/*
 * finding_message - its two sentences: what happened, what to do
 */
void finding_message(struct text *text, const struct finding *finding);

/*
 * findings_rules - print the table of rules: severity, name, title
 */
void findings_rules(const struct view *view);

#endif
