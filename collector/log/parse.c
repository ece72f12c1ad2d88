#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "load.h"
#include "parser.h"
#include "quick.h"
#include "scan.h"

static const struct type {
	const char *name;
	enum record_type type;
	void (*parse)(struct parser *parser, struct record *record);
} types[] = {
	{"call", RECORD_CALL, parse_call},
	{"header", RECORD_HEADER, parse_header},
	{"process", RECORD_PROCESS, parse_process},
	{"module", RECORD_MODULE, parse_module},
	{"snapshot", RECORD_SNAPSHOT, parse_snapshot},
	{"stack", RECORD_STACK, parse_stack},
	{"mark", RECORD_MARK, parse_mark},
	{"loss", RECORD_LOSS, parse_loss},
	{"note", RECORD_NOTE, parse_note},
	{"check", RECORD_CHECK, parse_check},
	{"residency", RECORD_RESIDENCY, parse_residency},
	{"trailer", RECORD_TRAILER, parse_trailer},
};

struct parser *parser_new(void)
{
	struct parser *parser = alloc_zero(1, sizeof(*parser));

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		names_add(&parser->types, types[i].name, (int)i);
	names_of_calls(&parser->calls);
	names_of_errors(&parser->errors);
	return parser;
}

void parser_free(struct parser *parser)
{
	if (!parser)
		return;
	json_decref(parser->fields.object);
	free(parser->fields.room);
	free(parser->list.item);
	free(parser->names.item);
	free(parser->name.item);
	free(parser->segments.item);
	free(parser->known.item);
	free(parser);
}

void *parser_room(struct parser_array *list, size_t count, size_t bytes)
{
	if (count * bytes > list->bytes) {
		list->item = alloc_resize(list->item, count, bytes);
		list->bytes = count * bytes;
	}
	return list->item ? memset(list->item, 0, count * bytes) : NULL;
}

void *parser_list(struct parser *parser, size_t count, size_t bytes)
{
	return parser_room(&parser->list, count, bytes);
}

/* Drops what the last record left and makes room for the texts of a line of @length bytes. */
static void begin(struct parser *parser, size_t length, struct err *err)
{
	struct fields *fields = &parser->fields;

	json_decref(fields->object);
	fields->object = NULL;
	fields->type = "";
	fields->err = err;
	fields->failed = 0;
	fields->room_used = 0;
	if (length <= parser->room_bytes)
		return;
	parser->room_bytes = length < 4096 ? 4096 : length;
	fields->room = alloc_resize(fields->room, parser->room_bytes, 1);
}

static int interpret(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	size_t length;
	const char *text;
	int index;

	memset(record, 0, sizeof(*record));
	text = fields_word(fields, "type", &length);
	index = names_find(&parser->types, text, length);
	if (fields->failed || index < 0)
		return fields->failed;
	fields->type = types[index].name;
	record->type = types[index].type;
	types[index].parse(parser, record);
	return fields->failed;
}

int parse_line_reference(struct parser *parser, const char *line, size_t length, struct record *record,
			 struct err *err)
{
	int rc;

	begin(parser, length, err);
	rc = load_object(line, length, &parser->fields.object, err);
	return rc ? rc : interpret(parser, record);
}

int parse_line(struct parser *parser, const char *line, size_t length, struct record *record, struct err *err)
{
	begin(parser, length, err);
	memset(record, 0, sizeof(*record));
	if (quick_call(parser, line, length, record))
		return 0;
	if (scan_object(line, length, &parser->fields))
		return interpret(parser, record);
	return parse_line_reference(parser, line, length, record, err);
}
