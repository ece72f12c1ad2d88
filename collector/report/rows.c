#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../vm/range.h"
#include "change.h"

static struct row *add(struct rows *rows, const struct vma *vma, const char *path)
{
	rows->row = alloc_room(rows->row, rows->count, &rows->room, sizeof(*rows->row));
	rows->row[rows->count] = (struct row){ .vma = *vma, .path = path };
	return &rows->row[rows->count++];
}

static bool has_object(const struct vma *vma)
{
	return vma->ino != 0;
}

static struct vma clip(const struct vma *vma, uint64_t start, uint64_t end)
{
	struct vma part = *vma;

	if (part.start < start) {
		part.offset += has_object(vma) ? start - part.start : 0;
		part.start = start;
	}
	if (part.end > end)
		part.end = end;
	return part;
}

void rows_collect(struct rows *rows, const struct space *space, const struct rows_wanted *wanted, uint64_t page_bytes)
{
	uint64_t start = wanted->start & ~(page_bytes - 1);
	uint64_t end = wanted->end ? (wanted->end + page_bytes - 1) & ~(page_bytes - 1) : UINT64_MAX;

	if (end < start)	/* rounding up passed the last page */
		end = UINT64_MAX;
	for (const struct vma *vma = space_next(space, start); vma && vma->start < end;
	     vma = space_next(space, vma->end)) {
		struct vma part = clip(vma, start, end);

		if (wanted->locked && (vma->lock == VMA_UNLOCKED || vma->kind == KIND_TRACER))
			continue;
		add(rows, &part, space_path(space, vma->path));
	}
}

uint64_t rows_set_by(const struct vma *vma)
{
	if (vma->lock != VMA_UNLOCKED && vma->by.lock)
		return vma->by.lock;
	return vma->by.prot > vma->by.map ? vma->by.prot : vma->by.map;
}

bool rows_hold(struct rows *rows, const struct world *world, const struct process *process)
{
	struct sharing *sharing = sharing_new(world, process, NULL);
	bool any = false;

	for (size_t i = 0; i < rows->count; i++) {
		held_find(&rows->row[i].held, world, sharing, process, &rows->row[i].vma);
		any |= held_any(&rows->row[i].held);
	}
	sharing_free(sharing);
	return any;
}

/* Runs overlap, but begin in ascending order. */
static void cut(struct rows *pieces, const struct row *row)
{
	const struct held *held = &row->held;
	uint64_t at = row->vma.start, end = row->vma.end;
	size_t next = 0;

	while (at < end) {
		uint64_t stop = held->segment ? end : at;
		struct vma piece;
		bool is_held;

		for (; next < held->count && held->run[next].here <= stop; next++)
			stop = max_u64(stop, held->run[next].here + (held->run[next].end - held->run[next].start));
		is_held = stop > at;
		if (!is_held)
			stop = next < held->count ? held->run[next].here : end;
		piece = clip(&row->vma, at, stop);
		add(pieces, &piece, row->path)->is_held = is_held;
		at = stop;
	}
}

void rows_cut(struct rows *rows)
{
	struct rows pieces = { 0 };

	for (size_t i = 0; i < rows->count; i++)
		cut(&pieces, &rows->row[i]);
	rows_free(rows);
	*rows = pieces;
}

void rows_origins(const struct rows *rows, struct who *who)
{
	for (size_t i = 0; i < rows->count; i++) {
		who_want(who, rows_set_by(&rows->row[i].vma));
		who_want(who, rows->row[i].vma.by.map);
		held_origins(&rows->row[i].held, who);
	}
}

void rows_keep(struct rows *rows, struct who *who)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct who_entry *entry = who_find(who, rows_set_by(&rows->row[i].vma));

		if (entry && entry->wanted)
			rows->row[kept++] = rows->row[i];
		else
			held_free(&rows->row[i].held);
	}
	rows->count = kept;
}

static bool same_object(const struct vma *a, const struct vma *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->path == b->path && a->kind == b->kind &&
	       a->shared == b->shared;
}

bool rows_same_mapping(const struct vma *a, const struct vma *b)
{
	if (a->end != b->start || !same_object(a, b))
		return false;
	if (has_object(a) && a->kind == KIND_FILE)
		return true;
	return a->by.map == b->by.map;
}

static bool looks_same(const struct vma *a, const struct vma *b)
{
	return rows_same_mapping(a, b) && a->by.map == b->by.map && a->prot == b->prot && a->lock == b->lock &&
	       a->advice == b->advice && rows_set_by(a) == rows_set_by(b) &&
	       (!has_object(a) || a->offset + (a->end - a->start) == b->offset);
}

void rows_merge(struct rows *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++) {
		if (kept && looks_same(&rows->row[kept - 1].vma, &rows->row[i].vma))
			rows->row[kept - 1].vma.end = rows->row[i].vma.end;
		else
			rows->row[kept++] = rows->row[i];
	}
	rows->count = kept;
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		held_free(&rows->row[i].held);
	free(rows->row);
	*rows = (struct rows){ 0 };
}

/* ---- as text ---- */

#define ADDRESS_COLUMNS 14	/* 0x and 12 digits */
#define NARROW 112		/* fewer have no room for a range, a path and a place in the source */
#define PATH_COLUMNS 24		/* on a terminal: /libgcrypt.so.20.4.1 and its like */
#define NARROW_PATH_COLUMNS 22

static void add_path(const struct view *view, struct text *text, const struct rows_columns *columns, const char *path)
{
	if (path)
		view_path(view, text, path, columns->narrow ? NARROW_PATH_COLUMNS : PATH_COLUMNS);
	else if (!columns->narrow)
		text_put(text, "-");
}

static void widen(size_t *column, struct text *cell)
{
	size_t width = text_width(text_read(cell));

	if (width > *column)
		*column = width;
	text_clear(cell);
}

