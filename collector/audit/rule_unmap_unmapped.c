/*
 * rule_unmap_unmapped.c - munmap of pages none of which is mapped: most often the second one of the same memory.
 */
#include "rule.h"

#define REMEMBERED 32

/* The last munmaps that took something away, the oldest overwritten first. */
struct unmapped {
	struct range range[REMEMBERED];
	uint64_t seq[REMEMBERED];
	unsigned next;
};

static void remember(struct unmapped *unmapped, const struct range *range, uint64_t seq)
{
	unmapped->range[unmapped->next] = *range;
	unmapped->seq[unmapped->next] = seq;
	unmapped->next = (unmapped->next + 1) % REMEMBERED;
}

/* Return: the last munmap that covered all of the range, 0: none is remembered. */
static uint64_t earlier(const struct unmapped *unmapped, const struct range *range)
{
	uint64_t seq = 0;

	for (unsigned i = 0; i < REMEMBERED; i++)
		if (unmapped->range[i].start <= range->start && range->end <= unmapped->range[i].end &&
		    unmapped->seq[i] > seq)
			seq = unmapped->seq[i];
	return seq;
}

void rule_unmap_unmapped(struct audit *audit, const struct audit_event *event)
{
	struct unmapped *unmapped;
	struct audit_call about;
	struct finding *finding;
	struct range range;
	uint64_t first;

	if (!call_worked(event->record) || event->result != APPLY_DONE || !call_pages(event->record, &range))
		return;
	unmapped = event_memory(event, RULE_unmap_unmapped, sizeof(*unmapped));
	if (event->changed_pages) {
		remember(unmapped, &range, event->record->seq);
		return;
	}
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_unmap_unmapped, event, &about, 0);
	if (!finding)
		return;
	first = earlier(unmapped, &range);
	finding_pages(finding, range.start, range.end);
	finding_relate(finding, first);
	finding_say(finding, "munmap of %s where nothing was mapped%s; it returned 0 all the same.",
		    pages_of(finding->pages).at, first ? " any more, after an earlier munmap" : "");
}
