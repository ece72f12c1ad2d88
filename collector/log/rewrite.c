#include "rewrite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "edit.h"
#include "load.h"

/* ---- writing JSON ---- */

static int write_piece(const char *text, size_t length, void *writer)
{
	return log_write(writer, text, length);
}

static bool is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

/* What needs escapes is left to jansson. */
static void write_text(const char *text, size_t length, struct log_writer *writer)
{
	json_t *json;

	if (is_plain(text, length)) {
		log_write(writer, "\"", 1);
		log_write(writer, text, length);
		log_write(writer, "\"", 1);
		return;
	}
	json = json_stringn(text, length);
	json_dump_callback(json, write_piece, writer, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(json);
}

static void write_integer(json_int_t value, struct log_writer *writer)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, value);

	log_write(writer, digits, (size_t)length);
}

/* A string that begins with a NUL is a number jansson cannot hold: load.h. */
static void write_scalar(json_t *json, struct log_writer *writer)
{
	size_t length = json_string_length(json);
	const char *text = json_string_value(json);

	if (length && !text[0])
		log_write(writer, text + 1, length - 1);
	else if (text)
		write_text(text, length, writer);
	else if (json_is_integer(json))
		write_integer(json_integer_value(json), writer);
	else
		json_dump_callback(json, write_piece, writer, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
}

static void write_object(json_t *object, struct log_writer *writer)
{
	const char *key, *before = "{";
	json_t *value;

	json_object_foreach(object, key, value) {
		log_write(writer, before, 1);
		write_text(key, strlen(key), writer);
		log_write(writer, ":", 1);
		edit_write(value, writer);
		before = ",";
	}
	log_write(writer, "{}", json_object_size(object) ? 0 : 1);
	log_write(writer, "}", 1);
}

/* Recurses as deep as jansson let the line nest, 2048 (JSON_PARSER_MAX_DEPTH). */
void edit_write(json_t *json, struct log_writer *writer)
{
	if (json_is_object(json)) {
		write_object(json, writer);
	} else if (json_is_array(json)) {
		for (size_t i = 0; i < json_array_size(json); i++) {
			log_write(writer, i ? "," : "[", 1);
			edit_write(json_array_get(json, i), writer);
		}
		log_write(writer, "[]", json_array_size(json) ? 0 : 1);
		log_write(writer, "]", 1);
	} else {
		write_scalar(json, writer);
	}
}

/* ---- lines ---- */

int edit_load(struct rewrite_line *line, struct err *err)
{
	return line->object ? 0 : load_object(line->text, line->length, &line->object, err);
}

struct rewrite {
	struct log_writer *to;
	rewrite_fn *fn;
	void *arg;
	uint64_t dropped;	/* lines */
};

/* The trailer counts what is left; lines that were missing before are missing still. */
static int count_dropped(const struct rewrite *run, const struct record *record, struct rewrite_line *line, int what,
			 struct err *err)
{
	const uint64_t told = record->type == RECORD_TRAILER ? record->trailer.lines : 0;
	int rc;

	if (what < 0 || told <= run->dropped || told > INT64_MAX || !run->dropped)
		return what;
	rc = edit_load(line, err);
	if (rc)
		return rc;
	json_object_set_new(line->object, "lines", json_integer((json_int_t)(told - run->dropped)));
	return REWRITE_CHANGED;
}

static int rewrite_record(struct rewrite *run, const struct record *record, struct rewrite_line *line, struct err *err)
{
	struct log_writer *to = run->to;
	int what = count_dropped(run, record, line, run->fn(run->arg, record, line, err), err);

	if (what == REWRITE_KEEP)
		log_write(to, line->text, line->length);
	else if (what == REWRITE_CHANGED)
		edit_write(line->object, to);
	json_decref(line->object);
	if (what < 0)
		return what;
	run->dropped += what == REWRITE_DROP;
	/* what cannot be written need not be read on */
	return what == REWRITE_DROP ? 0 : log_write(to, "\n", 1);
}

int rewrite_log(struct log_reader *from, struct log_writer *to, rewrite_fn *fn, void *arg, struct err *err)
{
	struct rewrite run = { .to = to, .fn = fn, .arg = arg };
	struct record record;
	uint64_t number;
	int rc;

	while ((rc = log_next(from, &record, err)) > 0) {
		struct rewrite_line line = { 0 };

		line.text = log_line(from, &line.length, &number);
		rc = rewrite_record(&run, &record, &line, err);
		if (rc)
			return log_write(to, "", 0) ? 0 : rc;
	}
	return rc;
}

/* ---- names ---- */

/* Names come from files that may hold anything. */
static json_t *text_json(const char *text)
{
	static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD */
	json_t *json = json_string(text);
	char *clean, *out;

	if (json)
		return json;
	clean = out = alloc_zero(strlen(text) * 3 + 1, 1);
	for (; *text; text++) {
		size_t length = (unsigned char)*text < 0x80 ? 1 : strlen(unknown);

		memcpy(out, length == 1 ? text : unknown, length);
		out += length;
	}
	json = json_string(clean);
	free(clean);
	return json;
}

static json_t *name_json(const struct stack_name *name)
{
	json_t *json = json_object();

	if (name->function)
		json_object_set_new(json, "function", text_json(name->function));
	if (name->in_function && name->in_function <= INT64_MAX)
		json_object_set_new(json, "in", json_integer((json_int_t)name->in_function));
	if (name->file)
		json_object_set_new(json, "file", text_json(name->file));
	if (name->dir)
		json_object_set_new(json, "dir", text_json(name->dir));
	if (name->line > 0)
		json_object_set_new(json, "line", json_integer(name->line));
	if (name->inlined)
		json_object_set_new(json, "inlined", json_true());
	return json;
}

static json_t *names_json(const struct frame_names *names)
{
	json_t *list = names->known ? json_array() : json_null();

	for (size_t i = 0; names->known && i < names->count; i++)
		json_array_append_new(list, name_json(&names->name[i]));
	return list;
}

int rewrite_names(struct rewrite_line *line, const struct frame_names *names, size_t count, struct err *err)
{
	int rc = edit_load(line, err);
	json_t *list;

	if (rc)
		return rc;
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, names_json(&names[i]));
	json_object_set_new(line->object, "names", list);
	return REWRITE_CHANGED;
}
