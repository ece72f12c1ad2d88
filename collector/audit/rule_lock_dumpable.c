/*
 * rule_lock_dumpable.c - memory locked by its address that a core file would have shown.
 *
 * Who locks a few pages hides something that must not reach a disk, and a core file is on one.  What a core file has is
 * the default of coredump_filter, core(5): vma_dump_size(), fs/coredump.c.
 */
#include "rule.h"

/* More than that is rarely all secret: buffers that must not wait for the disk. */
#define SECRET_PAGES_MAX 256

/* Did no core file have the page, by what the program did itself. */
static bool protects_itself(const struct limits *limits)
{
	return !limits->core_known || limits->undumpable || (!limits->core && limits->core_chosen);
}

/*
 * Anonymous memory, shared or not, and private pages of files that were written to: mlock does that for writable ones. What was
 * never accessible has nothing to show.
 */
static bool gets_dumped(const struct vma *vma)
{
	if (vma->advice & ADVICE_DONTDUMP || vma->kind == KIND_TRACER || (!vma->prot && vma->by.prot == vma->by.map))
		return false;
	return vma->shared ? vma->kind != KIND_FILE : vma_is_plain(vma) || (vma->prot & PROT_BIT_WRITE);
}

/*
 * Pages that had MADV_DONTDUMP until their owner, about to unlock them, took it back: sodium_munlock() does that.  Forgotten when
 * they get their next lock.
 */
static void follow(const struct audit_event *event)
{
	const struct delta *delta = event->delta;
	const struct vma *before = delta->before, *after = delta->after;
	struct pieces *spared = event_pages(event, RULE_lock_dumpable);

	if (before && after && before->lock && after->lock && (before->advice & ADVICE_DONTDUMP) &&
	    !(after->advice & ADVICE_DONTDUMP))
		pieces_set(spared, delta->start, delta->end, NULL);
	else if (spared->count && after && after->lock && (!before || !before->lock))
		pieces_cut(spared, delta->start, delta->end, NULL, NULL);
}

static void say(struct finding *finding, const struct audit_event *event, const struct vma *vma)
{
	const struct lock_request *request = event->release->request;
	const struct limits *limits = space_limits(event->space);
	const char *name = call_table[request->call].name;

	if (!limits->core || vma->shared || request->pages > SECRET_PAGES_MAX || space_future(event->space))
		finding->severity = SEVERITY_NOTE;
	finding_pages(finding, max_u64(vma->start, event->release->start), min_u64(vma->end, event->release->end));
	if (limits->core)
		finding_say(finding, "%s of %s locked %s without MADV_DONTDUMP: a crash in that time would have written what "
			    "is there to a core file (RLIMIT_CORE: %s).", name, amount_of(request->bytes).at,
			    pages_of(request->pages).at, amount_of(limits->core).at);
	else
		finding_say(finding, "%s of %s locked %s without MADV_DONTDUMP: only the RLIMIT_CORE of 0 that the program was "
			    "started with keeps what is there out of a core file, and not even that where core_pattern is "
			    "a pipe.", name,
			    amount_of(request->bytes).at, pages_of(request->pages).at);
}

static void judge(struct audit *audit, const struct audit_event *event, const struct vma *vma)
{
	const struct audit_call about = request_call(audit, event->release->request);
	struct finding *finding = finding_new(audit, RULE_lock_dumpable, event, &about, 0);

	if (finding)
		say(finding, event, vma);
}

void rule_lock_dumpable(struct audit *audit, const struct audit_event *event)
{
	const struct lock_release *release = event->release;
	const struct pieces *spared;
	const struct vma *vma;

	if (event->kind == EVENT_CHANGE) {
		follow(event);
		return;
	}
	if ((release->request->how != LOCK_HOW_CALL && release->request->how != LOCK_HOW_MAP) || release->request->failed ||
	    protects_itself(space_limits(event->space)))
		return;
	spared = event_pages(event, RULE_lock_dumpable);
	for (vma = space_next(event->space, release->start); vma && vma->start < release->end;
	     vma = space_next(event->space, vma->end))
		if (gets_dumped(vma) && !pieces_first(spared, max_u64(vma->start, release->start),
						      min_u64(vma->end, release->end)))
			judge(audit, event, vma);
}
