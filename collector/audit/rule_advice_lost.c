/*
 * rule_advice_lost.c - advice that went when its pages were replaced, and was not given again.
 *
 * The set of pages holds, for what was replaced, the call that did it and the advice that is missing.  Advice given again
 * takes pages out; those that are unmapped or end with it still missing are reported.
 */
#include "rule.h"

#define ADVICE_BITS 8

static void *pack(uint64_t seq, unsigned advice)
{
	return (void *)(uintptr_t)(seq << ADVICE_BITS | advice);
}

static uint64_t seq_in(const struct piece *piece)
{
	return (uint64_t)(uintptr_t)piece->value >> ADVICE_BITS;
}

static unsigned advice_in(const struct piece *piece)
{
	return (unsigned)(uintptr_t)piece->value & ((1u << ADVICE_BITS) - 1);
}

/* Advice somebody gave; MAP_STACK and the like come with theirs. */
static unsigned given(const struct vma *vma)
{
	return vma->by.advice != vma->by.map ? vma->advice : 0;
}

/* What a file has is no secret of the process's. */
static unsigned useless_for(const struct vma *vma)
{
	const bool constant = vma->kind == KIND_FILE && !(vma->prot & PROT_BIT_WRITE);

	return constant ? ADVICE_DONTDUMP | ADVICE_DONTFORK | ADVICE_WIPEONFORK : 0;
}

/* Pages without access hold nothing that advice would be about. */
static unsigned lost(const struct delta *delta)
{
	if (!delta->before || !delta->after || !delta->after->prot || delta->before->by.map == delta->after->by.map ||
	    delta->after->by.map == 0 || delta->before->kind == KIND_TRACER)
		return 0;
	return given(delta->before) & ~(unsigned)delta->after->advice & ~useless_for(delta->after);
}

struct teller {
	struct audit *audit;
	const struct audit_event *event;
};

static const char *what_follows(unsigned advice)
{
	if (advice & ADVICE_DONTDUMP)
		return "they are in core dumps again";
	if (advice & (ADVICE_WIPEONFORK | ADVICE_DONTFORK))
		return "a forked child gets a copy of them";
	return "the kernel treats them as any others";
}

static const char *name_of(unsigned advice)
{
	static const unsigned first[] = { ADVICE_DONTDUMP, ADVICE_WIPEONFORK, ADVICE_DONTFORK };

	for (unsigned i = 0; i < sizeof(first) / sizeof(*first); i++)
		if (advice & first[i])
			return vma_advice_name((unsigned)__builtin_ctz(first[i]));
	return vma_advice_name((unsigned)__builtin_ctz(advice));
}

static void tell(void *arg, const struct piece *part)
{
	const struct teller *teller = arg;
	const struct audit_call *by = origin_call(teller->audit, seq_in(part));
	struct finding *finding = by ? finding_new(teller->audit, RULE_advice_lost, teller->event, by, advice_in(part))
				     : NULL;

	if (!finding)
		return;
	finding_pages(finding, part->start, part->end);
	if (!(advice_in(part) & (ADVICE_DONTDUMP | ADVICE_WIPEONFORK | ADVICE_DONTFORK)))
		finding->severity = SEVERITY_NOTE;
	finding_say(finding, "%s replaced %s that had the advice %s, and it was not given to the new pages: %s.",
		    call_table[by->call].name, pages_of(finding->pages).at, name_of(advice_in(part)),
		    what_follows(advice_in(part)));
}

/* Pages that are gone, or replaced once more. */
static void close_pages(struct audit *audit, const struct audit_event *event, uint64_t start, uint64_t end)
{
	struct teller teller = { audit, event };

	pieces_cut(event_pages(event, RULE_advice_lost), start, end, tell, &teller);
}

/* Whoever gives any of the advice again has thought of it. */
static bool gives_again(const struct audit_event *event, const struct delta *delta)
{
	const struct piece *piece =
		pieces_first(event_pages(event, RULE_advice_lost), delta->start, delta->end);

	return piece && delta->after && (delta->after->advice & advice_in(piece));
}

void rule_advice_lost(struct audit *audit, const struct audit_event *event)
{
	struct pieces *pages = event_pages(event, RULE_advice_lost);
	const struct delta *delta = event->delta;
	unsigned advice;

	if (event->kind == EVENT_CLOSE) {
		close_pages(audit, event, 0, UINT64_MAX);
		return;
	}
	advice = lost(delta);
	if (gives_again(event, delta))
		pieces_cut(pages, delta->start, delta->end, NULL, NULL);
	else if (!delta->after || !delta->before || delta->before->by.map != delta->after->by.map)
		close_pages(audit, event, delta->start, delta->end);
	if (advice)
		pieces_set(pages, delta->start, delta->end, pack(event->record->seq, advice));
}
