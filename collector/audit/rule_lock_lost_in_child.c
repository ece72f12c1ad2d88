/*
 * rule_lock_lost_in_child.c - children that live with the pages their parent had locked, and without the locks.
 *
 * mlock(2), NOTES: memory locks are not inherited by a child created via fork(2).  dup_mmap(), kernel/fork.c.  The set of
 * pages holds what was private and locked in the parent and is still the child's; the request is its value.
 */
#include "rule.h"

struct inherited {
	struct child_copy copy;
	uint64_t request, because;
	bool all;		/* of mlockall */
};

static bool comes_along(const struct vma *vma)
{
	return vma && !vma->shared && vma->kind != KIND_TRACER && !(vma->advice & ADVICE_WIPEONFORK);
}

struct heir {
	const struct audit_event *event;
	struct inherited *inherited;
};

static bool inherit(void *arg, const struct piece *piece)
{
	struct heir *heir = arg;
	const struct lock_request *request = piece->value;
	const struct vma *vma = space_find(heir->event->space, piece->start);

	if (request->how == LOCK_HOW_SECRET || !comes_along(vma))
		return true;
	pieces_set(event_pages(heir->event, RULE_lock_lost_in_child), piece->start, min_u64(piece->end, vma->end), NULL);
	if (!heir->inherited->request || request->how == LOCK_HOW_CALL) {
		heir->inherited->request = request->last_seq;
		heir->inherited->because = request->because;
		heir->inherited->all = request->how == LOCK_HOW_ALL || request->how == LOCK_HOW_FUTURE;
	}
	return true;
}

static void begin(struct audit *audit, const struct audit_event *event)
{
	const struct ledger *ledger = parent_ledger(audit, event);
	struct heir heir = { .event = event };

	if (!ledger || !ledger_requests(ledger))
		return;
	heir.inherited = event_memory(event, RULE_lock_lost_in_child, sizeof(*heir.inherited));
	heir.inherited->copy.fork = event_call(audit, event);
	ledger_each(ledger, 0, UINT64_MAX, inherit, &heir);
}

/* Who locks everything and then forks into the background has locked the wrong process. */
static void say_all(struct audit *audit, struct finding *finding, const struct process *child)
{
	const struct process *parent = world_process(audit_world(audit), child->ppid);
	const bool left = !parent || parent->exited;

	if (!left)
		finding->severity = SEVERITY_NOTE;
	finding_say(finding, "The child %d ran without the mlockall of its parent%s: fork hands down neither locks nor MCL_FUTURE.",
		    (int)child->pid, left ? ", which ended before it" : "");
	finding_advise(finding, "Call mlockall in the process that needs it: a daemon after it has forked.");
}

static void end(struct audit *audit, const struct audit_event *event, const struct inherited *inherited)
{
	const struct copy_left left = copy_left(event, RULE_lock_lost_in_child);
	struct finding *finding;

	if (!left.pages)
		return;
	finding = finding_new(audit, RULE_lock_lost_in_child, event, &inherited->copy.fork, 0);
	if (!finding)
		return;
	finding->addr = left.start;
	finding->pages = left.pages;
	finding_relate(finding, inherited->request);
	finding_relate(finding, inherited->because);
	if (inherited->all) {
		say_all(audit, finding, event->process);
		return;
	}
	finding_say(finding, "The child %d has %s that its parent had locked, and none of the locks: fork does not hand them "
		    "down.", (int)event->process->pid, pages_of(left.pages).at);
}

void rule_lock_lost_in_child(struct audit *audit, const struct audit_event *event)
{
	struct inherited *inherited;

	if (event->kind == EVENT_FORK) {
		begin(audit, event);
		return;
	}
	inherited = event_memory(event, RULE_lock_lost_in_child, sizeof(*inherited));
	if (copy_follow(event, RULE_lock_lost_in_child, &inherited->copy) &&
	    event->record->process.event == PROCESS_EXIT && !inherited->copy.leaves)
		end(audit, event, inherited);
}
