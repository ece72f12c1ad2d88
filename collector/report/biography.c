#include "biography.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../vm/world.h"
#include "change.h"
#include "decode.h"
#include "elsewhere.h"
#include "frame.h"
#include "held.h"
#include "pagestate.h"
#include "resident.h"
#include "statement.h"
#include "touch.h"

#define FRAMES_SHOWN 4

/* What one record did to the page: the state before its first and after its last delta there. */
struct hit {
	bool any;
	bool was_mapped, is_mapped;
	struct vma was, is;
};

struct biography {
	struct biography_asked asked;
	uint64_t page, page_bytes;
	struct world *world;
	const struct survey_process **line;	/* the process and its ancestors by fork, eldest first */
	size_t ancestors;
	struct hit hit;				/* of the record being applied */
	struct elsewhere elsewhere;		/* the same */
	uint64_t *lock;				/* the lock requests that held when the page was last locked */
	size_t locks;
	uint64_t seq;				/* of the last record that has one */
	uint64_t doubt;				/* the last call that spoke of the page and never returned */
	uint64_t told;
	struct held held;			/* what holds the page at the end */
	struct who who;
	struct jout json;
};

/* A child made by fork has its parent's past; a new program has none. */
static void find_ancestors(struct biography *story)
{
	const struct survey_process *at = story->asked.process;
	size_t count = 0;

	for (; at; count++)
		at = at->forked ? survey_find_at(story->asked.survey, at->ppid, at->first_seq - 1) : NULL;
	story->line = alloc_zero(count, sizeof(*story->line));
	story->ancestors = count;
	for (at = story->asked.process; count; count--) {
		story->line[count - 1] = at;
		if (at->forked)
			at = survey_find_at(story->asked.survey, at->ppid, at->first_seq - 1);
	}
}

/* Whose address space the story is about when record @seq is applied. */
static const struct survey_process *holder(const struct biography *story, uint64_t seq)
{
	size_t i = story->ancestors - 1;

	while (i && story->line[i]->first_seq > seq)
		i--;
	return story->line[i];
}

static void add_heading(struct biography *story)
{
	const struct biography_asked *asked = &story->asked;
	struct text line = { 0 };

	statement_print(asked->view, &asked->survey->coverage, "");
	view_begin(asked->view, &line, TONE_STRONG);
	text_printf(&line, "page 0x%llx", (unsigned long long)story->page);
	view_end(asked->view, &line, TONE_STRONG);
	text_printf(&line, " of process %d", asked->process->pid);
	if (asked->process->exe) {
		text_put(&line, "  ");
		text_safe(&line, asked->process->exe);
	}
	text_printf(&line, "  up to #%llu", (unsigned long long)asked->when->seq);
	if (asked->when->kind != WHEN_SEQ) {
		text_put(&line, " (");
		text_safe(&line, asked->when->text);
		text_put(&line, ")");
	}
	view_line(asked->view, &line, 4);
	view_line(asked->view, &line, 0);
	text_free(&line);
}

struct biography *biography_new(const struct biography_asked *asked)
{
	struct biography *story = alloc_zero(1, sizeof(*story));

	story->asked = *asked;
	story->page_bytes = asked->survey->page_bytes;
	story->page = asked->addr & ~(story->page_bytes - 1);
	story->world = world_new();
	story->json.out = asked->view->out;
	find_ancestors(story);
	if (!asked->json) {
		add_heading(story);
		return story;
	}
	jout_object(&story->json, NULL);
	jout_signed(&story->json, "pid", asked->process->pid);
	jout_hex(&story->json, "page", story->page);
	jout_number(&story->json, "at", asked->when->seq);
	statement_json(&story->json, &asked->survey->coverage);
	jout_array(&story->json, "events");
	return story;
}

static void note_delta(void *arg, const struct delta *delta)
{
	struct biography *story = arg;
	struct hit *hit = &story->hit;

	elsewhere_delta(&story->elsewhere, delta);
	if (delta->end <= story->page || delta->start > story->page)
		return;
	if (!hit->any) {
		hit->was_mapped = delta->before;
		if (delta->before)
			hit->was = *delta->before;
	}
	hit->any = true;
	hit->is_mapped = delta->after;
	if (delta->after)
		hit->is = *delta->after;
}

static const struct vma *page_of(const struct biography *story, int32_t pid)
{
	const struct process *process = world_process(story->world, pid);

	return process ? space_find(process->space, story->page) : NULL;
}

