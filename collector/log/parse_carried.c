/*
 * parse_carried.c - the start record at the head of a log that continues another: what was known of the process.
 */
#include "parser.h"
#include "../vm/vma.h"

static bool is_set(struct fields *fields, const char *name)
{
	return fields_has(fields, name) && fields_bool(fields, name);
}

static uint64_t addr_or(struct fields *fields, const char *name, uint64_t otherwise)
{
	return fields_has(fields, name) ? fields_addr(fields, name) : otherwise;
}

/* [5,4242,false] */
static bool parse_segment(json_t *json, struct record_segment *segment)
{
	struct field shmid, pid;

	if (!json_is_array(json) || json_array_size(json) != 3)
		return false;
	shmid = field_of(json_array_get(json, 0));
	pid = field_of(json_array_get(json, 1));
	segment->shmid = shmid.bits;
	segment->pid = (int32_t)pid.bits;
	segment->removed = json_is_true(json_array_get(json, 2));
	return shmid.kind == FIELD_NUMBER && !shmid.negative && shmid.bits <= UINT32_MAX && pid.kind == FIELD_NUMBER &&
	       !pid.negative && pid.bits <= INT32_MAX && json_is_boolean(json_array_get(json, 2));
}

static void parse_segments(struct parser *parser, struct fields *fields, struct record_carried *carried)
{
	json_t *list = fields_list(fields, "segments");
	struct record_segment *segment;

	carried->segments = list ? json_array_size(list) : 0;
	carried->segment = segment = parser_room(&parser->segments, carried->segments, sizeof(*segment));
	for (size_t i = 0; i < carried->segments && !fields->failed; i++)
		if (!parse_segment(json_array_get(list, i), &segment[i]))
			fields_fail_at(fields, "segments", i, json_array_get(list, i), "a shmid, a pid and a truth value");
}

static void parse_fields(struct fields *fields, struct record_carried *carried)
{
	carried->told = is_set(fields, "told");
	carried->returned = is_set(fields, "returned");
	carried->borrows = is_set(fields, "borrows");
	carried->exited = is_set(fields, "exited");
	carried->limits_known = is_set(fields, "limits_known");
	carried->core_chosen = is_set(fields, "core_chosen");
	carried->undumpable = is_set(fields, "undumpable");
	carried->read_exec = is_set(fields, "read_exec");
	if (is_set(fields, "future"))
		carried->future = is_set(fields, "onfault") ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
	carried->brk = addr_or(fields, "brk", 0);
	carried->heap_low = addr_or(fields, "heap_low", UINT64_MAX);
}

void parse_carried(struct parser *parser, struct record_process *process)
{
	struct field held = fields_any(&parser->fields, "carried");
	struct fields fields;

	if (held.kind != FIELD_OBJECT || process->event != PROCESS_START) {
		fields_fail(&parser->fields, "carried", &held, "an object, in a start record");
		return;
	}
	parser->carried = (struct record_carried){ .told = false };
	process->carried = &parser->carried;
	fields_enter(&fields, &parser->fields, "carried", FIELDS_ALONE, held.json);
	parse_fields(&fields, &parser->carried);
	if (fields_has(&fields, "segments"))
		parse_segments(parser, &fields, &parser->carried);
	fields_leave(&parser->fields, &fields);
}
