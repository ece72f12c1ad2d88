#include "pagestate.h"

#include "change.h"
#include "rows.h"

/* The VMAs on both sides of a page that is in none. */
static size_t find_neighbours(const struct space *space, uint64_t page, const struct vma *out[2])
{
	const struct vma *below = NULL, *vma;
	size_t count = 0;

	for (vma = space_next(space, 0); vma && vma->end <= page; vma = space_next(space, vma->end))
		below = vma;
	if (below)
		out[count++] = below;
	if (vma)
		out[count++] = vma;
	return count;
}

static void add_path(const struct view *view, struct text *line, const struct space *space, const struct vma *vma)
{
	const char *path = space_path(space, vma->path);

	if (!path)
		return;
	text_put(line, "  ");
	view_path(view, line, path, 40);
}

static void add_neighbour(struct text *line, const struct vma *vma, const struct pagestate *state)
{
	bool below = vma->end <= state->page;
	uint64_t bytes = below ? state->page - vma->end : vma->start - state->page - state->page_bytes;

	text_printf(line, "  %s", below ? "below" : "above");
	if (bytes) {
		text_put(line, " by ");
		text_bytes(line, bytes);
	}
	text_printf(line, ": 0x%llx-0x%llx  ", (unsigned long long)vma->start, (unsigned long long)vma->end);
	change_state(line, vma);
}

static void print_neighbours(const struct view *view, const struct space *space, const struct pagestate *state)
{
	const struct vma *vma[2];
	size_t count = find_neighbours(space, state->page, vma);
	struct text line = { 0 };

	for (size_t i = 0; i < count; i++) {
		add_neighbour(&line, vma[i], state);
		add_path(view, &line, space, vma[i]);
		view_line(view, &line, 8);
	}
	text_free(&line);
}

static void add_origin(struct text *line, const char *what, uint64_t seq)
{
	if (seq)
		text_printf(line, ", %s #%llu", what, (unsigned long long)seq);
}

static void add_origins(struct text *line, const struct vma_origin *by)
{
	if (by->map)
		text_printf(line, "  (mapped #%llu", (unsigned long long)by->map);
	else
		text_put(line, "  (nobody saw it being mapped");
	add_origin(line, "protection", by->prot);
	add_origin(line, "lock", by->lock);
	add_origin(line, "advice", by->advice);
	text_put(line, ")");
}

static void add_now(const struct view *view, struct text *line, const struct space *space, const struct vma *vma)
{
	enum tone tone = vma && vma->lock != VMA_UNLOCKED ? TONE_GOOD : TONE_STRONG;

	text_put(line, "now: ");
	view_begin(view, line, tone);
	change_state(line, vma);
	view_end(view, line, tone);
	if (!vma)
		return;
	add_path(view, line, space, vma);
	add_origins(line, &vma->by);
}

static void print_locks(const struct view *view, const struct vma *vma, const struct pagestate *state)
{
	struct vma page = vma_clip(vma, state->page, state->page + state->page_bytes);

	held_lines(view, state->held, state->process, &page, state->who, "     ");
}

void pagestate_print(const struct view *view, const struct pagestate *state)
{
	const struct space *space = state->process->space;
	const struct vma *vma = space_find(space, state->page);
	struct text line = { 0 };

	if (vma || state->told)
		add_now(view, &line, space, vma);
	else
		text_put(&line, "never mapped: no record of this log speaks of this page; the nearest are");
	if (state->doubt)
		text_printf(&line, "; not certain: #%llu never returned", (unsigned long long)state->doubt);
	if (state->told)
		fputc('\n', view->out);
	view_line(view, &line, 5);
	if (vma)
		print_locks(view, vma, state);
	else
		print_neighbours(view, space, state);
	text_free(&line);
}

static void neighbours_json(struct jout *json, const struct space *space, uint64_t page)
{
	const struct vma *vma[2];
	size_t count = find_neighbours(space, page, vma);

	jout_array(json, "nearest");
	for (size_t i = 0; i < count; i++) {
		jout_object(json, NULL);
		rows_vma_json(json, vma[i], space_path(space, vma[i]->path));
		jout_end(json);
	}
	jout_end(json);
}

void pagestate_json(struct jout *json, const struct pagestate *state)
{
	const struct space *space = state->process->space;
	const struct vma *vma = space_find(space, state->page);

	if (!vma) {
		jout_null(json, "now");
		neighbours_json(json, space, state->page);
		return;
	}
	jout_object(json, "now");
	rows_vma_json(json, vma, space_path(space, vma->path));
	held_json(json, state->held, state->who);
	jout_end(json);
}