struct rows_columns rows_columns(const struct view *view, const struct rows *rows)
{
	struct rows_columns columns = { .size = 4, .lock = 4, .kind = 4, .path = 4 };
	struct text cell = { 0 };

	columns.narrow = view->width > 0 && view->width < NARROW;
	columns.range = columns.narrow ? ADDRESS_COLUMNS : 2 * ADDRESS_COLUMNS + 1;

	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];

		text_size(&cell, row->vma.end - row->vma.start);
		widen(&columns.size, &cell);
		text_put(&cell, row->vma.lock == VMA_UNLOCKED ? "-" : vma_lock_name(row->vma.lock));
		widen(&columns.lock, &cell);
		change_advice(&cell, &row->vma, ",");
		widen(&columns.advice, &cell);
		text_put(&cell, vma_kind_name(row->vma.kind));
		widen(&columns.kind, &cell);
		add_path(view, &cell, &columns, row->path);
		widen(&columns.path, &cell);
	}
	text_free(&cell);
	if (columns.advice < strlen("ADVICE"))
		columns.advice = columns.narrow && columns.advice < 2 ? 0 : strlen("ADVICE");
	return columns;
}

static void add_left(struct text *text, const char *cell, size_t width)
{
	size_t from = text->length;

	text_put(text, cell);
	text_pad(text, from, width);
	text_put(text, "  ");
}

void rows_head(const struct view *view, const struct rows_columns *columns, const char *margin)
{
	struct text line = { 0 };

	view_begin(view, &line, TONE_DIM);
	text_put(&line, margin);
	add_left(&line, columns->narrow ? "START" : "RANGE", columns->range);
	text_printf(&line, "%*s  PERM  ", (int)columns->size, "SIZE");
	add_left(&line, "LOCK", columns->lock);
	if (columns->advice)
		add_left(&line, "ADVICE", columns->advice);
	add_left(&line, "KIND", columns->kind);
	if (columns->narrow)
		text_put(&line, "PATH  ");
	else
		add_left(&line, "PATH", columns->path);
	text_put(&line, "SET BY");
	view_end(view, &line, TONE_DIM);
	view_line(view, &line, 8);
	text_free(&line);
}

static void add_lock(const struct view *view, struct text *text, const struct rows_columns *columns,
		     const struct vma *vma)
{
	size_t from = text->length;

	if (vma->lock == VMA_UNLOCKED)
		text_put(text, "-");
	else
		view_tone(view, text, TONE_GOOD, vma_lock_name(vma->lock));
	text_pad(text, from, columns->lock);
	text_put(text, "  ");
}

static void add_range(struct text *text, const struct rows_columns *columns, const struct vma *vma)
{
	size_t from = text->length;

	text_printf(text, "0x%llx", (unsigned long long)vma->start);
	if (!columns->narrow)
		text_printf(text, "-0x%llx", (unsigned long long)vma->end);
	text_pad(text, from, columns->range);
	text_put(text, "  ");
}

static void add_object(const struct view *view, struct text *text, const struct rows_columns *columns, const char *path)
{
	size_t from = text->length;

	add_path(view, text, columns, path);
	if (!columns->narrow)
		text_pad(text, from, columns->path);
	if (path || !columns->narrow)
		text_put(text, "  ");
}

void rows_text(const struct view *view, struct text *text, const struct rows_columns *columns, const struct row *row)
{
	const struct vma *vma = &row->vma;
	bool wx = vma->prot & PROT_BIT_WRITE && vma->prot & PROT_BIT_EXEC;
	struct text cell = { 0 };
	char perms[5];

	add_range(text, columns, vma);
	text_size(&cell, vma->end - vma->start);
	text_printf(text, "%*s  ", (int)columns->size, text_read(&cell));
	text_clear(&cell);
	vma_perms(vma, perms);
	view_tone(view, text, wx ? TONE_BAD : TONE_PLAIN, perms);
	text_put(text, "  ");
	add_lock(view, text, columns, vma);
	change_advice(&cell, vma, ",");
	if (columns->advice)
		add_left(text, text_read(&cell), columns->advice);
	add_left(text, vma_kind_name(vma->kind), columns->kind);
	add_object(view, text, columns, row->path);
	text_free(&cell);
}

/* ---- as JSON ---- */

void rows_vma_json(struct jout *json, const struct vma *vma, const char *path)
{
	char perms[5];

	vma_perms(vma, perms);
	jout_hex(json, "start", vma->start);
	jout_hex(json, "end", vma->end);
	jout_string(json, "perms", perms);
	jout_string(json, "lock", vma_lock_name(vma->lock));
	jout_array(json, "advice");
	for (unsigned bit = 0; vma_advice_name(bit); bit++)
		if (vma->advice & 1u << bit)
			jout_string(json, NULL, vma_advice_name(bit));
	jout_end(json);
	jout_string(json, "kind", vma_kind_name(vma->kind));
	jout_string(json, "path", path);
	jout_number(json, "offset", vma->offset);
	jout_object(json, "set_by");
	jout_seq(json, "map", vma->by.map);
	jout_seq(json, "prot", vma->by.prot);
	jout_seq(json, "lock", vma->by.lock);
	jout_seq(json, "advice", vma->by.advice);
	jout_end(json);
}

void rows_json(struct jout *json, const struct rows *rows, struct who *who)
{
	jout_array(json, "ranges");
	for (size_t i = 0; i < rows->count; i++) {
		jout_line(json);
		jout_object(json, NULL);
		rows_vma_json(json, &rows->row[i].vma, rows->row[i].path);
		held_json(json, &rows->row[i].held, who);
		jout_end(json);
	}
	jout_line(json);
	jout_end(json);
}
