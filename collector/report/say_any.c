/* say_any.c - reasons that many calls have in common. */
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

/* What the pages before the hole have become. */
static void say_kept(struct text *text, const struct told *told, uint64_t before)
{
	if (!before) {
		text_put(text, ", the first page of the range. Nothing changed.");
		return;
	}
	text_put(text, ", and there the call stops. The ");
	say_pages(text, before);
	text_put(text, " before it ");
	switch (effect_of(told)) {
	case EFFECT_LOCK:
		text_printf(text, "%s the lock and keep%s it, without having been made resident: that is done last. The "
			    "program that takes this for 'nothing locked' leaves %s behind.", before == 1 ? "has" : "have",
			    before == 1 ? "s" : "", before == 1 ? "a lock" : "locks");
		break;
	case EFFECT_UNLOCK:
		text_printf(text, "%s unlocked; what lies behind it is as it was.", before == 1 ? "is" : "are");
		break;
	case EFFECT_PROTECT:
		text_printf(text, "%s the new protection; what lies behind it is as it was.",
			    before == 1 ? "has" : "have");
		break;
	default:
		text_put(text, "were looked at.");
	}
}

void say_hole(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "Nothing is mapped at ");
	say_address(text, cause->at);
	say_kept(text, told, told_before(told, cause->at));
}

void say_map_count(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "A mapping that only part of the range covers has to be cut in two, and the process may have as many "
		       "mappings as vm.max_map_count allows (");
	text_count(text, cause->limit);
	text_put(text, " unless it was set; the log does not tell). By this log it has ");
	text_count(text, cause->held);
	text_put(text, ".");
}

void say_memory(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_put(text, "The kernel could not get the memory it needed, or a memory control group's limit was reached.");
	if (effect_of(told) == EFFECT_LOCK)
		text_put(text, " That happens while the pages are made resident: every page has its lock by then, and keeps it.");
}

void say_interrupted(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "A signal that ends the process came while the call waited for the lock of the address space, or brought pages in.");
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
	text_put(text, "Nothing in the log explains it: a seccomp filter or a security module may have refused the call.");
}

void say_policy(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Nothing in the log explains it: a security module may have refused the call, such as SELinux's execmem.");
}
