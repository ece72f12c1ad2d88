/*
 * finding.c - findings, one for all that are equal: the same rule, place in the program, program and key.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../util/alloc.h"
#include "core.h"

static struct finding *add(struct audit *audit, enum rule_id rule)
{
	struct finding *finding = alloc_zero(1, sizeof(*finding));

	audit->finding = alloc_room(audit->finding, audit->findings, &audit->room, sizeof(*audit->finding));
	audit->finding[audit->findings++] = finding;
	finding->rule = rule;
	finding->severity = rule_table[rule].severity;
	finding->advice = rule_table[rule].advice;
	return finding;
}

/*
 * A note is about how some code goes about its work: an allocator that calls madvise in free() does so whoever called free().
 * Anything worse is about what was asked for, and by whom.
 */
static uint64_t place_of_finding(const struct audit *audit, enum rule_id rule, uint32_t stack)
{
	return rule_table[rule].severity == SEVERITY_NOTE ? inner_site_of(audit, stack) : site_of(audit, stack);
}

struct finding *finding_new(struct audit *audit, enum rule_id rule, const struct audit_event *event,
			    const struct audit_call *about, uint64_t key)
{
	const char *exe = event->process ? event->process->exe : NULL;
	uint64_t hash = hash_mix(hash_mix(hash_mix(rule, place_of_finding(audit, rule, about->stack)), hash_text(exe)), key);
	struct finding *finding;

	if (!about->wanted)
		return NULL;
	finding = table_find(&audit->groups, hash);
	/* Several runs of pages of one call are one case. */
	if (finding) {
		finding->count += finding->last_seq != about->seq;
		finding->last_seq = about->seq;
		return NULL;
	}
	finding = add(audit, rule);
	finding->about = *about;
	finding->last_seq = about->seq;
	finding->count = 1;
	finding->exe = exe;
	table_add(&audit->groups, hash, finding);
	return finding;
}

void finding_pages(struct finding *finding, uint64_t start, uint64_t end)
{
	finding->addr = start;
	finding->pages = (end - start) / PAGE_BYTES;
}

void finding_relate(struct finding *finding, uint64_t seq)
{
	size_t at = finding->relateds;

	for (size_t i = 0; i < finding->relateds; i++)
		if (finding->related[i] == seq)
			return;
	if (!seq || seq == finding->about.seq || finding->relateds == FINDING_RELATED)
		return;
	for (; at && finding->related[at - 1] > seq; at--)
		finding->related[at] = finding->related[at - 1];
	finding->related[at] = seq;
	finding->relateds++;
}

void finding_say(struct finding *finding, const char *format, ...)
{
	va_list ap;

	free(finding->what);
	va_start(ap, format);
	if (vasprintf(&finding->what, format, ap) < 0)
		finding->what = alloc_copy("", 0);
	va_end(ap);
}

void finding_advise(struct finding *finding, const char *advice)
{
	finding->advice = advice;
}

static int worst_first(const void *a, const void *b)
{
	const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	if (x->about.seq != y->about.seq)
		return x->about.seq < y->about.seq ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

struct finding *const *audit_findings(struct audit *audit, size_t *count)
{
	if (audit->findings)
		qsort(audit->finding, audit->findings, sizeof(*audit->finding), worst_first);
	*count = audit->findings;
	return audit->finding;
}