/* Threads of the process act on its address space, and so do vfork and CLONE_VM children until they exec. */
static bool is_ours(const struct biography *story, const struct record *record)
{
	const struct survey_process *held = holder(story, story->seq);
	const struct process *acts = world_process(story->world, record->pid);
	const struct process *owns = world_process(story->world, held->pid);

	return record->pid == held->pid || (acts && owns && acts->space == owns->space);
}

/* exec gives the process another address space, exit ends it: nothing in it changes, so no delta tells. */
static void note_before(struct biography *story, const struct record *record)
{
	const struct process *acts = world_process(story->world, record->pid);
	const struct vma *vma;

	story->elsewhere = (struct elsewhere){ .process = world_process(story->world, holder(story, story->seq)->pid),
					       .page = story->page, .acts = record->pid ? acts : NULL };
	if (record->type == RECORD_PROCESS && acts && !acts->exited &&
	    (record->process.event == PROCESS_EXIT || record->process.event == PROCESS_EXEC))
		elsewhere_end(&story->elsewhere);
	if (record->type != RECORD_PROCESS || record->process.event != PROCESS_EXEC)
		return;
	vma = page_of(story, record->pid);
	if (vma)
		story->hit = (struct hit){ .any = true, .was_mapped = true, .was = *vma };
}

static void add_hit(struct text *effect, const struct hit *hit)
{
	change_text(effect, hit->was_mapped ? &hit->was : NULL, hit->is_mapped ? &hit->is : NULL);
}

static bool is_lock_call(const struct record *record)
{
	enum call_effect effect = call_table[record->call.call].effect;

	return effect == EFFECT_LOCK || effect == EFFECT_LOCKALL;
}

/* What else holds the page of @vma, a mapping of @process; @shown: as for sharing_new(). */
static struct held held_now(const struct biography *story, const struct process *process, const struct process *shown,
			    const struct vma *vma)
{
	struct vma page = vma_clip(vma, story->page, story->page + story->page_bytes);
	struct sharing *sharing = sharing_new(story->world, shown, &page);
	struct held held = { 0 };

	held_find(&held, story->world, sharing, process, &page);
	sharing_free(sharing);
	return held;
}

