/*
 * rule_advice_refused.c - advice that the kernel did not take.
 *
 * madvise_walk_vmas(), mm/madvise.c: a hole is passed over and reported at the end, a mapping that refuses ends the call.
 */
#include "rule.h"

/* What the program wanted to be sure of, not a hint. */
static bool protects(uint64_t advice)
{
	return advice == K_MADV_DONTDUMP || advice == K_MADV_DONTFORK || advice == K_MADV_WIPEONFORK ||
	       advice == K_MADV_GUARD_INSTALL;
}

/* Advice that ends at a hole. */
static bool populates(uint64_t advice)
{
	return advice == K_MADV_POPULATE_READ || advice == K_MADV_POPULATE_WRITE;
}

/* That has a rule of its own. */
static bool is_about_locks(const struct audit_event *event, const struct range *range)
{
	return call_error(event->record) == EINVAL && advice_needs_unlocked(event->record->call.arg[2]) &&
	       first_locked(event->space, range->start, range->end);
}

/* The first mapping of a kind that never takes this advice, NULL: the advice is taken everywhere. */
static const struct vma *first_unfit(const struct space *space, const struct range *range, uint64_t advice)
{
	const struct vma *vma = space_next(space, range->start);

	if (advice != K_MADV_WIPEONFORK && advice != K_MADV_FREE)
		return NULL;
	while (vma && vma->start < range->end && vma_is_plain(vma))
		vma = space_next(space, vma->end);
	return vma && vma->start < range->end ? vma : NULL;
}

static void say_range(struct finding *finding, const struct audit_event *event, const struct range *range)
{
	const struct record_call *call = &event->record->call;
	const char *name = call_table[call->call].name;
	const struct words advice = advice_of(call->arg[2]), error = errno_of(call_error(event->record));
	const struct vma *unfit = first_unfit(event->space, range, call->arg[2]);
	uint64_t hole = mapped_until(event->space, range->start, range->end);

	if (call_error(event->record) == ENOMEM && hole < range->end)
		finding_say(finding, "%s(%s) failed with ENOMEM because nothing is mapped at 0x%llx; %s.", name, advice.at,
			    (unsigned long long)hole, populates(call->arg[2]) ? "it stopped there" :
			    "all pages of the range that are mapped have the advice all the same");
	else if (call_error(event->record) == EINVAL && unfit)
		finding_say(finding, "%s(%s) failed with EINVAL at 0x%llx: the mapping there is %s, and the advice is for private "
			    "anonymous memory; the pages before it have it.", name, advice.at,
			    (unsigned long long)max_u64(unfit->start, range->start),
			    unfit->shared ? "shared" : "of a file");
	else
		finding_say(finding, "%s(%s) of %s failed with %s.", name, advice.at,
			    pages_of((range->end - range->start) / PAGE_BYTES).at, error.at);
}

static void say(struct finding *finding, const struct audit_event *event, const struct range *range)
{
	const struct record_call *call = &event->record->call;

	if (range) {
		finding_pages(finding, range->start, range->end);
		say_range(finding, event, range);
		return;
	}
	finding->addr = call->arg[0];
	if (call->arg[0] % PAGE_BYTES)
		finding_say(finding, "%s(%s) of %s failed with %s: the address 0x%llx is no multiple of the page size, so no page "
			    "has the advice.", call_table[call->call].name, advice_of(call->arg[2]).at,
			    amount_of(call->arg[1]).at, errno_of(call_error(event->record)).at,
			    (unsigned long long)call->arg[0]);
	else
		finding_say(finding, "%s(%s) failed with %s.", call_table[call->call].name, advice_of(call->arg[2]).at,
			    errno_of(call_error(event->record)).at);
}

void rule_advice_refused(struct audit *audit, const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;
	struct audit_call about;
	struct finding *finding;
	struct range range;
	const bool pages = call_pages(event->record, &range);

	if (!call_error(event->record) || call_is_librarys(event->record) || (pages && is_about_locks(event, &range)))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_advice_refused, event, &about,
			      call->arg[2] << 16 | (unsigned)call_error(event->record));
	if (!finding)
		return;
	if (protects(call->arg[2]))
		finding->severity = SEVERITY_ERROR;
	say(finding, event, pages ? &range : NULL);
}
