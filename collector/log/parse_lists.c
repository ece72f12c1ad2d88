/*
 * parse_lists.c - the records that carry a list of things: stacks, snapshots, samples of residency.
 */
#include <inttypes.h>
#include <string.h>

#include "parser.h"
#include "../vm/range.h"
#include "../vm/vma.h"

/* [1,"0x1234"] */
static bool parse_frame(json_t *json, struct stack_frame *frame)
{
	struct field module, offset;

	if (!json_is_array(json) || json_array_size(json) < 2)
		return false;
	module = field_of(json_array_get(json, 0));
	offset = field_of(json_array_get(json, 1));
	if (module.kind != FIELD_NUMBER || module.negative || module.bits > UINT32_MAX)
		return false;
	frame->module = (uint32_t)module.bits;
	return field_addr(&offset, &frame->offset);
}

/* {"function":"outer","in":31,"file":"a.c","line":7,"inlined":true} */
static void parse_name(struct fields *fields, struct stack_name *name)
{
	if (fields_has(fields, "function"))
		name->function = fields_text(fields, "function");
	if (fields_has(fields, "file"))
		name->file = fields_text(fields, "file");
	if (fields_has(fields, "dir"))
		name->dir = fields_text(fields, "dir");
	if (fields_has(fields, "line"))
		name->line = fields_i32(fields, "line");
	if (fields_has(fields, "in"))
		name->in_function = fields_u64(fields, "in");
	if (fields_has(fields, "inlined"))
		name->inlined = fields_bool(fields, "inlined");
}

static size_t count_names(json_t *list)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		count += json_array_size(json_array_get(list, i));
	return count;
}

/* The names of one frame: an array of objects, or null. */
static void parse_frame_names(struct fields *parent, size_t index, json_t *list, struct frame_names *names,
			      struct stack_name *name)
{
	struct fields fields;

	names->known = json_is_array(list);
	names->name = name;
	names->count = json_array_size(list);
	if (!names->known && !json_is_null(list))
		fields_fail_at(parent, "names", index, list, "an array or null");
	for (size_t i = 0; i < names->count && !parent->failed; i++) {
		json_t *element = json_array_get(list, i);

		if (!json_is_object(element)) {
			fields_fail_at(parent, "names", index, element, "an object");
			return;
		}
		fields_enter(&fields, parent, "names", index, element);
		parse_name(&fields, &name[i]);
		fields_leave(parent, &fields);
	}
}

static void parse_names(struct parser *parser, struct record_stack *stack)
{
	struct fields *fields = &parser->fields;
	json_t *list = fields_list(fields, "names");
	struct frame_names *names;
	struct stack_name *name;

	if (list && json_array_size(list) != stack->count)
		fields_refuse(fields, "\"names\" has %zu elements, expected %zu, as \"frames\"", json_array_size(list),
			      stack->count);
	if (fields->failed || !stack->count)
		return;
	stack->names = names = parser_room(&parser->names, stack->count, sizeof(*names));
	name = parser_room(&parser->name, count_names(list) + 1, sizeof(*name));
	for (size_t i = 0; i < stack->count && !fields->failed; i++) {
		parse_frame_names(fields, i, json_array_get(list, i), &names[i], name);
		name += names[i].count;
	}
}

void parse_stack(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_stack *stack = &record->stack;
	struct stack_frame *frames;
	json_t *list;

	stack->id = fields_u32(fields, "id");
	if (fields_has(fields, "pid"))
		record->pid = fields_i32(fields, "pid");
	if (fields_has(fields, "truncated"))
		stack->truncated = fields_bool(fields, "truncated");
	if (fields_has(fields, "guessed"))
		stack->guessed = fields_bool(fields, "guessed");
	list = fields_list(fields, "frames");
	stack->count = list ? json_array_size(list) : 0;
	stack->frame = frames = parser_list(parser, stack->count, sizeof(*frames));
	for (size_t i = 0; i < stack->count && !fields->failed; i++)
		if (!parse_frame(json_array_get(list, i), &frames[i]))
			fields_fail_at(fields, "frames", i, json_array_get(list, i), "a frame like [1,\"0x7f10\"]");
	if (fields_has(fields, "names"))
		parse_names(parser, stack);
}