/* The state of the page that had a lock until this record, or had it in the parent; NULL: it had none. */
static const struct vma *lock_lost(const struct biography *story, const struct record *record)
{
	bool process = record->type == RECORD_PROCESS;
	const struct vma *vma = page_of(story, record->pid), *parent;

	if (process && record->process.event == PROCESS_FORK) {
		parent = page_of(story, record->process.ppid);
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
	const struct process *process = world_process(story->world, holder(story, record->seq)->pid);
	const struct vma *vma = lock_lost(story, record);
	struct held held = { 0 };

	if (vma)
		held = held_now(story, process, process->exited ? NULL : process, vma);
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
	const struct vma *vma = page_of(story, holder(story, record->seq)->pid);

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

/* What mincore answered. */
static void add_resident(struct text *effect, enum resident resident)
{
	if (resident != RESIDENT_UNKNOWN)
		text_put(effect, resident == RESIDENT_YES ? ": it is" : ": it is not");
}

/* A sample looks into the page tables of one process: others, and the page cache, can have the page all the same. */
static bool sample_effect(const struct biography *story, const struct record *record, struct text *effect)
{
	const struct vma *vma = page_of(story, record->pid);
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
		change_none(effect, record, page_of(story, holder(story, record->seq)->pid));
	add_resident(effect, resident_page(record, story->page_bytes, story->page));
	return true;
}

/* The child has what the parent had, without its locks; the parent's pages did not change. */
static void fork_effect(const struct biography *story, const struct record *record, struct text *effect, bool *changed)
{
	const struct vma *parent = page_of(story, record->process.ppid), *child = page_of(story, record->pid);

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
	vma = page_of(story, record->pid);
	if (vma && record->pid == holder(story, record->seq)->pid)
		text_put(effect,
			 vma->lock == VMA_UNLOCKED ? "ends with the process" : "ends with the process, still locked");
	return effect->length > 0;
}

static void print_entry(struct biography *story, const struct record *record, const struct text *effect, bool changed)
{
	const struct view *view = story->asked.view;
	struct text line = { 0 };

	view_begin(view, &line, TONE_DIM);
	if (record->seq)
		text_printf(&line, "#%llu  ", (unsigned long long)record->seq);
	else
		text_printf(&line, "after #%llu  ", (unsigned long long)story->seq);
	text_seconds(&line, record->t_ns);
	text_printf(&line, record->tid ? "  %d/%d  " : "  %d  ", record->pid, record->tid);
	view_end(view, &line, TONE_DIM);
	if (record->type == RECORD_CALL)
		decode_call(view, &line, record, survey_replaced(story->asked.survey, record));
	else
		decode_event(view, &line, record);
	view_line(view, &line, 8);
	text_put(&line, "        ");
	view_tone(view, &line, changed ? TONE_STRONG : TONE_DIM, text_read(effect));
	view_line(view, &line, 8);
	if (record->type == RECORD_CALL)
		frame_lines(view, story->asked.symbols, record->call.stack, 8,
			    story->asked.all_frames ? 0 : FRAMES_SHOWN);
	text_free(&line);
}

static void json_entry(struct biography *story, const struct record *record, const struct text *effect, bool changed)
{
	struct jout *json = &story->json;
	static const struct view plain;
	struct text words = { 0 };

	jout_line(json);
	jout_object(json, NULL);
	jout_number(json, record->seq ? "seq" : "after", story->seq);
	jout_signed(json, "pid", record->pid);
	if (record->tid)
		jout_signed(json, "tid", record->tid);
	jout_number(json, "t", record->t_ns);
	jout_string(json, "effect", text_read(effect));
	jout_bool(json, "changed", changed);
	if (story->elsewhere.any && !changed)
		jout_hex(json, "elsewhere", story->elsewhere.addr);
	if (record->type == RECORD_CALL) {
		decode_json(json, record, survey_replaced(story->asked.survey, record));
		frame_stack_json(json, story->asked.symbols, record->call.stack);
	} else {
		decode_event(&plain, &words, record);
		jout_string(json, "text", text_read(&words));
	}
	jout_end(json);
	text_free(&words);
}

static bool is_wanted(const struct biography *story, const struct record *record)
{
	struct record at = *record;

	at.seq = story->seq;	/* of a sample, too, which has none of its own */
	if (record->type != RECORD_CALL)
		return filter_event(story->asked.filter, &at);
	return filter_call(story->asked.filter, record, story->page_bytes, story->asked.symbols);
}

/* What was done through another mapping concerns the memory, not the page: the entry says where. */
static void add_elsewhere(struct biography *story, const struct record *record)
{
	struct text effect = { 0 };

	elsewhere_text(&effect, &story->elsewhere);
	if (effect.length && is_wanted(story, record))
		(story->asked.json ? json_entry : print_entry)(story, record, &effect, false);
	text_free(&effect);
}

void biography_add(struct biography *story, const struct record *record)
{
	struct text effect = { 0 };
	bool changed = false, concerned = false;

	if (record->seq)
		story->seq = record->seq;
	story->hit = (struct hit){ 0 };
	note_before(story, record);
	world_apply(story->world, record, note_delta, story);
	if (record->seq && is_ours(story, record)) {
		concerned = record->type == RECORD_CALL ? call_effect(story, record, &effect, &changed)
							: event_effect(story, record, &effect, &changed);
		story->told += concerned;
		if (concerned) {
			note_locks(story, record, &effect);
			add_kept(story, record, &effect);
		}
		if (concerned && is_wanted(story, record))
			(story->asked.json ? json_entry : print_entry)(story, record, &effect, changed);
	}
	else if (record->type == RECORD_RESIDENCY && is_ours(story, record) &&
		 sample_effect(story, record, &effect) && is_wanted(story, record))
		(story->asked.json ? json_entry : print_entry)(story, record, &effect, false);
	if (record->seq && !concerned)
		add_elsewhere(story, record);
	text_free(&effect);
}

struct who *biography_close(struct biography *story)
{
	const struct process *process = world_process(story->world, story->asked.process->pid);
	const struct vma *vma = process ? space_find(process->space, story->page) : NULL;

	if (!vma)
		return NULL;
	story->held = held_now(story, process, process, vma);
	held_origins(&story->held, &story->who);
	return held_any(&story->held) ? &story->who : NULL;
}

void biography_end(struct biography *story)
{
	const struct process *process = world_process(story->world, story->asked.process->pid);
	const struct pagestate state = { .process = process, .page = story->page, .page_bytes = story->page_bytes,
					 .doubt = story->doubt, .told = story->told, .held = &story->held,
					 .who = &story->who };

	if (!process)
		return;
	if (!story->asked.json) {
		pagestate_print(story->asked.view, &state);
		return;
	}
	jout_line(&story->json);
	jout_end(&story->json);
	pagestate_json(&story->json, &state);
	jout_end(&story->json);
	jout_line(&story->json);
}

void biography_free(struct biography *story)
{
	world_free(story->world);
	held_free(&story->held);
	who_free(&story->who);
	free(story->line);
	free(story->lock);
	free(story);
}
