/* say_limit.c - an address space that would have grown beyond a limit. */
#include "told.h"

static enum call_effect effect_of(const struct told *told)
{
	return call_table[told->record->call.call].effect;
}

/* "70 pages mapped + 16 asked - 4 replaced = 82 > 80 pages allowed (64 MiB)" */
static void add_sum(struct text *text, const struct told *told, const struct why_cause *cause, const char *held)
{
	uint64_t sum = cause->held + cause->asked - cause->credited;

	say_pages(text, cause->held);
	text_printf(text, " %s + ", held);
	text_count(text, cause->asked);
	text_put(text, " asked");
	if (cause->credited) {
		text_put(text, " - ");
		text_count(text, cause->credited);
		text_put(text, " replaced");
	}
	text_put(text, " = ");
	text_count(text, sum);
	text_put(text, sum > cause->limit ? " > " : "; ");
	say_pages(text, cause->limit);
	text_put(text, " allowed (");
	text_bytes(text, cause->limit_bytes);
	text_put(text, ")");
	if (sum <= cause->limit)
		text_put(text, ". By this log it would fit; what the main stack has grown by is in no log");
	(void)told;
}

void say_as_limit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	if (cause->limit_bytes == UINT64_MAX) {
		text_put(text, "The address space may have reached RLIMIT_AS; the limit is not in the log.");
		return;
	}
	text_put(text, "The address space would exceed RLIMIT_AS: ");
	add_sum(text, told, cause, "mapped");
	text_put(text, ". Nothing changed.");
}

void say_data_limit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	if (cause->limit_bytes == UINT64_MAX) {
		text_put(text, "Private writable memory may have reached RLIMIT_DATA; the limit is not in the log.");
		return;
	}
	text_put(text, "Private writable memory would exceed RLIMIT_DATA: ");
	add_sum(text, told, cause, "so far");
	if (effect_of(told) == EFFECT_PROTECT)
		text_put(text, ". mprotect stops at the mapping that is too much; those before it have changed.");
	else
		text_put(text, ". Nothing changed.");
}

void say_commit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "The kernel may take ");
	text_bytes(text, cause->asked * told->page_bytes);
	text_put(text, " for more memory than there is (vm.overcommit_memory; how much there was is not in the log).");
}

/* What made the pages ones to be locked. */
static void add_cause(struct text *text, const struct told *told)
{
	const struct record_call *call = &told->record->call;

	switch (effect_of(told)) {
	case EFFECT_MAP:
		if (told->future_was)
			text_put(text,
				 "mlockall(MCL_FUTURE) is in force, so whatever is mapped has to be locked, PROT_NONE "
				 "included");
		else
			text_put(text,
				 call->arg[3] & 0x2000 ? "MAP_LOCKED asks for a lock" : "The pages would be locked");
		break;
	case EFFECT_REMAP:
		text_put(text, "The mapping is locked, so what it grows by has to be locked too");
		break;
	case EFFECT_BRK:
	case EFFECT_SBRK:
		text_put(text, "mlockall(MCL_FUTURE) is in force, so what the heap grows by has to be locked");
		break;
	default:
		text_put(text, told->future_was
				       ? "mlockall(MCL_FUTURE) is in force, so whatever is mapped has to be locked"
				       : "The pages that are replaced are locked, and the new ones have to be");
	}
}

void say_lock_future(struct text *text, const struct told *told, const struct why_cause *cause)
{
	add_cause(text, told);
	if (cause->limit == UINT64_MAX) {
		text_put(text, "; the limit on that is not in the log.");
		return;
	}
	text_put(text, ", and that would exceed RLIMIT_MEMLOCK: ");
	say_lock_sum(text, told, cause);
	text_put(text, ", and the process has no CAP_IPC_LOCK. ");
	if (effect_of(told) == EFFECT_MAP && told->runs.count)
		text_put(text, "Pages that would have been replaced are not taken off. ");
	text_put(text, "Nothing changed.");
	if (effect_of(told) == EFFECT_BRK || effect_of(told) == EFFECT_SBRK)
		text_put(text, " (ENOMEM is what the C library makes of whatever stops brk.)");
}