/* "rw-p", as in /proc/PID/maps */
static void parse_perms(struct fields *fields, char perms[5])
{
	static const char *const letters[4] = { "r-", "w-", "x-", "ps" };
	struct field held = { .kind = FIELD_TEXT };
	bool good;

	held.text = fields_word(fields, "perms", &held.length);
	good = held.length == 4;
	for (size_t i = 0; good && i < 4; i++)
		good = held.text[i] && strchr(letters[i], held.text[i]);
	if (good)
		memcpy(perms, held.text, 4);
	else
		fields_fail(fields, "perms", &held, "letters like \"rw-p\"");
}

/* [26,1043] */
static void parse_listed(struct fields *fields, struct snapshot_known *known)
{
	json_t *pair = fields_list(fields, "listed");
	uint64_t value[2] = { 0, 0 };

	if (pair && json_array_size(pair) != 2)
		fields_refuse(fields, "\"listed\" has %zu numbers, expected 2", json_array_size(pair));
	for (size_t i = 0; pair && !fields->failed && i < 2; i++) {
		struct field field = field_of(json_array_get(pair, i));

		if (field.kind != FIELD_NUMBER || field.negative)
			fields_fail_at(fields, "listed", i, field.json, "a device and an inode");
		value[i] = field.bits;
	}
	known->dev = value[0];
	known->ino = value[1];
}

/* What no listing of the kernel's has: "kind":"anon","guard":true,"listed":[26,1043] */
static void parse_known(struct fields *fields, struct snapshot_known *known)
{
	known->kind = fields_text(fields, "kind");
	if (known->kind && vma_kind_named(known->kind) == KIND_COUNT)
		fields_refuse(fields, "\"kind\" is a word that is not known: %s", known->kind);
	known->guard = fields_has(fields, "guard") && fields_bool(fields, "guard");
	known->zero = fields_has(fields, "zero") && fields_bool(fields, "zero");
	if (fields_has(fields, "listed"))
		parse_listed(fields, known);
}

static void parse_range(struct fields *fields, struct snapshot_range *range)
{
	range->start = fields_addr(fields, "start");
	range->end = fields_addr(fields, "end");
	parse_perms(fields, range->perms);
	if (fields_has(fields, "offset"))
		range->offset = fields_u64(fields, "offset");
	if (fields_has(fields, "dev"))
		range->dev = fields_u64(fields, "dev");
	if (fields_has(fields, "ino"))
		range->ino = fields_u64(fields, "ino");
	if (fields_has(fields, "path"))
		range->path = fields_text(fields, "path");
	if (fields_has(fields, "vmflags"))
		range->vmflags = fields_text(fields, "vmflags");
}

/* The model relies on ranges that are not empty, ascend and do not overlap, as the kernel lists them. */
static void check_order(struct fields *fields, const struct snapshot_range *range, uint64_t floor)
{
	if (range->start >= range->end)
		fields_refuse(fields, "\"end\" is 0x%" PRIx64 ", expected more than \"start\"", range->end);
	else if (range->start < floor)
		fields_refuse(fields,
			      "\"start\" is 0x%" PRIx64 ", expected 0x%" PRIx64 " or more, where the range before ends",
			      range->start, floor);
}

static void parse_ranges(struct parser *parser, json_t *list, struct record_snapshot *snapshot,
			 struct snapshot_range *ranges)
{
	struct fields *parent = &parser->fields;
	struct snapshot_known *known = NULL;
	size_t count = list ? json_array_size(list) : 0;
	uint64_t floor = 0;

