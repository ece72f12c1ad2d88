/* say_any.c - reasons that many calls have in common. */
#include "change.h"
#include "told.h"

static enum call_effect effect_of(const struct told *told)
{
	return call_table[told->record->call.call].effect;
}

void say_unaligned(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "The address ");
	say_address(text, cause->at);
	text_printf(text, " is not a multiple of the page size, %llu.", (unsigned long long)told->page_bytes);
}

void say_wraps(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "The range begins at ");
	say_address(text, cause->at);
	text_put(text, " and ends beyond the last address there is: address and length make more than 64 bits.");
}

void say_zero_length(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	if (told->record->call.arg[1])
		text_put(text, "The length rounds up to 2 to the power of 64, which is 0.");
	else
		text_printf(text, "The length is 0, which %s does not take.", call_table[told->record->call.call].name);
}

void say_beyond(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "The range begins at ");
	say_address(text, cause->at);
	text_put(text, " and ends beyond the addresses a process can have (0x7ffffffff000). Nothing changed.");
}

/* ---- walks over the pages of a range ---- */

/* What the pages before the one that stopped the call have become. */
void say_kept(struct text *text, const struct told *told, uint64_t before)
{
	const char *has = before == 1 ? "has" : "have", *is = before == 1 ? "is" : "are";

	if (!before) {
		text_put(text, ". That is the first page of the range: nothing changed.");
		return;
	}
	text_put(text, ". There the call stops. The ");
	say_pages(text, before);
	text_put(text, " before it ");
	switch (effect_of(told)) {
	case EFFECT_LOCK:
		text_printf(text,
			    "%s the lock and keep%s it, without having been made resident: that is done last. The "
			    "program that takes this for 'nothing locked' leaves %s behind.",
			    has, before == 1 ? "s" : "", before == 1 ? "a lock" : "locks");
		break;
	case EFFECT_UNLOCK:
		text_printf(text, "%s unlocked; what lies behind it is as it was.", is);
		break;
	case EFFECT_PROTECT:
		text_printf(text, "%s the protection asked for; what lies behind it is as it was.", has);
		break;
	case EFFECT_ADVISE:
		text_printf(text, "%s taken the advice; what lies behind it has not.", has);
		break;
	default:
		text_put(text, before == 1 ? "was looked at." : "were looked at.");
	}
}

static void say_no_hole_allowed(struct text *text, enum call_effect effect)
{
	switch (effect) {
	case EFFECT_ADVISE:
		text_put(text, ". madvise passes over holes and says so in the end: every page of the range that is "
			       "mapped, before and behind, has taken the advice.");
		break;
	case EFFECT_SYNC:
		text_put(text, ". msync passes over holes and says so in the end: what is mapped was written back.");
		break;
	default:
		text_put(text, ". The call does all or nothing: nothing changed.");
	}
}

void say_hole(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "Nothing is mapped at ");
	say_address(text, cause->at);
	if (cause->stops)
		say_kept(text, told, told_before(told, cause->at));
	else
		say_no_hole_allowed(text, effect_of(told));
	if (!cause->sure)
		text_put(text, " The stack below which it lies may have grown that far; no log shows that.");
}

/* "0x7f1000000000 (r-- shared file /opt/x) is ..." */
void say_mapping(struct text *text, const struct told *told, const struct why_cause *cause)
{
	say_address(text, cause->at);
	if (!cause->vma.end)
		return;
	text_put(text, " (");
	change_state(text, &cause->vma);
	if (space_path(told->space, cause->vma.path)) {
		text_put(text, ", ");
		text_safe(text, space_path(told->space, cause->vma.path));
	}
	text_put(text, ")");
}

void say_sealed(struct text *text, const struct told *told, const struct why_cause *cause)
{
	say_mapping(text, told, cause);
	text_put(text, " is sealed with mseal");
	switch (effect_of(told)) {
	case EFFECT_PROTECT:
		text_put(text, ", so that its protection cannot be changed, not even to what it is");
		break;
	case EFFECT_ADVISE:
		text_put(text, " and cannot be written to, so that advice that discards its contents is refused");
		break;
	case EFFECT_REMAP:
		text_put(text, ": it cannot be moved nor resized. Nothing changed.");
		return;
	default:
		text_put(text, ": it can neither be unmapped nor replaced. Nothing changed.");
		return;
	}
	say_kept(text, told, told_before(told, cause->at));
}

void say_unsplittable(struct text *text, const struct told *told, const struct why_cause *cause)
{
	say_mapping(text, told, cause);
	text_put(text, cause->vma.flags & VMA_HUGETLB ? " consists of huge pages, and the range ends inside one of them"
						      : " belongs to the kernel and cannot be cut in two");
	if (cause->stops)
		say_kept(text, told, told_before(told, cause->at));
	else
		text_put(text, ". Nothing changed.");
}

void say_map_count(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "A mapping that only part of the range covers has to be cut in two, and the process may have as "
		       "many mappings as vm.max_map_count allows (");
	text_count(text, cause->limit);
	text_put(text, " as far as the log knows). By this log it has ");
	text_count(text, cause->held);
	text_put(text, "; the kernel can have more, as it need not join neighbours that are alike.");
}

void say_memory(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_put(text, "The kernel could not get the memory it needed, or a memory control group's limit was reached.");
	if (effect_of(told) == EFFECT_LOCK)
		text_put(text, " That happens while the pages are made resident: every page has its lock by then, and "
			       "keeps it.");
}

void say_interrupted(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "A signal that ends the process came while the call waited for the lock of the address space, "
		       "or brought pages in.");
}

void say_no_call(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_printf(text, "This kernel does not have %s, or a seccomp filter says so.",
		    call_table[told->record->call.call].name);
}

void say_filter(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Nothing in the log explains it: a seccomp filter or a security module may have refused the "
		       "call.");
}

void say_policy(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Nothing in the log explains it: a security module may have refused the call, such as SELinux's "
		       "execmem.");
}
