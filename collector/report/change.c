#include "change.h"

#include "../vm/touch.h"

/* "rw-": the fourth letter of maps is said as a word. */
static void add_perms(struct text *text, const struct vma *vma)
{
	char perms[5];

	vma_perms(vma, perms);
	text_printf(text, "%.3s", perms);
}

static void add_kind(struct text *text, const struct vma *vma)
{
	add_perms(text, vma);
	text_printf(text, " %s %s", vma->shared ? "shared" : "private", vma_kind_name(vma->kind));
}

void change_advice(struct text *text, const struct vma *vma, const char *separator)
{
	const char *before = "";

	for (unsigned bit = 0; vma_advice_name(bit); bit++) {
		if (!(vma->advice & 1u << bit))
			continue;
		text_printf(text, "%s%s", before, vma_advice_name(bit));
		before = separator;
	}
	if (!*before)
		text_put(text, "-");
}

static bool object_differs(const struct vma *a, const struct vma *b)
{
	return a->dev != b->dev || a->ino != b->ino || a->path != b->path || a->shared != b->shared ||
	       a->kind != b->kind;
}

bool change_is_real(const struct vma *before, const struct vma *after)
{
	if (!before || !after)
		return before != after;
	return object_differs(before, after) || before->by.map != after->by.map || before->prot != after->prot ||
	       before->lock != after->lock || before->advice != after->advice || before->flags != after->flags ||
	       before->ceiling != after->ceiling;
}

/* Text of several facts: each begins with this. */
static void next_fact(struct text *text, size_t from)
{
	if (text->length > from)
		text_put(text, ", ");
}

static const char *lock_word(unsigned lock)
{
	return lock == VMA_LOCKED ? "locked" : lock == VMA_LOCKED_ONFAULT ? "locked on fault" : "unlocked";
}

static void add_advice_change(struct text *text, size_t from, const struct vma *before, const struct vma *after)
{
	unsigned changed = before->advice ^ after->advice;

	for (unsigned bit = 0; vma_advice_name(bit); bit++) {
		if (!(changed & 1u << bit))
			continue;
		next_fact(text, from);
		text_printf(text, "-> %s%s", after->advice & 1u << bit ? "" : "no longer ", vma_advice_name(bit));
	}
}

static void add_flag_change(struct text *text, size_t from, const struct vma *before, const struct vma *after)
{
	unsigned gained = after->flags & ~before->flags, lost = before->flags & ~after->flags;

	if (gained & VMA_SEALED) {
		next_fact(text, from);
		text_put(text, "-> sealed");
	}
	if ((gained | lost) & VMA_GUARD) {
		next_fact(text, from);
		text_put(text, gained & VMA_GUARD ? "-> guard page" : "-> no longer a guard page");
	}
}

static void add_new(struct text *text, const struct vma *after)
{
	add_kind(text, after);
	if (after->lock != VMA_UNLOCKED)
		text_printf(text, ", %s", lock_word(after->lock));
	if (after->advice) {
		text_put(text, ", ");
		change_advice(text, after, ", ");
	}
}

static void add_difference(struct text *text, const struct vma *before, const struct vma *after)
{
	size_t from = text->length;

	if (before->lock != after->lock)
		text_printf(text, "-> %s", lock_word(after->lock));
	if (before->prot != after->prot) {
		next_fact(text, from);
		text_put(text, "-> ");
		add_perms(text, after);
		text_put(text, " (was ");
		add_perms(text, before);
		text_put(text, ")");
	}
	add_advice_change(text, from, before, after);
	add_flag_change(text, from, before, after);
	if (object_differs(before, after)) {
		next_fact(text, from);
		text_put(text, "-> ");
		add_kind(text, after);
	}
}