	for (size_t i = 0; i < count && !parent->failed; i++) {
		json_t *element = json_array_get(list, i);
		struct fields fields;

		if (!json_is_object(element)) {
			fields_fail_at(parent, "ranges", i, element, "an object");
			return;
		}
		fields_enter(&fields, parent, "ranges", i, element);
		parse_range(&fields, &ranges[i]);
		check_order(&fields, &ranges[i], floor);
		if (!known && fields_has(&fields, "kind"))
			snapshot->known = known = parser_room(&parser->known, count, sizeof(*known));
		if (known && fields_has(&fields, "kind"))
			parse_known(&fields, &known[i]);
		floor = ranges[i].end;
		fields_leave(parent, &fields);
	}
}

void parse_snapshot(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_snapshot *snapshot = &record->snapshot;
	struct snapshot_range *ranges;
	json_t *list;

	parse_origin(fields, record);
	if (fields_has(fields, "tid"))
		record->tid = fields_i32(fields, "tid");
	snapshot->why = fields_text(fields, "why");
	snapshot->part = fields_u32(fields, "part");
	snapshot->last = fields_bool(fields, "last");
	snapshot->from = fields_addr(fields, "from");
	snapshot->to = fields_addr(fields, "to");
	if (snapshot->to < snapshot->from)
		fields_refuse(fields, "\"to\" is below \"from\"");
	list = fields_list(fields, "ranges");
	snapshot->count = list ? json_array_size(list) : 0;
	snapshot->range = ranges = parser_list(parser, snapshot->count, sizeof(*ranges));
	parse_ranges(parser, list, snapshot, ranges);
	snapshot->has_vmlck = fields_has(fields, "vmlck");
	if (snapshot->has_vmlck)
		snapshot->vmlck_bytes = fields_u64(fields, "vmlck");
}

/* ["0x7f10aaf06000",4] or ["0x7f10aaf06000",4,"swapped"]; *@floor: where the last run ended, at least */
static bool parse_resident(json_t *json, struct residency_range *range, uint64_t *floor)
{
	size_t size = json_is_array(json) ? json_array_size(json) : 0;
	const char *state = size > 2 ? json_string_value(json_array_get(json, 2)) : NULL;
	struct field start, pages;
	uint64_t bytes;

	range->swapped = state && !strcmp(state, "swapped");
	if (size < 2 || (size > 2 && !range->swapped))
		return false;
	start = field_of(json_array_get(json, 0));
	pages = field_of(json_array_get(json, 1));
	range->pages = pages.bits;
	if (pages.kind != FIELD_NUMBER || pages.negative || !range->pages || !field_addr(&start, &range->start) ||
	    range->start < *floor)
		return false;
	return !__builtin_mul_overflow(range->pages, PAGE_BYTES, &bytes) &&
	       !__builtin_add_overflow(range->start, bytes, floor);
}

void parse_residency(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_residency *sample = &record->residency;
	struct residency_range *ranges;
	uint64_t floor = 0;
	json_t *list;

	record->pid = fields_i32(fields, "pid");
	record->tid = fields_i32(fields, "tid");
	record->t_ns = fields_u64(fields, "t");
	sample->why = fields_text(fields, "why");
	sample->part = fields_u32(fields, "part");
	sample->from = fields_addr(fields, "from");
	list = fields_list(fields, "resident");
	sample->count = list ? json_array_size(list) : 0;
	sample->range = ranges = parser_list(parser, sample->count, sizeof(*ranges));
	for (size_t i = 0; i < sample->count && !fields->failed; i++) {
		if (!parse_resident(json_array_get(list, i), &ranges[i], &floor))
			fields_fail_at(fields, "resident", i, json_array_get(list, i),
				       "a run like [\"0x7f10\",4] behind the last");
	}
	sample->to = fields_addr(fields, "to");
	sample->last = fields_bool(fields, "last");
	sample->cut = fields_has(fields, "cut") && fields_bool(fields, "cut");
	if (fields_has(fields, "unread"))
		sample->unread = fields_text(fields, "unread");
}
