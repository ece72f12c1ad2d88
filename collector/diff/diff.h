/*
 * diff.h - two logs beside each other: what appeared, vanished or changed, by place and by rule.
 */
#ifndef PAGETRAIL_DIFF_H
#define PAGETRAIL_DIFF_H

#include "../report/view.h"
#include "side.h"

enum change_kind {
	CHANGE_APPEARED,
	CHANGE_VANISHED,
	CHANGE_CHANGED
};

struct site_change {
	enum change_kind kind;
	const struct site *old, *new;	/* NULL: not there */
};

struct finding_change {
	enum change_kind kind;
	const struct side_finding *old, *new;
};

struct diff {
	const struct side *old, *new;	/* the caller's */
	bool old_complete, new_complete;
	struct site_change *site;	/* what appeared, then what vanished, then what changed, each by call and key */
	size_t sites, same_sites;
	struct finding_change *finding;
	size_t findings, same_findings;
};

/*
 * diff_make - compare two sides that have ended
 * @tolerance: counts that differ by at most so many per cent of the old one are the same; a count that was or becomes 0
 *             never is
 *
 * Cost: one step for each place of either.
 */
void diff_make(struct diff *diff, const struct side *old, const struct side *new, uint64_t tolerance);
void diff_free(struct diff *diff);

static inline bool diff_is_empty(const struct diff *diff)
{
	return !diff->sites && !diff->findings;
}

void diff_text(const struct view *view, const struct diff *diff);
void diff_json(const struct view *view, const struct diff *diff);

#endif
