/*
 * biography_print.c - the heading and the entries of a story, for a person and as JSON.
 */
#include "biography_state.h"

#include "decode.h"
#include "frame.h"
#include "statement.h"

#define FRAMES_SHOWN 4

/* ---- heading ---- */

static void print_heading(struct biography *story)
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

static void json_heading(struct biography *story)
{
	const struct biography_asked *asked = &story->asked;

	jout_object(&story->json, NULL);
	jout_signed(&story->json, "pid", asked->process->pid);
	jout_hex(&story->json, "page", story->page);
	jout_number(&story->json, "at", asked->when->seq);
	statement_json(&story->json, &asked->survey->coverage);
	jout_array(&story->json, "events");
}

void biography_heading(struct biography *story)
{
	(story->asked.json ? json_heading : print_heading)(story);
}

/* ---- entries ---- */

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

void biography_entry(struct biography *story, const struct record *record, const struct text *effect, bool changed)
{
	(story->asked.json ? json_entry : print_entry)(story, record, effect, changed);
}
