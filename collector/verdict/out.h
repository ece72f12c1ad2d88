/*
 * out.h - a verdict in each of its formats.
 */
#ifndef PAGETRAIL_VERDICT_OUT_H
#define PAGETRAIL_VERDICT_OUT_H

#include "../report/evidence.h"
#include "../report/view.h"
#include "../sym/symbols.h"
#include "../vm/coverage.h"
#include "repo.h"
#include "verdict.h"

/* Everything a report of a verdict is made of. */
struct verdict_report {
	const struct view *view;		/* .out is where it goes */
	const struct verdict *verdict;
	struct symbols *symbols;
	const struct evidence *evidence;	/* of the records that verdict_evidence() named */
	const struct coverage *coverage;
	const struct repo *repo;		/* what paths are relative to: SARIF, annotations */
	bool all_frames;
};

/* What --format can be. */
struct verdict_format {
	const char *name;
	void (*print)(const struct verdict_report *report);
	bool evidence;		/* shows records besides the findings' own */
};

/* Ends with a name that is NULL. */
extern const struct verdict_format verdict_format[];

void verdict_text(const struct verdict_report *report);
void verdict_json(const struct verdict_report *report);

/*
 * verdict_evidence - name every record that a report shows: what items are about, and what findings relate to
 *
 * Items that are met have none; the text shows none of what is allowed or known either.
 */
void verdict_evidence(const struct verdict *verdict, struct evidence *evidence);

/*
 * verdict_sarif - SARIF 2.1.0, for code scanning
 */
void verdict_sarif(const struct verdict_report *report);

/*
 * verdict_junit - JUnit XML: the log is a suite, each rule, expectation and budget a test
 */
void verdict_junit(const struct verdict_report *report);

/*
 * verdict_github - annotations: workflow commands of GitHub Actions, for what fails and what is shown
 */
void verdict_github(const struct verdict_report *report);

#endif