void change_text(struct text *text, const struct vma *before, const struct vma *after)
{
	if (!before && !after)
		return;
	if (!before) {
		text_put(text, "-> mapped ");
		add_new(text, after);
	} else if (!after) {
		text_put(text, before->lock == VMA_UNLOCKED ? "-> unmapped" : "-> unmapped, and its lock ended");
	} else if (before->by.map != after->by.map) {
		text_put(text, before->lock == VMA_UNLOCKED ? "-> replaced: " : "-> replaced, and its lock ended: ");
		add_new(text, after);
	} else {
		add_difference(text, before, after);
	}
}

static void none_advice(struct text *text, const struct record *record, const struct vma *vma)
{
	const struct record_call *call = &record->call;
	uint64_t advice = call->arg[2];

	switch (call->call == CALL_posix_madvise && advice == 4 ? UINT64_MAX : advice) {
	case 4:
	case 24:
		text_put(text, !vma->ino && !vma->shared
				       ? "contents dropped: the next touch reads zeros"
				       : "dropped from the page table: the next touch reads the object");
		break;
	case 8:
		text_put(text, "contents may be dropped at any time until it is written again");
		break;
	case 9:
		text_put(text, "contents removed from the object");
		break;
	case 3:
	case 22:
	case 23:
		text_put(text, "asked to be brought in: residency is no state of the model");
		break;
	case 12:
		text_put(text, vma->advice & ADVICE_MERGEABLE ? "already so: nothing changed"
							      : "cannot be merged: passed over in silence");
		break;
	case UINT64_MAX:
		text_put(text, "nothing: the C library ignores POSIX_MADV_DONTNEED");
		break;
	default:
		text_put(text, touch_sets_state(record) ? "already so: nothing changed" : "no lasting state");
	}
}

static void none_done(struct text *text, const struct record *record, const struct vma *vma)
{
	switch (call_table[record->call.call].effect) {
	case EFFECT_LOCK:
	case EFFECT_LOCKALL:
		text_put(text, vma->lock == VMA_UNLOCKED ? "not lockable: nothing changed"
							 : "already locked: no second lock, locks do not nest");
		break;
	case EFFECT_UNLOCK:
	case EFFECT_UNLOCKALL:
		text_put(text, vma->lock == VMA_UNLOCKED ? "was not locked: nothing to release"
							 : "stays locked: this kind of mapping cannot be unlocked");
		break;
	case EFFECT_PROTECT:
		text_put(text, "already ");
		add_perms(text, vma);
		text_put(text, ": nothing changed");
		break;
	case EFFECT_ADVISE:
		none_advice(text, record, vma);
		break;
	case EFFECT_RESIDENCY:
		text_put(text, "asked whether it is resident");
		break;
	case EFFECT_SYNC:
		text_put(text, "written back");
		break;
	case EFFECT_SEAL:
		text_put(text, "already sealed: nothing changed");
		break;
	case EFFECT_PRCTL:
		text_put(text, "given a name: names are no state of the model");
		break;
	default:
		text_put(text, "nothing changed here");
	}
}

void change_none(struct text *text, const struct record *record, const struct vma *vma)
{
	const struct record_call *call = &record->call;

	if (!(call->has & HAS_RET))
		text_put(text, "began and never returned: its effect is not known");
	else if (call->err)
		text_put(text, vma ? "failed: nothing changed here" : "failed: nothing is mapped here");
	else if (!vma)
		text_put(text, "nothing is mapped here");
	else
		none_done(text, record, vma);
}

void change_state(struct text *text, const struct vma *vma)
{
	if (!vma) {
		text_put(text, "not mapped");
		return;
	}
	add_kind(text, vma);
	text_printf(text, ", %s", vma->lock == VMA_UNLOCKED ? "NOT locked" : lock_word(vma->lock));
	if (vma->advice) {
		text_put(text, ", ");
		change_advice(text, vma, ", ");
	}
	if (vma->flags & VMA_SEALED)
		text_put(text, ", sealed");
	if (vma->flags & VMA_GUARD)
		text_put(text, ", guard page");
}
