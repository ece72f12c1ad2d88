/* cmd_events.c - the records of a log in order, one a line. */
#include "cmd.h"
#include "reader.h"
#include "report/decode.h"
#include "report/frame.h"
#include "report/statement.h"

static const struct verb_help help = {
	"events LOG [OPTION...]",
	"Prints every recorded call as strace would, with its time in seconds since\n"
	"recording began, process and thread, how long it took, and the program's own\n"
	"function that made it:\n"
	"  #SEQ  TIME  PID/TID  call(arguments) = result  <duration>  function file:line\n"
	"What is no call (processes, snapshots, marks, losses, notes) is a line that\n"
	"begins with ---.\n",
};

struct events_words {
	bool stacks;
};

static const struct option_row own[] = {
	{ "stacks", NULL, "the whole stack under each call", offsetof(struct events_words, stacks) },
	{ 0 },
};

/* "#377  1.204431  4242/4250  "; records without a place in the order leave it out. */
static void add_place(const struct view *view, struct text *line, const struct record *record)
{
	size_t from = line->length;

	view_begin(view, line, TONE_DIM);
	text_printf(line, "#%llu", (unsigned long long)record->seq);
	text_pad(line, from, 6);
	text_put(line, " ");
	text_seconds(line, record->t_ns);
	text_printf(line, "  %d", record->pid);
	if (record->tid)
		text_printf(line, "/%d", record->tid);
	text_put(line, "  ");
	view_end(view, line, TONE_DIM);
}

static void print_call(struct reader *reader, struct text *line, const struct record *record, bool stacks)
{
	const struct view *view = &reader->view;
	const struct symbol_frame *caller = symbols_caller(reader->symbols, record->call.stack);

	add_place(view, line, record);
	decode_call(view, line, record, survey_replaced(&reader->survey, record));
	if (record->call.has & HAS_RET) {
		text_put(line, "  ");
		view_begin(view, line, TONE_DIM);
		text_put(line, "<");
		text_duration(line, record->call.dur_ns);
		text_put(line, ">");
		view_end(view, line, TONE_DIM);
	}
	if (caller && !stacks) {
		text_put(line, "  ");
		frame_brief(line, caller);
	}
	view_line(view, line, 8);
	if (stacks)
		frame_lines(view, reader->symbols, record->call.stack, 8, 0);
}

static void print_event(struct reader *reader, struct text *line, const struct record *record)
{
	struct text words = { 0 };

	decode_event(&reader->view, &words, record);
	if (words.length) {
		text_put(line, "--- ");
		if (record->seq)
			add_place(&reader->view, line, record);
		text_put(line, text_read(&words));
		view_line(&reader->view, line, 8);
	}
	text_free(&words);
}

static void head_json(struct jout *json, const char *type, const struct record *record)
{
	jout_object(json, NULL);
	jout_string(json, "type", type);
	if (record->seq)
		jout_number(json, "seq", record->seq);
	if (record->pid)
		jout_signed(json, "pid", record->pid);
	if (record->tid)
		jout_signed(json, "tid", record->tid);
	if (record->seq)
		jout_number(json, "t", record->t_ns);
}

static void call_json(struct reader *reader, struct jout *json, const struct record *record)
{
	const struct symbol_frame *caller = symbols_caller(reader->symbols, record->call.stack);

	head_json(json, "call", record);
	decode_json(json, record, survey_replaced(&reader->survey, record));
	if (record->call.has & HAS_RET)
		jout_number(json, "dur", record->call.dur_ns);
	jout_string(json, "via", decode_via(record->call.via));
	if (caller)
		frame_json(json, "caller", caller);
	frame_stack_json(json, reader->symbols, record->call.stack);
	jout_end(json);
	jout_line(json);
}

static void event_json(struct jout *json, const struct record *record)
{
	static const char *const types[] = {
		[RECORD_PROCESS] = "process", [RECORD_SNAPSHOT] = "snapshot", [RECORD_MARK] = "mark",
		[RECORD_LOSS] = "loss",	      [RECORD_NOTE] = "note",	      [RECORD_CHECK] = "check",
		[RECORD_RESIDENCY] = "residency", [RECORD_TRAILER] = NULL,
	};
	static const char *const events[] = { "start", "fork", "exec", "exit" };
	static const struct view plain;
	struct text words = { 0 };

	decode_event(&plain, &words, record);
	if (words.length) {
		head_json(json, types[record->type], record);
		if (record->type == RECORD_PROCESS)
			jout_string(json, "event", events[record->process.event]);
		if (record->type == RECORD_MARK)
			jout_string(json, "label", record->mark.label);
		jout_string(json, "text", text_read(&words));
		jout_end(json);
		jout_line(json);
	}
	text_free(&words);
}

/* Among the lines that are no calls; where a filter leaves these out, beside the report. */
static void print_coverage(struct reader *reader)
{
	const struct coverage *coverage = &reader->survey.coverage;
	struct jout json = {.out = reader->view.out};
	struct view beside;
	struct err err;

	if (filter_is_set(&reader->filter)) {
		if (!view_init(&beside, stderr, reader->words.color, &err))
			statement_print(&beside, coverage, "pagetrail: ");
	} else if (reader->words.json) {
		jout_object(&json, NULL);
		jout_string(&json, "type", "coverage");
		statement_json(&json, coverage);
		jout_end(&json);
		jout_line(&json);
	} else {
		statement_print(&reader->view, coverage, "--- ");
	}
}

static int print_all(struct reader *reader, bool stacks, struct err *err)
{
	struct jout json = { .out = reader->view.out };
	struct text line = { 0 };
	struct record record;
	int code;

	while ((code = reader_next(reader, &record, err)) > 0) {
		bool call = record.type == RECORD_CALL;
		bool wanted = call ? filter_call(&reader->filter, &record, reader->survey.page_bytes, reader->symbols)
				   : filter_event(&reader->filter, &record);

		if (!wanted)
			continue;
		if (reader->words.json && call)
			call_json(reader, &json, &record);
		else if (reader->words.json)
			event_json(&json, &record);
		else if (call)
			print_call(reader, &line, &record, stacks);
		else
			print_event(reader, &line, &record);
		json.comma = false;
	}
	text_free(&line);
	return code;
}

int cmd_events(int argc, char **argv)
{
	struct reader reader = { 0 };
	struct events_words words = { 0 };
	const char *path;
	struct err err;
	int status = reader_options(&reader, argc, argv, &help, own, &words, 1, &path);

	if (status >= 0)
		return status;
	if (reader_open(&reader, path, &err))
		return reader_fail(&reader, &err);
	print_coverage(&reader);
	if (print_all(&reader, words.stacks, &err))
		return reader_fail(&reader, &err);
	return reader_close(&reader, EXIT_CLEAN);
}
