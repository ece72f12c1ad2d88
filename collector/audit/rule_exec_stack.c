/*
 * rule_exec_stack.c - a stack whose pages may be executed.
 *
 * The kernel makes it so at exec where PT_GNU_STACK asks for it or is missing (load_elf_binary(), fs/binfmt_elf.c), and
 * the loader by mprotect(PROT_GROWSDOWN) when a library asks for it (_dl_make_stack_executable(), glibc before 2.41).
 */
#include "rule.h"

static bool is_stack(const struct vma *vma)
{
	return vma->kind == KIND_STACK || (vma->flags & VMA_GROWSDOWN);
}

static bool is_news(const struct delta *delta)
{
	const struct vma *before = delta->before, *after = delta->after;

	return after && is_stack(after) && (after->prot & PROT_BIT_EXEC) && !(before && (before->prot & PROT_BIT_EXEC));
}

void rule_exec_stack(struct audit *audit, const struct audit_event *event)
{
	const bool listed = event->record->type == RECORD_SNAPSHOT;
	const struct delta *delta = event->delta;
	struct audit_call about;
	struct finding *finding;

	if (!is_news(delta))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_exec_stack, event, &about, 0);
	if (!finding)
		return;
	finding_pages(finding, delta->start, delta->end);
	if (listed)
		finding_say(finding, "The stack is %s: the kernel made it so when the program began, because the program asks for "
			    "it or does not say that it needs none.", prot_of(delta->after->prot).at);
	else
		finding_say(finding, "%s made %s of the stack %s.", call_table[event->record->call.call].name,
			    pages_of(finding->pages).at, prot_of(delta->after->prot).at);
}
