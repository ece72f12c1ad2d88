#include "mapdiff.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "change.h"

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool is_wx(const struct vma *vma)
{
	return vma->prot & PROT_BIT_WRITE && vma->prot & PROT_BIT_EXEC;
}

static bool same_path(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Paths are interned in each world for itself: their numbers cannot be compared across two worlds, their text can. */
static struct vma comparable(const struct row *row, const struct row *with)
{
	struct vma vma = row->vma;

	if (same_path(row->path, with->path))
		vma.path = with->vma.path;
	return vma;
}

static char mark_of(const struct row *was, const struct row *now)
{
	struct vma before;

	if (!now)
		return '-';
	if (!was)
		return is_wx(&now->vma) ? '!' : '+';
	before = comparable(was, now);
	if (!change_is_real(&before, &now->vma))
		return 0;
	if ((was->vma.lock != VMA_UNLOCKED && now->vma.lock == VMA_UNLOCKED) || (is_wx(&now->vma) && !is_wx(&was->vma)))
		return '!';
	return '~';
}

/* The newest record among those whose fact differs. */
static uint64_t changed_by(const struct vma *was, const struct vma *now)
{
	uint64_t newest = 0;

	if (was->by.map != now->by.map)
		return rows_set_by(now);
	if (was->prot != now->prot && now->by.prot > newest)
		newest = now->by.prot;
	if (was->advice != now->advice && now->by.advice > newest)
		newest = now->by.advice;
	if (was->lock != now->lock && now->by.lock > newest)
		newest = now->by.lock;
	return newest;
}

static uint64_t ended_by(uint64_t start, const struct mapdiff_end *ends, size_t count)
{
	uint64_t last = 0;

	for (size_t i = 0; i < count; i++)
		if (ends[i].start <= start && start < ends[i].end && ends[i].seq > last)
			last = ends[i].seq;
	return last;
}

static bool joins(const struct mapdiff_row *a, const struct mapdiff_row *b)
{
	const struct vma *now = &a->now.vma, *was = &a->was.vma;

	if (a->mark != b->mark || a->set_by != b->set_by || a->had != b->had || a->has != b->has)
		return false;
	if (a->has && (now->end != b->now.vma.start || change_is_real(now, &b->now.vma)))
		return false;
	return !a->had || (was->end == b->was.vma.start && !change_is_real(was, &b->was.vma));
}

static void add(struct mapdiff *diff, const struct mapdiff_row *row)
{
	struct mapdiff_row *last = diff->count ? &diff->row[diff->count - 1] : NULL;

	if (last && joins(last, row)) {
		last->was.vma.end = row->was.vma.end;
		last->now.vma.end = row->now.vma.end;
		return;
	}
	diff->row = alloc_room(diff->row, diff->count, &diff->room, sizeof(*diff->row));
	diff->row[diff->count++] = *row;
}

static struct row clip(const struct row *row, uint64_t start, uint64_t end)
{
	struct row part = *row;

	part.vma.offset += part.vma.ino ? start - part.vma.start : 0;
	part.vma.start = start;
	part.vma.end = end;
	return part;
}

/* The row that holds @at, or NULL; *stop becomes the next address where that may be different. */
static const struct row *row_at(const struct rows *rows, size_t *index, uint64_t at, uint64_t *stop)
{
	const struct row *row;

	while (*index < rows->count && rows->row[*index].vma.end <= at)
		(*index)++;
	if (*index == rows->count)
		return NULL;
	row = &rows->row[*index];
	*stop = least(*stop, row->vma.start > at ? row->vma.start : row->vma.end);
	return row->vma.start <= at ? row : NULL;
}

static void compare_at(struct mapdiff *diff, const struct row *was, const struct row *now, uint64_t start,
		       uint64_t stop, const struct mapdiff_end *ends, size_t end_count)
{
	struct mapdiff_row row = { .mark = mark_of(was, now), .had = was, .has = now };

	if (!row.mark)
		return;
	if (was)
		row.was = clip(was, start, stop);
	if (now)
		row.now = clip(now, start, stop);
	if (!now)
		row.set_by = ended_by(start, ends, end_count);
	else
		row.set_by = was ? changed_by(&was->vma, &now->vma) : rows_set_by(&now->vma);
	add(diff, &row);
}

void mapdiff_compare(struct mapdiff *diff, const struct rows *was, const struct rows *now,
		     const struct mapdiff_end *ends, size_t end_count)
{
	size_t i = 0, j = 0;
	uint64_t at = 0;

	for (;;) {
		uint64_t stop = UINT64_MAX;
		const struct row *before = row_at(was, &i, at, &stop), *after = row_at(now, &j, at, &stop);

		if (stop == UINT64_MAX)
			return;
		if (before || after)
			compare_at(diff, before, after, at, stop, ends, end_count);
		at = stop;
	}
}

void mapdiff_origins(const struct mapdiff *diff, struct who *who)
{
	for (size_t i = 0; i < diff->count; i++)
		who_want(who, diff->row[i].set_by);
}

static const struct row *shown(const struct mapdiff_row *row)
{
	return row->has ? &row->now : &row->was;
}

static enum tone tone_of(char mark)
{
	return mark == '!' ? TONE_BAD : mark == '+' ? TONE_GOOD : mark == '~' ? TONE_WARN : TONE_DIM;
}

/* "was rw-, locked": only what is different now. */
static void add_was(struct text *text, const struct mapdiff_row *row)
{
	const struct vma *was = &row->was.vma, *now = &row->now.vma;
	const char *before = "  was ";
	char perms[5];

	if (was->prot != now->prot) {
		vma_perms(was, perms);
		text_printf(text, "%s%s", before, perms);
		before = ", ";
	}
	if (was->lock != now->lock) {
		text_printf(text, "%s%s", before, was->lock == VMA_UNLOCKED ? "not locked" : vma_lock_name(was->lock));
		before = ", ";
	}
	if (was->advice != now->advice) {
		text_put(text, before);
		if (was->advice)
			change_advice(text, was, ",");
		else
			text_put(text, "without advice");
		before = ", ";
	}
	if (was->by.map != now->by.map)
		text_printf(text, "%sanother mapping", before);
}

void mapdiff_text(const struct view *view, const struct mapdiff *diff, struct who *who)
{
	struct rows all = { 0 };
	struct text line = { 0 };
	struct rows_columns columns;
	char mark[2] = "";

	all.row = alloc_zero(diff->count, sizeof(*all.row));
	for (size_t i = 0; i < diff->count; i++)
		all.row[all.count++] = *shown(&diff->row[i]);
	columns = rows_columns(view, &all);
	rows_head(view, &columns, "  ");
	for (size_t i = 0; i < diff->count; i++) {
		const struct mapdiff_row *row = &diff->row[i];

		mark[0] = row->mark;
		view_tone(view, &line, tone_of(row->mark), mark);
		text_put(&line, " ");
		rows_text(view, &line, &columns, shown(row));
		text_put(&line, row->has ? "" : "unmapped by ");
		who_text(view, &line, who, row->set_by);
		if (row->had && row->has)
			add_was(&line, row);
		else if (row->mark == '!')
			text_put(&line, "  was not mapped");
		view_line(view, &line, 8);
	}
	text_free(&line);
	rows_free(&all);
}

void mapdiff_json(struct jout *json, const struct mapdiff *diff)
{
	jout_array(json, "changes");
	for (size_t i = 0; i < diff->count; i++) {
		const struct mapdiff_row *row = &diff->row[i];
		const char mark[] = { row->mark, '\0' };

		jout_line(json);
		jout_object(json, NULL);
		jout_string(json, "change", mark);
		jout_seq(json, "by", row->set_by);
		rows_vma_json(json, &shown(row)->vma, shown(row)->path);
		if (row->had && row->has) {
			jout_object(json, "was");
			rows_vma_json(json, &row->was.vma, row->was.path);
			jout_end(json);
		}
		jout_end(json);
	}
	jout_line(json);
	jout_end(json);
}

void mapdiff_free(struct mapdiff *diff)
{
	free(diff->row);
	*diff = (struct mapdiff){ 0 };
}
