#include "strip.h"

#define LINE_PAGES 64
#define NARROW_PAGES 32
#define WIDE_ENOUGH 90	/* columns: address, offset and 64 pages */

char strip_char(const struct row *row)
{
	const struct vma *vma = &row->vma;
	bool exec = vma->prot & PROT_BIT_EXEC;

	if (vma->lock != VMA_UNLOCKED)
		return vma->lock == VMA_LOCKED ? '*' : 'o';
	if (exec && (vma->prot & PROT_BIT_WRITE))
		return '!';
	if (row->is_held)
		return '+';
	return exec ? 'x' : vma->prot ? '.' : '-';
}

void strip_legend(const struct view *view)
{
	struct text line = { 0 };

	view_tone(view, &line, TONE_DIM,
		  "one character a page:  * locked   o locked on fault   and without a lock of its own:");
	view_line(view, &line, 2);
	view_tone(view, &line, TONE_DIM,
		  "  . readable or writable   x executable   ! writable and executable   - no access");
	view_line(view, &line, 2);
	view_tone(view, &line, TONE_DIM, "  + locked through another mapping of the same memory");
	view_line(view, &line, 2);
	view_line(view, &line, 0);
	text_free(&line);
}

/* One strip being drawn: rows [from, to), which follow each other without a gap. */
struct strip {
	const struct view *view;
	const struct rows *rows;
	size_t from, to;
	uint64_t page, start, end;
	uint64_t per_line;
};

/* The row that holds @addr.  Drawing goes upwards, so the search starts at the last answer. */
static size_t row_at(const struct strip *strip, size_t row, uint64_t addr)
{
	while (row + 1 < strip->to && strip->rows->row[row].vma.end <= addr)
		row++;
	return row;
}

static enum tone tone_of(char c)
{
	return c == '*' || c == 'o' || c == '+' ? TONE_GOOD : c == '!' ? TONE_BAD : TONE_PLAIN;
}

static void add_pages(const struct strip *strip, struct text *line, size_t row, uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end;) {
		const struct row *drawn = &strip->rows->row[row = row_at(strip, row, at)];
		uint64_t stop = drawn->vma.end < end ? drawn->vma.end : end;
		char c = strip_char(drawn);

		view_begin(strip->view, line, tone_of(c));
		for (; at < stop; at += strip->page)
			text_printf(line, "%c", c);
		view_end(strip->view, line, tone_of(c));
	}
}

/* Where the run of pages that look like the one at @at ends. */
static uint64_t alike_until(const struct strip *strip, size_t row, uint64_t at)
{
	char c = strip_char(&strip->rows->row[row_at(strip, row, at)]);

	for (row = row_at(strip, row, at); row < strip->to && strip_char(&strip->rows->row[row]) == c; row++)
		at = strip->rows->row[row].vma.end;
	return at;
}

static void print_line(const struct strip *strip, size_t row, uint64_t start, uint64_t end)
{
	struct text line = { 0 };
	size_t from;

	text_put(&line, "  ");
	if (strip->end - strip->start > strip->per_line * strip->page) {
		view_begin(strip->view, &line, TONE_DIM);
		text_printf(&line, "0x%012llx ", (unsigned long long)start);
		from = line.length;
		text_printf(&line, "+%llu", (unsigned long long)((start - strip->start) / strip->page));
		text_pad(&line, from, 8);
		text_put(&line, " ");
		view_end(strip->view, &line, TONE_DIM);
	}
	add_pages(strip, &line, row, start, end);
	fprintf(strip->view->out, "%s\n", text_read(&line));
	text_free(&line);
}

static void print_fold(const struct strip *strip, uint64_t pages)
{
	struct text line = { 0 };

	text_put(&line, "  ... ");
	text_count(&line, pages);
	text_put(&line, " pages alike");
	view_line(strip->view, &line, 2);
	text_free(&line);
}

/* Whole lines that repeat the one just drawn: at least two, or nothing is saved. */
static uint64_t fold_from(const struct strip *strip, size_t row, uint64_t start)
{
	uint64_t line = strip->per_line * strip->page, alike = alike_until(strip, row, start);
	uint64_t lines = (alike - start) / line;

	return lines > 2 ? (lines - 1) * line : 0;
}

static void draw(const struct strip *strip)
{
	uint64_t line = strip->per_line * strip->page, at = strip->start, fold;
	size_t row = strip->from;

	while (at < strip->end) {
		uint64_t end = strip->end - at > line ? at + line : strip->end;

		row = row_at(strip, row, at);
		print_line(strip, row, at, end);
		fold = fold_from(strip, row, at);
		if (fold)
			print_fold(strip, fold / strip->page);
		at = end + fold;
	}
}

static uint64_t locked_pages(const struct strip *strip)
{
	uint64_t pages = 0;

	for (size_t i = strip->from; i < strip->to; i++)
		if (strip->rows->row[i].vma.lock != VMA_UNLOCKED && strip->rows->row[i].vma.kind != KIND_TRACER)
			pages += (strip->rows->row[i].vma.end - strip->rows->row[i].vma.start) / strip->page;
	return pages;
}

static void print_title(const struct strip *strip, struct who *who)
{
	const struct row *first = &strip->rows->row[strip->from];
	uint64_t locked = locked_pages(strip);
	struct text line = { 0 };

	text_printf(&line, "0x%llx-0x%llx  ", (unsigned long long)strip->start, (unsigned long long)strip->end);
	text_count(&line, (strip->end - strip->start) / strip->page);
	text_put(&line, strip->end - strip->start > strip->page ? " pages" : " page");
	if (locked) {
		text_put(&line, ", ");
		view_begin(strip->view, &line, TONE_GOOD);
		text_count(&line, locked);
		text_put(&line, " locked");
		view_end(strip->view, &line, TONE_GOOD);
	}
	text_printf(&line, "  %s %s  ", first->vma.shared ? "shared" : "private", vma_kind_name(first->vma.kind));
	if (first->path) {
		view_path(strip->view, &line, first->path, 40);
		text_put(&line, "  ");
	}
	who_text(strip->view, &line, who, first->vma.by.map);
	view_line(strip->view, &line, 4);
	text_free(&line);
}

void strip_print(const struct view *view, const struct rows *rows, struct who *who, uint64_t page_bytes, bool locked)
{
	struct strip strip = { .view = view, .rows = rows, .page = page_bytes };

	strip.per_line = !view->width || view->width >= WIDE_ENOUGH ? LINE_PAGES : NARROW_PAGES;
	for (strip.from = 0; strip.from < rows->count; strip.from = strip.to) {
		strip.to = strip.from + 1;
		while (strip.to < rows->count &&
		       rows_same_mapping(&rows->row[strip.to - 1].vma, &rows->row[strip.to].vma))
			strip.to++;
		strip.start = rows->row[strip.from].vma.start;
		strip.end = rows->row[strip.to - 1].vma.end;
		if (locked && !locked_pages(&strip))
			continue;
		print_title(&strip, who);
		draw(&strip);
	}
}
