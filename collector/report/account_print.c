#include "account_print.h"

#include "decode.h"
#include "frame.h"
#include "statement.h"

#define LABEL	   9 /* columns of "changed  " */
#define RUNS_SHOWN 24

static void begin_line(const struct view *view, struct text *line, const char *label)
{
	view_begin(view, line, TONE_DIM);
	text_put(line, label);
	view_end(view, line, TONE_DIM);
	text_pad(line, 0, LABEL);
}

static void print_run(const struct view *view, const struct told *told, const struct account_lines *lines)
{
	uint64_t pages = (lines->run.end - lines->run.start) / told->page_bytes;
	struct text line = { 0 };

	text_pad(&line, 0, LABEL);
	say_address(&line, lines->run.start);
	text_put(&line, "-");
	say_address(&line, lines->run.end);
	text_put(&line, "  ");
	say_pages(&line, pages);
	text_put(&line, "  ");
	view_tone(view, &line, lines->run.changed ? TONE_STRONG : TONE_PLAIN, text_read(&lines->text));
	view_line(view, &line, LABEL + 2);
	text_free(&line);
}

static void print_runs(const struct view *view, const struct told *told)
{
	struct account_lines lines = {.runs = &told->runs};
	struct text line = { 0 };
	size_t shown = 0;

	for (; account_line(&lines, told); shown++)
		if (shown < RUNS_SHOWN)
			print_run(view, told, &lines);
	if (shown > RUNS_SHOWN) {
		text_pad(&line, 0, LABEL);
		text_printf(&line, "... %zu more ranges (--json has all)", shown - RUNS_SHOWN);
		view_line(view, &line, LABEL);
	}
	account_lines_end(&lines);
	text_free(&line);
}

/* A call that began and never returned. */
static bool is_open(const struct record *record)
{
	return record->type == RECORD_CALL && !(record->call.has & HAS_RET);
}

static void print_changed(const struct view *view, const struct told *told)
{
	uint64_t changed = runs_changed(&told->runs, told->page_bytes), pages = told_pages(told);
	bool everything = told->spans && told->span[0].end == UINT64_MAX;
	struct text line = { 0 };

	if (!told->runs.count && !told->spans)
		return;
	begin_line(view, &line, "changed");
	if (changed)
		say_pages(&line, changed);
	else
		text_put(&line, is_open(told->record) ? "not known" : "nothing");
	if (changed && !everything && changed < pages) {
		text_put(&line, " of ");
		text_count(&line, pages);
	}
	if (changed && told->why.err)
		text_put(&line, ", although the call failed");
	view_line(view, &line, LABEL);
	print_runs(view, told);
	text_free(&line);
}

/* ---- what was asked, and why ---- */

static void print_asked(const struct view *view, const struct told *told)
{
	struct text asked = { 0 }, line = { 0 };

	say_asked(&asked, told);
	if (asked.length) {
		begin_line(view, &line, "asked");
		text_put(&line, text_read(&asked));
		view_line(view, &line, LABEL);
	}
	text_free(&asked);
	text_free(&line);
}

static void print_covered(const struct view *view, const struct told *told)
{
	struct text line = { 0 };

	if (!told->spans && !told->why.ranged)
		return;
	begin_line(view, &line, "covered");
	if (!told->spans)
		text_put(&line, "no page");
	for (size_t i = 0; i < told->spans; i++) {
		const struct span *span = &told->span[i];

		text_put(&line, i ? ", " : "");
		if (span->end == UINT64_MAX) {
			text_put(&line, "the whole address space");
			continue;
		}
		say_pages(&line, (span->end - span->start) / told->page_bytes);
		text_put(&line, ", ");
		say_address(&line, span->start);
		text_put(&line, "-");
		say_address(&line, span->end);
	}
	view_line(view, &line, LABEL);
	text_free(&line);
}

static void print_points(const struct view *view, const struct points *points, const char *label)
{
	struct text line = { 0 };

	for (size_t i = 0; i < points->count; i++) {
		begin_line(view, &line, label);
		text_put(&line, text_read(&points->point[i].text));
		view_prose(view, &line, LABEL);
		text_pad(&line, 0, LABEL);
		text_printf(&line, "[%s]", points->point[i].source);
		view_line(view, &line, LABEL);
	}
	text_free(&line);
}

static void print_why(const struct account_asked *asked, const struct told *told, const struct points *why)
{
	struct text line = { 0 }, preface = { 0 };

	account_preface(&preface, asked, told);
	if (preface.length) {
		begin_line(asked->view, &line, "why");
		text_put(&line, text_read(&preface));
		view_prose(asked->view, &line, LABEL);
	}
	print_points(asked->view, why, preface.length ? "" : "why");
	text_free(&preface);
	text_free(&line);
}

static void print_head(const struct account_asked *asked, const struct told *told)
{
	const struct record *record = told->record;
	const struct view *view = asked->view;
	struct text line = { 0 };

	statement_print(view, &asked->survey->coverage, "");
	view_begin(view, &line, TONE_DIM);
	text_printf(&line, "#%llu  ", (unsigned long long)record->seq);
	text_seconds(&line, record->t_ns);
	text_printf(&line, record->tid ? "  %d/%d  " : "  %d  ", record->pid, record->tid);
	view_end(view, &line, TONE_DIM);
	if (record->type == RECORD_CALL)
		decode_call(view, &line, record, survey_replaced(asked->survey, record));
	else
		decode_event(view, &line, record);
	view_line(view, &line, 8);
	if (record->type == RECORD_CALL)
		frame_lines(view, asked->symbols, record->call.stack, 8, 0);
	view_line(view, &line, 0);
	text_free(&line);
}

static void print(const struct account_asked *asked, const struct told *told, const struct points *why,
		  const struct points *notes)
{
	print_head(asked, told);
	if (told->record->type == RECORD_CALL) {
		print_asked(asked->view, told);
		print_covered(asked->view, told);
	}
	print_changed(asked->view, told);
	print_why(asked, told, why);
	print_points(asked->view, notes, "note");
}

void account_print(const struct account_asked *asked, const struct space *space, const struct told *told)
{
	struct points why = { 0 }, notes = { 0 };

	if (told->record->type == RECORD_CALL) {
		say_why(&why, told);
		say_notes(&notes, told);
	}
	note_process(&notes, told);
	if (asked->json)
		account_json(asked, space, told, &why, &notes);
	else
		print(asked, told, &why, &notes);
	points_free(&why);
	points_free(&notes);
}
