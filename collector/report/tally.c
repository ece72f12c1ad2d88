#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../vm/touch.h"
#include "change.h"
#include "decode.h"
#include "frame.h"
#include "statement.h"

struct tally_error {
	int err;
	uint64_t count;
};

struct tally_row {
	enum call_id call;
	char *place;			/* NULL in the table by call */
	uint64_t calls, failed, unfinished, timed, noops, pages, changed, total_ns, max_ns;
	struct tally_error *error;
	size_t errors;
};

struct tally {
	struct tally_row by_call[CALL_COUNT];
	struct tally_row **slot;	/* places: open addressing, a power of two, at most half full */
	size_t slots, places;
};

struct tally *tally_new(void)
{
	struct tally *tally = alloc_zero(1, sizeof(*tally));

	for (int i = 0; i < CALL_COUNT; i++)
		tally->by_call[i].call = (enum call_id)i;
	tally->slots = 256;
	tally->slot = alloc_zero(tally->slots, sizeof(*tally->slot));
	return tally;
}

void tally_free(struct tally *tally)
{
	for (size_t i = 0; i < tally->slots; i++) {
		if (!tally->slot[i])
			continue;
		free(tally->slot[i]->place);
		free(tally->slot[i]->error);
		free(tally->slot[i]);
	}
	for (int i = 0; i < CALL_COUNT; i++)
		free(tally->by_call[i].error);
	free(tally->slot);
	free(tally);
}

void tally_change_add(struct tally_change *change, const struct delta *delta)
{
	if (change_is_real(delta->before, delta->after))
		change->pages += (delta->end - delta->start) / change->page_bytes;
}

/* FNV-1a */
static uint64_t hash(enum call_id call, const char *place)
{
	uint64_t h = 0xcbf29ce484222325 ^ (uint64_t)call;

	for (; *place; place++)
		h = (h ^ (unsigned char)*place) * 0x100000001b3;
	return h ^ h >> 32;
}

static struct tally_row **find_slot(struct tally_row **slot, size_t slots, enum call_id call, const char *place)
{
	size_t i = hash(call, place) & (slots - 1);

	while (slot[i] && (slot[i]->call != call || strcmp(slot[i]->place, place)))
		i = (i + 1) & (slots - 1);
	return &slot[i];
}

static void grow(struct tally *tally)
{
	size_t slots = 2 * tally->slots;
	struct tally_row **slot = alloc_zero(slots, sizeof(*slot));

	for (size_t i = 0; i < tally->slots; i++)
		if (tally->slot[i])
			*find_slot(slot, slots, tally->slot[i]->call, tally->slot[i]->place) = tally->slot[i];
	free(tally->slot);
	tally->slot = slot;
	tally->slots = slots;
}

static struct tally_row *find_place(struct tally *tally, enum call_id call, const char *place)
{
	struct tally_row **slot = find_slot(tally->slot, tally->slots, call, place);

	if (*slot)
		return *slot;
	if (2 * ++tally->places > tally->slots) {
		grow(tally);
		slot = find_slot(tally->slot, tally->slots, call, place);
	}
	*slot = alloc_zero(1, sizeof(**slot));
	(*slot)->call = call;
	(*slot)->place = alloc_copy(place, strlen(place));
	return *slot;
}

static void count_error(struct tally_row *row, int err)
{
	for (size_t i = 0; i < row->errors; i++) {
		if (row->error[i].err != err)
			continue;
		row->error[i].count++;
		return;
	}
	row->error = alloc_resize(row->error, row->errors + 1, sizeof(*row->error));
	row->error[row->errors++] = (struct tally_error){ err, 1 };
}

static void count(struct tally_row *row, const struct record *record, const struct tally_change *change)
{
	bool done = record->call.has & HAS_RET;

	row->calls++;
	row->pages += touch_pages(record, change->page_bytes);
	row->changed += change->pages;
	row->unfinished += !done && !change->replaced;
	row->noops += done && !record->call.err && !change->pages && touch_sets_state(record);
	if (decode_failed(record)) {
		row->failed++;
		count_error(row, record->call.err);
	}
	if (!done)
		return;
	row->timed++;
	row->total_ns += record->call.dur_ns;
	if (record->call.dur_ns > row->max_ns)
		row->max_ns = record->call.dur_ns;
}

