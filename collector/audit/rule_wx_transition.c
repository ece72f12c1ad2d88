/*
 * rule_wx_transition.c - pages that can be executed after they could be written, never both at once.
 *
 * The set of pages holds, for what lost PROT_WRITE and is still mapped, the call that had made it writable.  Memory that
 * is mapped twice is both at once in another way: writable here, executable there.
 */
#include "rule.h"

#include "../vm/identity.h"

/* Objects that somewhere were mapped to be executed and shared: few, so that others need not be looked for. */
#define CODE_OBJECTS 16

struct memory {
	struct identity code[CODE_OBJECTS];
	unsigned count;		/* CODE_OBJECTS + 1: more than are remembered */
};

static bool can(const struct vma *vma, unsigned prot)
{
	return vma && (vma->prot & prot) && vma->kind != KIND_TRACER;
}

static bool same_mapping(const struct delta *delta)
{
	return delta->before && delta->after && delta->before->by.map == delta->after->by.map;
}

/* ---- one mapping, one after the other ---- */

static void say_switched(struct audit *audit, const struct audit_event *event, uint64_t writable)
{
	const struct delta *delta = event->delta;
	const struct audit_call about = event_call(audit, event);
	struct finding *finding = finding_new(audit, RULE_wx_transition, event, &about, 0);

	if (!finding)
		return;
	finding_pages(finding, delta->start, delta->end);
	finding_relate(finding, writable);
	finding_say(finding, "%s made %s executable that the program could write to before; at no time both.",
		    call_table[event->record->call.call].name, pages_of(finding->pages).at);
}

/* Return: the record that made some of these pages writable, 0: they never were. */
static uint64_t was_writable(const struct audit_event *event)
{
	const struct delta *delta = event->delta;
	const struct piece *piece;

	if (can(delta->before, PROT_BIT_WRITE))
		return delta->before->by.prot;
	piece = pieces_first(event_pages(event, RULE_wx_transition), delta->start, delta->end);
	return piece ? (uint64_t)(uintptr_t)piece->value : 0;
}

static void follow(struct audit *audit, const struct audit_event *event)
{
	struct pieces *pages = event_pages(event, RULE_wx_transition);
	const struct delta *delta = event->delta;

	if (!same_mapping(delta)) {
		if (pages->count)
			pieces_cut(pages, delta->start, delta->end, NULL, NULL);
		return;
	}
	if (can(delta->after, PROT_BIT_EXEC) && !can(delta->after, PROT_BIT_WRITE) &&
	    !can(delta->before, PROT_BIT_EXEC) && was_writable(event))
		say_switched(audit, event, was_writable(event));
	else if (can(delta->before, PROT_BIT_WRITE) && !can(delta->after, PROT_BIT_WRITE | PROT_BIT_EXEC))
		pieces_set(pages, delta->start, delta->end, (void *)(uintptr_t)delta->before->by.prot);
}

/* ---- one object, two mappings ---- */

/* Return: was the object mapped to be executed, as far as is remembered. */
static bool may_be_code(const struct memory *memory, const struct identity *object)
{
	for (unsigned i = 0; i < memory->count && i < CODE_OBJECTS; i++)
		if (!identity_compare(&memory->code[i], object))
			return true;
	return memory->count > CODE_OBJECTS;
}

static void remember_code(struct memory *memory, const struct identity *object)
{
	if (may_be_code(memory, object))
		return;
	if (memory->count < CODE_OBJECTS)
		memory->code[memory->count] = *object;
	memory->count++;
}

static bool same_memory(const struct space *space, const struct vma *vma, const struct identity *object,
			const struct vma *other)
{
	struct identity theirs;

	return vma->offset < other->offset + (other->end - other->start) &&
	       other->offset < vma->offset + (vma->end - vma->start) && identity_of(space, other, &theirs) &&
	       !identity_compare(object, &theirs);
}

/* Return: a mapping of the same pages with @prot in any process that lives, NULL: there is none. */
static const struct vma *elsewhere(const struct audit *audit, const struct vma *vma, const struct identity *object,
				   unsigned prot)
{
	const struct process *process;
	const struct vma *other;

	for (size_t i = 0; (process = world_each(audit_world(audit), i)); i++) {
		if (process->exited || !process->space)
			continue;
		for (other = space_next(process->space, 0); other; other = space_next(process->space, other->end))
			if (other->shared && can(other, prot) && same_memory(process->space, vma, object, other))
				return other;
	}
	return NULL;
}

static void say_twice(struct audit *audit, const struct audit_event *event, const struct vma *other, bool code_here)
{
	const struct delta *delta = event->delta;
	const struct audit_call about = event_call(audit, event);
	struct finding *finding = finding_new(audit, RULE_wx_transition, event, &about, 1);

	if (!finding)
		return;
	finding->severity = SEVERITY_WARNING;
	finding_pages(finding, delta->start, delta->end);
	finding_relate(finding, other->by.map);
	finding_say(finding, "%s made %s %s at 0x%llx while the same memory is %s at 0x%llx: whoever can write to the one "
		    "decides what runs in the other.", call_table[event->record->call.call].name,
		    pages_of(finding->pages).at, code_here ? "executable" : "writable", (unsigned long long)delta->start,
		    code_here ? "writable" : "executable", (unsigned long long)other->start);
}

static void look_elsewhere(struct audit *audit, const struct audit_event *event)
{
	struct memory *memory = audit_memory(audit, RULE_wx_transition, sizeof(*memory));
	const struct vma *after = event->delta->after, *other;
	const bool code = can(after, PROT_BIT_EXEC) && !can(after, PROT_BIT_WRITE);
	struct identity object;

	if (!after->shared || (same_mapping(event->delta) && event->delta->before->prot == after->prot) ||
	    !identity_of(event->space, after, &object))
		return;
	if (code)
		remember_code(memory, &object);
	if (code && (other = elsewhere(audit, after, &object, PROT_BIT_WRITE)))
		say_twice(audit, event, other, true);
	else if (!code && can(after, PROT_BIT_WRITE) && may_be_code(memory, &object) &&
		 (other = elsewhere(audit, after, &object, PROT_BIT_EXEC)))
		say_twice(audit, event, other, false);
}

void rule_wx_transition(struct audit *audit, const struct audit_event *event)
{
	follow(audit, event);
	if (event->delta->after && !call_is_librarys(event->record))
		look_elsewhere(audit, event);
}
