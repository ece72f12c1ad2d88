#include "biography.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "biography_state.h"
#include "pagestate.h"

/* ---- whose page ---- */

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

const struct survey_process *biography_holder(const struct biography *story, uint64_t seq)
{
	size_t i = story->ancestors - 1;

	while (i && story->line[i]->first_seq > seq)
		i--;
	return story->line[i];
}

const struct vma *biography_page(const struct biography *story, int32_t pid)
{
	const struct process *process = world_process(story->world, pid);

	return process ? space_find(process->space, story->page) : NULL;
}

/* Threads of the process act on its address space, and so do vfork and CLONE_VM children until they exec. */
static bool is_ours(const struct biography *story, const struct record *record)
{
	const struct survey_process *held = biography_holder(story, story->seq);
	const struct process *acts = world_process(story->world, record->pid);
	const struct process *owns = world_process(story->world, held->pid);

	return record->pid == held->pid || (acts && owns && acts->space == owns->space);
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
	biography_heading(story);
	return story;
}

/* ---- the next record ---- */

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

/* exec gives the process another address space, exit ends it: nothing in it changes, so no delta tells. */
static void note_before(struct biography *story, const struct record *record)
{
	const struct process *acts = world_process(story->world, record->pid);
	const struct vma *vma;

	story->elsewhere = (struct elsewhere){
		.process = world_process(story->world, biography_holder(story, story->seq)->pid),
		.page = story->page,
		.acts = record->pid ? acts : NULL,
	};
	elsewhere_before(&story->elsewhere, story->world);
	if (record->type == RECORD_PROCESS && acts && !acts->exited &&
	    (record->process.event == PROCESS_EXIT || record->process.event == PROCESS_EXEC))
		elsewhere_end(&story->elsewhere);
	if (record->type != RECORD_PROCESS || record->process.event != PROCESS_EXEC)
		return;
	vma = biography_page(story, record->pid);
	if (vma)
		story->hit = (struct hit){ .any = true, .was_mapped = true, .was = *vma };
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
		biography_entry(story, record, &effect, false);
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
	elsewhere_after(&story->elsewhere, story->world);
	if (record->seq && is_ours(story, record))
		concerned = biography_effect(story, record, &effect, &changed);
	else if (record->type == RECORD_RESIDENCY && is_ours(story, record))
		concerned = biography_sample(story, record, &effect);
	story->told += concerned && record->seq;
	if (concerned && is_wanted(story, record))
		biography_entry(story, record, &effect, changed);
	if (record->seq && !concerned)
		add_elsewhere(story, record);
	text_free(&effect);
}

/* ---- the end ---- */

struct held biography_held(const struct biography *story, const struct process *process, const struct process *shown,
			    const struct vma *vma)
{
	struct vma page = vma_clip(vma, story->page, story->page + story->page_bytes);
	struct sharing *sharing = sharing_new(story->world, shown, &page);
	struct held held = { 0 };

	held_find(&held, story->world, sharing, process, &page);
	sharing_free(sharing);
	return held;
}

struct who *biography_close(struct biography *story)
{
	const struct process *process = world_process(story->world, story->asked.process->pid);
	const struct vma *vma = process ? space_find(process->space, story->page) : NULL;

	if (!vma)
		return NULL;
	story->held = biography_held(story, process, process, vma);
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
