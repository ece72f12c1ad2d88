#include "diff.h"

#include <stdlib.h>

#include "../util/alloc.h"

/* ---- are they the same ---- */

static bool same_count(uint64_t old, uint64_t new, uint64_t tolerance)
{
	uint64_t more = old > new ? old - new : new - old;

	if (!more)
		return true;
	return old && new && (unsigned __int128)more * 100 <= (unsigned __int128)old * tolerance;
}

static bool same_sums(const struct site_sums *old, const struct site_sums *new, uint64_t tolerance)
{
	return same_count(old->calls, new->calls, tolerance) && same_count(old->failed, new->failed, tolerance) &&
	       same_count(old->locked, new->locked, tolerance) && same_count(old->wx, new->wx, tolerance) &&
	       same_count(old->to_exec, new->to_exec, tolerance) && same_count(old->to_write, new->to_write, tolerance);
}

/* ---- two sorted lists side by side ---- */

static void add_site(struct diff *diff, enum change_kind kind, const struct site *old, const struct site *new)
{
	diff->site[diff->sites++] = (struct site_change){ kind, old, new };
}

static void compare_sites(struct diff *diff, uint64_t tolerance)
{
	const struct site *old = diff->old->site, *old_end = old + diff->old->sites;
	const struct site *new = diff->new->site, *new_end = new + diff->new->sites;

	while (old < old_end || new < new_end) {
		int order = old == old_end ? 1 : new == new_end ? -1 : site_compare(old, new);

		if (order < 0)
			add_site(diff, CHANGE_VANISHED, old++, NULL);
		else if (order > 0)
			add_site(diff, CHANGE_APPEARED, NULL, new++);
		else if (same_sums(&old->sums, &new->sums, tolerance))
			diff->same_sites++, old++, new++;
		else
			add_site(diff, CHANGE_CHANGED, old++, new++);
	}
}

static void add_finding(struct diff *diff, enum change_kind kind, const struct side_finding *old,
			const struct side_finding *new)
{
	diff->finding[diff->findings++] = (struct finding_change){ kind, old, new };
}

static void compare_findings(struct diff *diff, uint64_t tolerance)
{
	const struct side_finding *old = diff->old->finding, *old_end = old + diff->old->findings;
	const struct side_finding *new = diff->new->finding, *new_end = new + diff->new->findings;

	while (old < old_end || new < new_end) {
		int order = old == old_end ? 1 : new == new_end ? -1 : side_finding_compare(old, new);

		if (order < 0)
			add_finding(diff, CHANGE_VANISHED, old++, NULL);
		else if (order > 0)
			add_finding(diff, CHANGE_APPEARED, NULL, new++);
		else if (same_count(old->count, new->count, tolerance))
			diff->same_findings++, old++, new++;
		else
			add_finding(diff, CHANGE_CHANGED, old++, new++);
	}
}

/* Each list is in the order of its keys already; an equal kind leaves that alone, as qsort() need not. */
static int by_kind(const void *a, const void *b)
{
	const struct site_change *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return site_compare(x->new ? x->new : x->old, y->new ? y->new : y->old);
}

static int by_finding_kind(const void *a, const void *b)
{
	const struct finding_change *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return side_finding_compare(x->new ? x->new : x->old, y->new ? y->new : y->old);
}

void diff_make(struct diff *diff, const struct side *old, const struct side *new, uint64_t tolerance)
{
	*diff = (struct diff){ .old = old, .new = new };
	diff->site = alloc_zero(old->sites + new->sites + 1, sizeof(*diff->site));
	diff->finding = alloc_zero(old->findings + new->findings + 1, sizeof(*diff->finding));
	compare_sites(diff, tolerance);
	compare_findings(diff, tolerance);
	qsort(diff->site, diff->sites, sizeof(*diff->site), by_kind);
	qsort(diff->finding, diff->findings, sizeof(*diff->finding), by_finding_kind);
}

void diff_free(struct diff *diff)
{
	free(diff->site);
	free(diff->finding);
}