void tally_add(struct tally *tally, const struct record *record, const struct tally_change *change,
	       const struct symbol_frame *caller)
{
	struct text place = { 0 };

	frame_brief(&place, caller);
	count(&tally->by_call[record->call.call], record, change);
	count(find_place(tally, record->call.call, text_read(&place)), record, change);
	text_free(&place);
}

/* ---- showing ---- */

static int most_calls_first(const void *a, const void *b)
{
	const struct tally_row *x = *(struct tally_row *const *)a, *y = *(struct tally_row *const *)b;

	if (x->calls != y->calls)
		return x->calls < y->calls ? 1 : -1;
	if (x->call != y->call)
		return strcmp(call_table[x->call].name, call_table[y->call].name);
	return x->place && y->place ? strcmp(x->place, y->place) : 0;
}

/* The rows of a table that have something, sorted; the caller frees the array. */
static struct tally_row **sorted(struct tally *tally, bool places, size_t *count_out)
{
	size_t room = places ? tally->places : CALL_COUNT, n = 0;
	struct tally_row **row = alloc_zero(room, sizeof(*row));

	for (size_t i = 0; i < (places ? tally->slots : CALL_COUNT); i++) {
		struct tally_row *at = places ? tally->slot[i] : &tally->by_call[i];

		if (at && at->calls)
			row[n++] = at;
	}
	qsort(row, n, sizeof(*row), most_calls_first);
	*count_out = n;
	return row;
}

static void add_right(struct text *line, struct text *cell, size_t width)
{
	text_printf(line, "%*s", (int)width, text_read(cell));
	text_clear(cell);
}

static void add_count(struct text *line, uint64_t number, size_t width)
{
	struct text cell = { 0 };

	if (number)
		text_count(&cell, number);
	else
		text_put(&cell, "-");
	add_right(line, &cell, width);
	text_free(&cell);
}

static void add_time(struct text *line, bool timed, uint64_t ns, size_t width)
{
	struct text cell = { 0 };

	if (timed)
		text_duration(&cell, ns);
	else
		text_put(&cell, "-");
	add_right(line, &cell, width);
	text_free(&cell);
}

/* Columns wide enough for the sums, which no row exceeds. */
struct widths {
	size_t calls, failed, noops, pages;
};

#define TIME_COLUMNS 7

static size_t width_of(const char *title, uint64_t sum)
{
	struct text cell = { 0 };
	size_t width;

	text_count(&cell, sum);
	width = cell.length > strlen(title) ? cell.length : strlen(title);
	text_free(&cell);
	return width;
}

static struct widths widths_of(const struct tally_row *sum)
{
	return (struct widths){ width_of("CALLS", sum->calls), width_of("FAILED", sum->failed) + 2,
				width_of("NO-OP", sum->noops) + 2, width_of("PAGES", sum->pages) + 2 };
}

static size_t text_from(const struct widths *w)
{
	return w->calls + w->failed + w->noops + w->pages + 3 * TIME_COLUMNS + 2;
}

static void add_numbers(const struct view *view, struct text *line, const struct widths *w, const struct tally_row *row)
{
	add_count(line, row->calls, w->calls);
	view_begin(view, line, row->failed ? TONE_BAD : TONE_PLAIN);
	add_count(line, row->failed, w->failed);
	view_end(view, line, row->failed ? TONE_BAD : TONE_PLAIN);
	add_count(line, row->noops, w->noops);
	add_count(line, row->pages, w->pages);
	add_time(line, row->timed, row->total_ns, TIME_COLUMNS);
	add_time(line, row->timed, row->timed ? row->total_ns / row->timed : 0, TIME_COLUMNS);
	add_time(line, row->timed, row->max_ns, TIME_COLUMNS);
	text_put(line, "  ");
}

static void print_head(const struct view *view, const struct widths *w, const char *last)
{
	struct text line = { 0 };

	view_begin(view, &line, TONE_DIM);
	text_printf(&line, "%*s%*s%*s%*s%*s%*s%*s  %s", (int)w->calls, "CALLS", (int)w->failed, "FAILED", (int)w->noops,
		    "NO-OP", (int)w->pages, "PAGES", TIME_COLUMNS, "TOTAL", TIME_COLUMNS, "MEAN", TIME_COLUMNS, "MAX",
		    last);
	view_end(view, &line, TONE_DIM);
	view_line(view, &line, 0);
	text_free(&line);
}

