/*
 * biography_effect.c - what one record did to the page, in words.
 */
#include "biography_state.h"

#include "../util/alloc.h"
#include "../vm/touch.h"
#include "change.h"
#include "decode.h"
#include "resident.h"

static void add_hit(struct text *effect, const struct hit *hit)
{
	change_text(effect, hit->was_mapped ? &hit->was : NULL, hit->is_mapped ? &hit->is : NULL);
}

/* ---- locks ---- */

static bool is_lock_call(const struct record *record)
{
	enum call_effect effect = call_table[record->call.call].effect;

	return effect == EFFECT_LOCK || effect == EFFECT_LOCKALL;
}

/* The state of the page that had a lock until this record, or had it in the parent; NULL: it had none. */
static const struct vma *lock_lost(const struct biography *story, const struct record *record)
{
	bool process = record->type == RECORD_PROCESS;
	const struct vma *vma = biography_page(story, record->pid), *parent;

	if (process && record->process.event == PROCESS_FORK) {
		parent = biography_page(story, record->process.ppid);
		return vma && parent && vma->lock == VMA_UNLOCKED && parent->lock != VMA_UNLOCKED ? vma : NULL;
	}
	if (process && record->process.event == PROCESS_EXIT)
		return vma && vma->lock != VMA_UNLOCKED ? vma : NULL;
	if (!story->hit.was_mapped || story->hit.was.lock == VMA_UNLOCKED)
		return NULL;
	return story->hit.is_mapped && story->hit.is.lock != VMA_UNLOCKED ? NULL : &story->hit.was;
}

/* The lock of one mapping ended: other mappings of the same memory can still have theirs. */
static void add_kept(const struct biography *story, const struct record *record, struct text *effect)
{
	const struct process *process = world_process(story->world, biography_holder(story, record->seq)->pid);
	const struct vma *vma = lock_lost(story, record);
	struct held held = { 0 };

	if (vma)
		held = biography_held(story, process, process->exited ? NULL : process, vma);
	if (held_any(&held)) {
		text_put(effect, "; the memory stays locked ");
		held_words(effect, &held, process);
	}
	held_free(&held);
}

/* One munlock ends every lock there was: whoever asked for the others is told here. */
static void add_released(struct biography *story, struct text *effect)
{
	for (size_t i = 0; i < story->locks && story->locks > 1; i++)
		text_printf(effect, "%s#%llu",
			    i ? (i + 1 < story->locks ? ", " : " and ") : ": one unlock ends the locks of ",
			    (unsigned long long)story->lock[i]);
}

static void note_locks(struct biography *story, const struct record *record, struct text *effect)
{
	const struct vma *vma = biography_page(story, biography_holder(story, record->seq)->pid);

	if (record->type == RECORD_CALL && !(record->call.has & HAS_RET))
		story->doubt = record->seq;
	if (!vma || vma->lock == VMA_UNLOCKED) {
		if (vma)
			add_released(story, effect);
		story->locks = 0;
	} else if (record->type == RECORD_CALL && is_lock_call(record) && !decode_failed(record) &&
		   record->call.has & HAS_RET) {
		story->lock = alloc_resize(story->lock, story->locks + 1, sizeof(*story->lock));
		story->lock[story->locks++] = record->seq;
	}
}

/* ---- in memory ---- */

/* What mincore answered. */
static void add_resident(struct text *effect, enum resident resident)
{
	if (resident != RESIDENT_UNKNOWN)
		text_put(effect, resident == RESIDENT_YES ? ": it is" : ": it is not");
}

/* A sample looks into the page tables of one process: others, and the page cache, can have the page all the same. */
bool biography_sample(const struct biography *story, const struct record *record, struct text *effect)
{
	const struct vma *vma = biography_page(story, record->pid);
	static const char *const words[] = { [RESIDENT_NO] = "not in memory",
					     [RESIDENT_YES] = "in memory",
					     [RESIDENT_SWAPPED] = "swapped out" };
	enum resident resident = resident_page(record, story->page_bytes, story->page);

	if (!vma || !vma_is_sampled(vma) || resident == RESIDENT_UNKNOWN)
		return false;
	text_put(effect, words[resident]);
	if (resident == RESIDENT_NO && (vma->shared || vma->path))
		text_put(effect, " by this process's page tables: the page cache may have it");
	return true;
}

/* ---- calls and events ---- */

/* Return: the call concerned the page; *effect says how. */
static bool call_effect(const struct biography *story, const struct record *record, struct text *effect, bool *changed)
{
	add_hit(effect, &story->hit);
	*changed = effect->length > 0;
	if (*changed && decode_failed(record))
		text_put(effect, ", although the call failed");
	if (!*changed && !touch_hits(record, story->page_bytes, story->page, story->page + 1))
		return false;
	if (!*changed)
		change_none(effect, record, biography_page(story, biography_holder(story, record->seq)->pid));
	add_resident(effect, resident_page(record, story->page_bytes, story->page));
	return true;
}

/* The child has what the parent had, without its locks; the parent's pages did not change. */
static void fork_effect(const struct biography *story, const struct record *record, struct text *effect, bool *changed)
{
	const struct vma *parent = biography_page(story, record->process.ppid), *child = biography_page(story, record->pid);

	*changed = true;
	if (!parent)
		return;
	text_put(effect, "copied from the parent: ");
	if (!child)
		text_put(effect, "-> not mapped here (dontfork)");
	else if (change_is_real(parent, child))
		change_text(effect, parent, child);
	else
		text_put(effect, "the same state");
	if (child && parent->lock != VMA_UNLOCKED && child->lock == VMA_UNLOCKED)
		text_put(effect, ": locks are not inherited");
}

static bool event_effect(const struct biography *story, const struct record *record, struct text *effect, bool *changed)
{
	const struct vma *vma;

	if (record->type == RECORD_PROCESS && record->process.event == PROCESS_FORK)
		fork_effect(story, record, effect, changed);
	else
		add_hit(effect, &story->hit);
	*changed = effect->length > 0;
	if (record->type != RECORD_PROCESS || record->process.event != PROCESS_EXIT || *changed)
		return *changed;
	vma = biography_page(story, record->pid);
	if (vma && record->pid == biography_holder(story, record->seq)->pid)
		text_put(effect,
			 vma->lock == VMA_UNLOCKED ? "ends with the process" : "ends with the process, still locked");
	return effect->length > 0;
}

bool biography_effect(struct biography *story, const struct record *record, struct text *effect, bool *changed)
{
	bool concerned = (record->type == RECORD_CALL ? call_effect : event_effect)(story, record, effect, changed);

	if (concerned) {
		note_locks(story, record, effect);
		add_kept(story, record, effect);
	}
	return concerned;
}
