#include "held.h"

#include <stdlib.h>

#include "../util/alloc.h"

#define LINES_SHOWN 4

static void add(void *arg, const struct holding *holding)
{
	struct held *held = arg;

	held->run = alloc_room(held->run, held->count, &held->room, sizeof(*held->run));
	held->run[held->count++] = *holding;
}

void held_find(struct held *held, const struct world *world, const struct sharing *sharing,
	       const struct process *process, const struct vma *vma)
{
	sharing_each(sharing, process, vma, add, held);
	held->segment = world_segment_lock(world, vma);
}

bool held_any(const struct held *held)
{
	return held->count || held->segment;
}

void held_origins(const struct held *held, struct who *who)
{
	for (size_t i = 0; i < held->count; i++)
		who_want(who, held->run[i].set_by);
	if (held->segment)
		who_want(who, held->segment->seq);
}

void held_free(struct held *held)
{
	free(held->run);
	*held = (struct held){ 0 };
}

/* ---- in words ---- */

/* A page whose own lock went, a page that never had one, and a page that has one. */
static const char *lock_words(const struct vma *vma)
{
	if (vma->lock != VMA_UNLOCKED)
		return "also locked";
	return vma->by.lock ? "still locked" : "locked";
}

static void add_place(struct text *text, const struct holding *run, const struct process *process)
{
	if (run->lock == VMA_LOCKED_ONFAULT)
		text_put(text, "on fault ");
	if (run->process == process)
		text_put(text, "through its own mapping");
	else
		text_printf(text, "through process %d", run->process->pid);
	text_printf(text, " at 0x%llx", (unsigned long long)run->start);
}

static void add_part(struct text *text, const struct holding *run, const struct vma *vma)
{
	uint64_t end = run->here + (run->end - run->start);

	if (run->here > vma->start || end < vma->end)
		text_printf(text, "0x%llx-0x%llx ", (unsigned long long)run->here, (unsigned long long)end);
}

static void print_run(const struct view *view, const struct holding *run, const struct process *process,
		      const struct vma *vma, struct who *who, const char *margin)
{
	struct text line = { 0 };

	text_put(&line, margin);
	add_part(&line, run, vma);
	view_tone(view, &line, TONE_GOOD, lock_words(vma));
	text_put(&line, " ");
	add_place(&line, run, process);
	text_put(&line, "  ");
	who_text(view, &line, who, run->set_by);
	view_line(view, &line, 8);
	text_free(&line);
}

static void print_segment(const struct view *view, const struct held *held, const struct vma *vma, struct who *who,
			  const char *margin)
{
	struct text line = { 0 };

	text_put(&line, margin);
	view_tone(view, &line, TONE_GOOD, lock_words(vma));
	text_printf(&line, " with its segment %llu, by process %d  ", (unsigned long long)vma->ino, held->segment->pid);
	who_text(view, &line, who, held->segment->seq);
	view_line(view, &line, 8);
	text_free(&line);
}

void held_lines(const struct view *view, const struct held *held, const struct process *process,
		const struct vma *vma, struct who *who, const char *margin)
{
	size_t shown = held->count > LINES_SHOWN + 1 ? LINES_SHOWN : held->count;

	if (held->segment)
		print_segment(view, held, vma, who, margin);
	for (size_t i = 0; i < shown; i++)
		print_run(view, &held->run[i], process, vma, who, margin);
	if (shown < held->count)
		fprintf(view->out, "%s... and through %zu other mappings (--json)\n", margin, held->count - shown);
}

void held_words(struct text *text, const struct held *held, const struct process *process)
{
	size_t others = held->segment ? held->count : held->count - 1;

	if (held->segment)
		text_printf(text, "with its segment (#%llu)", (unsigned long long)held->segment->seq);
	else
		add_place(text, &held->run[0], process);
	if (!held->segment && held->run[0].set_by)
		text_printf(text, " (#%llu)", (unsigned long long)held->run[0].set_by);
	if (others)
		text_printf(text, " and %zu other mapping%s", others, others == 1 ? "" : "s");
}

/* ---- as JSON ---- */

static void add_origin(struct jout *json, struct who *who, uint64_t seq)
{
	const struct who_entry *entry = who_find(who, seq);

	jout_seq(json, "seq", seq);
	if (!entry || !entry->seen)
		return;
	jout_string(json, "call", entry->what);
	jout_string(json, "site", *entry->where ? entry->where : NULL);
}

static void run_json(struct jout *json, const struct holding *run, struct who *who)
{
	jout_object(json, NULL);
	jout_signed(json, "pid", run->process->pid);
	jout_hex(json, "start", run->start);
	jout_hex(json, "end", run->end);
	jout_hex(json, "here", run->here);
	jout_string(json, "lock", vma_lock_name(run->lock));
	add_origin(json, who, run->set_by);
	jout_end(json);
}

void held_json(struct jout *json, const struct held *held, struct who *who)
{
	if (held->segment) {
		jout_object(json, "segment_lock");
		jout_signed(json, "pid", held->segment->pid);
		add_origin(json, who, held->segment->seq);
		jout_end(json);
	}
	if (!held->count)
		return;
	jout_array(json, "held_by");
	for (size_t i = 0; i < held->count; i++)
		run_json(json, &held->run[i], who);
	jout_end(json);
}