static void add_errors(struct text *line, const struct tally_row *row)
{
	for (size_t i = 0; i < row->errors; i++)
		text_printf(line, "%s%s %llu", i ? ", " : "  ", decode_errno(row->error[i].err),
			    (unsigned long long)row->error[i].count);
	if (row->unfinished)
		text_printf(line, "%sunfinished %llu", row->errors ? ", " : "  ", (unsigned long long)row->unfinished);
}

static void add_total(struct tally_row *sum, const struct tally_row *row)
{
	sum->calls += row->calls;
	sum->failed += row->failed;
	sum->timed += row->timed;
	sum->noops += row->noops;
	sum->pages += row->pages;
	sum->total_ns += row->total_ns;
	if (row->max_ns > sum->max_ns)
		sum->max_ns = row->max_ns;
}

static struct tally_row sum_of(const struct tally *tally)
{
	struct tally_row sum = { 0 };

	for (int i = 0; i < CALL_COUNT; i++)
		add_total(&sum, &tally->by_call[i]);
	return sum;
}

static void print_row(const struct view *view, const struct widths *widths, const struct tally_row *row)
{
	struct text line = { 0 };

	add_numbers(view, &line, widths, row);
	view_tone(view, &line, TONE_STRONG, call_table[row->call].name);
	if (row->place)
		text_printf(&line, "  %s", *row->place ? row->place : "(no stack)");
	add_errors(&line, row);
	view_line(view, &line, text_from(widths) + 2);
	text_free(&line);
}

static void text_calls(const struct view *view, struct tally *tally, const struct widths *widths,
		       const struct tally_row *sum)
{
	struct text line = { 0 };
	size_t rows;
	struct tally_row **row = sorted(tally, false, &rows);

	print_head(view, widths, "CALL");
	for (size_t i = 0; i < rows; i++)
		print_row(view, widths, row[i]);
	add_numbers(view, &line, widths, sum);
	text_put(&line, "total");
	view_line(view, &line, 0);
	text_free(&line);
	free(row);
}

static void text_places(const struct view *view, struct tally *tally, const struct widths *widths, size_t top)
{
	struct text line = { 0 };
	size_t rows, shown;
	struct tally_row **row = sorted(tally, true, &rows);

	shown = top && rows > top ? top : rows;
	print_head(view, widths, "PLACE");
	for (size_t i = 0; i < shown; i++)
		print_row(view, widths, row[i]);
	if (shown < rows)
		text_printf(&line, "... %zu more places (--top 0 shows all)", rows - shown);
	if (line.length)
		view_line(view, &line, 4);
	text_free(&line);
	free(row);
}

void tally_text(const struct view *view, struct tally *tally, size_t top)
{
	struct tally_row sum = sum_of(tally);
	struct widths widths = widths_of(&sum);

	text_calls(view, tally, &widths, &sum);
	fputc('\n', view->out);
	text_places(view, tally, &widths, top);
}

static void row_json(struct jout *json, const struct tally_row *row)
{
	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "call", call_table[row->call].name);
	if (row->place)
		jout_string(json, "place", *row->place ? row->place : NULL);
	jout_number(json, "calls", row->calls);
	jout_number(json, "failed", row->failed);
	jout_object(json, "errors");
	for (size_t i = 0; i < row->errors; i++)
		jout_number(json, decode_errno(row->error[i].err), row->error[i].count);
	jout_end(json);
	jout_number(json, "unfinished", row->unfinished);
	jout_number(json, "noops", row->noops);
	jout_number(json, "pages", row->pages);
	jout_number(json, "pages_changed", row->changed);
	jout_number(json, "total_ns", row->total_ns);
	jout_number(json, "max_ns", row->max_ns);
	jout_end(json);
}

static void table_json(struct jout *json, const char *key, struct tally *tally, bool places, size_t top)
{
	size_t rows;
	struct tally_row **row = sorted(tally, places, &rows);

	jout_array(json, key);
	for (size_t i = 0; i < (top && rows > top ? top : rows); i++)
		row_json(json, row[i]);
	jout_line(json);
	jout_end(json);
	free(row);
}

void tally_json(const struct view *view, struct tally *tally, size_t top, const struct coverage *coverage)
{
	struct jout json = { .out = view->out };

	jout_object(&json, NULL);
	statement_json(&json, coverage);
	table_json(&json, "calls", tally, false, 0);
	table_json(&json, "places", tally, true, top);
	jout_end(&json);
	jout_line(&json);
}
