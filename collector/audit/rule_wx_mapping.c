/*
 * rule_wx_mapping.c - pages that become writable and executable at once.
 */
#include "rule.h"

/* What the record being applied made so. */
struct made {
	uint64_t seq, start, pages;
	bool mapped;
};

static bool is_wx(const struct vma *vma)
{
	return vma && (vma->prot & PROT_BIT_WRITE) && (vma->prot & PROT_BIT_EXEC) && vma->kind != KIND_TRACER;
}

/* An executable stack has a rule of its own. */
static bool is_news(const struct audit_event *event)
{
	const struct vma *before = event->delta->before, *after = event->delta->after;

	return is_wx(after) && after->kind != KIND_STACK && after->by.prot == event->record->seq &&
	       !(is_wx(before) && before->by.map == after->by.map);
}

static void note(const struct audit_event *event)
{
	struct made *made = event_memory(event, RULE_wx_mapping, sizeof(*made));

	if (made->seq != event->record->seq)
		*made = (struct made){ .seq = event->record->seq, .start = event->delta->start };
	made->pages += (event->delta->end - event->delta->start) / PAGE_BYTES;
	made->mapped = event->delta->after->by.map == event->record->seq;
}

static void report(struct audit *audit, const struct audit_event *event, const struct made *made)
{
	const struct audit_call about = event_call(audit, event);
	struct finding *finding = finding_new(audit, RULE_wx_mapping, event, &about, 0);
	const struct vma *vma = space_find(event->space, made->start);

	if (!finding)
		return;
	finding->addr = made->start;
	finding->pages = made->pages;
	if (vma)
		finding_relate(finding, vma->by.map);
	if (event->record->type == RECORD_SNAPSHOT)
		finding_say(finding, "A look at the process found %s writable and executable at once.",
			    pages_of(made->pages).at);
	else
		finding_say(finding, "%s %s %s writable and executable at once.",
			    call_table[event->record->call.call].name, made->mapped ? "mapped" : "made",
			    pages_of(made->pages).at);
}

void rule_wx_mapping(struct audit *audit, const struct audit_event *event)
{
	const struct made *made;

	if (event->kind == EVENT_CHANGE) {
		if (is_news(event))
			note(event);
		return;
	}
	made = event_memory(event, RULE_wx_mapping, sizeof(*made));
	if (made->seq == event->record->seq)
		report(audit, event, made);
}
