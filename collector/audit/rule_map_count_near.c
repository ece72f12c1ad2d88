/*
 * rule_map_count_near.c - a process that has nearly as many mappings as it may have.
 *
 * vm.max_map_count: split_vma(), mm/vma.c, and do_mmap() fail with ENOMEM above it.
 */
#include "rule.h"

/* Counting takes a walk over all mappings: once in so many calls while the number the model has may be the kernel's. */
struct count {
	uint64_t calls;
	bool told;
};

static uint64_t near(uint64_t limit)
{
	return limit - limit / 10;
}

static void tell(struct audit *audit, const struct audit_event *event, uint64_t maps, uint64_t limit)
{
	const struct audit_call about = event_call(audit, event);
	struct finding *finding = finding_new(audit, RULE_map_count_near, event, &about, 0);

	if (finding)
		finding_say(finding, "With this %s the process has %llu mappings; vm.max_map_count allows %llu, and what would need "
			    "one more then fails with ENOMEM, munmap and free included.",
			    call_table[event->record->call.call].name, (unsigned long long)maps,
			    (unsigned long long)limit);
}

void rule_map_count_near(struct audit *audit, const struct audit_event *event)
{
	const uint64_t limit = space_max_maps(event->space);
	struct count *count;
	uint64_t maps;

	if (space_vmas(event->space) < near(limit))
		return;
	count = event_memory(event, RULE_map_count_near, sizeof(*count));
	if (count->told || count->calls++ % (limit / 100 + 1))
		return;
	maps = space_vmas_joined(event->space);
	if (maps < near(limit))
		return;
	tell(audit, event, maps, limit);
	count->told = true;
}
