/* account_json.c - an explained record as JSON. */
#include "account_print.h"
#include "decode.h"
#include "frame.h"
#include "rows.h"
#include "statement.h"

static void range_json(struct jout *json, const struct told *told, uint64_t start, uint64_t end)
{
	jout_hex(json, "start", start);
	jout_hex(json, "end", end);
	jout_number(json, "pages", (end - start) / told->page_bytes);
}

static void state_json(struct jout *json, const char *key, const struct space *space, const struct vma *vma)
{
	if (!vma) {
		jout_null(json, key);
		return;
	}
	jout_object(json, key);
	rows_vma_json(json, vma, space ? space_path(space, vma->path) : NULL);
	jout_end(json);
}

static void run_json(struct jout *json, const struct space *space, const struct told *told, struct account_lines *lines)
{
	struct run *run = &lines->run;

	jout_line(json);
	jout_object(json, NULL);
	range_json(json, told, run->start, run->end);
	jout_string(json, "text", text_read(&lines->text));
	run->was.end = run->is.end = run->end;
	state_json(json, "before", space, run->was_mapped ? &run->was : NULL);
	if (run->changed)
		state_json(json, "after", space, run->is_mapped ? &run->is : NULL);
	jout_end(json);
}

static void runs_json(struct jout *json, const char *key, const struct space *space, const struct told *told,
		      bool changed)
{
	struct account_lines lines = {.runs = &told->runs};

	jout_array(json, key);
	while (account_line(&lines, told))
		if (lines.run.changed == changed)
			run_json(json, space, told, &lines);
	jout_end(json);
	account_lines_end(&lines);
}

static void asked_json(struct jout *json, const struct told *told)
{
	const struct record_call *call = &told->record->call;
	struct text asked = { 0 };

	say_asked(&asked, told);
	jout_object(json, "asked");
	if (told->why.ranged) {
		jout_hex(json, "addr", call->arg[0]);
		jout_number(json, "bytes", call->arg[1]);
	}
	jout_string(json, "text", text_read(&asked));
	jout_end(json);
	text_free(&asked);
}

static void covered_json(struct jout *json, const struct told *told)
{
	jout_object(json, "covered");
	if (told->spans && told->span[0].end == UINT64_MAX) {
		jout_bool(json, "everything", true);
	} else {
		jout_number(json, "pages", told_pages(told));
		jout_array(json, "ranges");
		for (size_t i = 0; i < told->spans; i++) {
			jout_object(json, NULL);
			range_json(json, told, told->span[i].start, told->span[i].end);
			jout_end(json);
		}
		jout_end(json);
	}
	jout_end(json);
}

static void points_json(struct jout *json, const char *key, const struct points *points)
{
	jout_array(json, key);
	for (size_t i = 0; i < points->count; i++) {
		jout_line(json);
		jout_object(json, NULL);
		jout_string(json, "reason", points->point[i].name);
		jout_string(json, "text", text_read(&points->point[i].text));
		jout_string(json, "source", points->point[i].source);
		jout_bool(json, "certain", points->point[i].sure);
		jout_end(json);
	}
	jout_end(json);
}

static void record_json(struct jout *json, const struct account_asked *asked, const struct told *told)
{
	const struct record *record = told->record;
	bool replaced = survey_replaced(asked->survey, record);
	static const struct view plain;
	struct text words = { 0 };

	jout_number(json, "seq", record->seq);
	jout_signed(json, "pid", record->pid);
	if (record->tid)
		jout_signed(json, "tid", record->tid);
	jout_number(json, "t", record->t_ns);
	if (record->type == RECORD_CALL) {
		decode_json(json, record, replaced);
		decode_result(&words, record, replaced);
		jout_string(json, "result", text_read(&words));
	} else {
		decode_event(&plain, &words, record);
		jout_string(json, "text", text_read(&words));
	}
	text_free(&words);
}

void account_json(const struct account_asked *asked, const struct space *space, const struct told *told,
		  const struct points *why, const struct points *notes)
{
	struct jout json = {.out = asked->view->out};
	struct text preface = { 0 };

	jout_object(&json, NULL);
	record_json(&json, asked, told);
	statement_json(&json, &asked->survey->coverage);
	if (told->record->type == RECORD_CALL) {
		asked_json(&json, told);
		covered_json(&json, told);
	}
	runs_json(&json, "changes", space, told, true);
	runs_json(&json, "unchanged", space, told, false);
	account_preface(&preface, asked, told);
	if (preface.length)
		jout_string(&json, "why", text_read(&preface));
	points_json(&json, "reasons", why);
	points_json(&json, "notes", notes);
	if (told->record->type == RECORD_CALL)
		frame_stack_json(&json, asked->symbols, told->record->call.stack);
	jout_end(&json);
	jout_line(&json);
	text_free(&preface);
}
