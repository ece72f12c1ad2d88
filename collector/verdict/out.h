/*
 * out.h - a verdict in each of its formats.
 */
#ifndef PAGETRAIL_VERDICT_OUT_H
#define PAGETRAIL_VERDICT_OUT_H

#include "../report/evidence.h"
#include "../report/view.h"
#include "../sym/symbols.h"
#include "../vm/coverage.h"
#include "verdict.h"

/* Everything a report of a verdict is made of. */
struct verdict_report {
	const struct view *view;		/* .out is where it goes */
	const struct verdict *verdict;
	struct symbols *symbols;
	const struct evidence *evidence;	/* of the records that verdict_evidence() named */
	const struct coverage *coverage;
	bool all_frames;
};

/*
 * verdict_evidence - name every record that a report shows: what items are about, and what findings relate to
 *
 * Items that are met, allowed or known have none in the text.
 */
void verdict_evidence(const struct verdict *verdict, struct evidence *evidence);

#endif
