/*
 * parse_rare.c - records of which a log has few: header, process, module, mark, loss, note, check,
 * trailer.
 */
#include <string.h>

#include "parser.h"

void parse_origin(struct fields *fields, struct record *record)
{
	record->seq = fields_u64(fields, "seq");
	record->pid = fields_i32(fields, "pid");
	record->t_ns = fields_u64(fields, "t");
}

static uint64_t count_or_zero(struct fields *fields, const char *name)
{
	return fields_has(fields, name) ? fields_u64(fields, name) : 0;
}

static const char *text_or_null(struct fields *fields, const char *name)
{
	return fields_has(fields, name) ? fields_text(fields, name) : NULL;
}

const char *const *parse_words(struct parser *parser, const char *name, size_t *count)
{
	json_t *list = fields_list(&parser->fields, name);
	const char **words;

	*count = list ? json_array_size(list) : 0;
	words = parser_list(parser, *count, sizeof(*words));
	for (size_t i = 0; i < *count; i++) {
		struct field field = field_of(json_array_get(list, i));

		if (field.kind != FIELD_TEXT) {
			fields_fail_at(&parser->fields, name, i, field.json, "a string");
			break;
		}
		words[i] = field.text;
	}
	return words;
}

/* Nothing but the version is read of another version's header. */
void parse_header(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_header *header = &record->header;

	header->version = fields_i32(fields, "version");
	if (header->version != 1)
		return;
	header->tool = text_or_null(fields, "tool");
	header->kernel = text_or_null(fields, "kernel");
	header->page_bytes = fields_u64(fields, "page_size");
	if (header->page_bytes < 4096 || header->page_bytes & (header->page_bytes - 1))
		fields_refuse(fields, "\"page_size\" is %llu, expected a power of two from 4096",
			      (unsigned long long)header->page_bytes);
	header->start_ns = fields_u64(fields, "start_ns");
	header->realtime_ns = count_or_zero(fields, "realtime_ns");
	header->cwd = text_or_null(fields, "cwd");
	header->max_map_count = count_or_zero(fields, "max_map_count");
	if (fields_has(fields, "argv"))
		header->argv = parse_words(parser, "argv", &header->argc);
	header->part = fields_has(fields, "part") ? fields_u32(fields, "part") : 0;
	header->continues = text_or_null(fields, "continues");
}

static enum process_event parse_event(struct fields *fields)
{
	static const char *const words[] = {
		[PROCESS_START] = "start", [PROCESS_FORK] = "fork", [PROCESS_EXEC] = "exec", [PROCESS_EXIT] = "exit",
	};
	struct field held = { .kind = FIELD_TEXT };

	held.text = fields_word(fields, "event", &held.length);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == held.length && !memcmp(words[i], held.text, held.length))
			return i;
	fields_fail(fields, "event", &held, "start, fork, exec or exit");
	return PROCESS_START;
}

/* "memlock":[8388608,-1] */
static struct rlimit_pair parse_pair(struct fields *fields, const char *name)
{
	json_t *pair = fields_list(fields, name);
	uint64_t value[2] = { 0, 0 };

	if (pair && json_array_size(pair) != 2)
		fields_refuse(fields, "\"%s\" has %zu numbers, expected 2", name, json_array_size(pair));
	for (size_t i = 0; pair && !fields->failed && i < 2; i++) {
		struct field field = field_of(json_array_get(pair, i));

		if (field.kind != FIELD_NUMBER || (field.negative && field.bits != UINT64_MAX))
			fields_fail_at(fields, name, i, field.json, "a number of bytes, or -1 for unlimited");
		value[i] = field.bits;
	}
	return (struct rlimit_pair){ value[0], value[1] };
}

static void parse_limits(struct fields *fields, struct record_process *process)
{
	struct field held = fields_any(fields, "limits");
	struct fields limits;

	if (held.kind != FIELD_OBJECT) {
		fields_fail(fields, "limits", &held, "an object");
		return;
	}
	fields_enter(&limits, fields, "limits", FIELDS_ALONE, held.json);
	process->has_limits = true;
	process->memlock = parse_pair(&limits, "memlock");
	process->as = parse_pair(&limits, "as");
	process->data = parse_pair(&limits, "data");
	process->stack = parse_pair(&limits, "stack");
	process->has_core = fields_has(&limits, "core");
	if (process->has_core)
		process->core = parse_pair(&limits, "core");
	fields_leave(fields, &limits);
}

void parse_process(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_process *process = &record->process;

	parse_origin(fields, record);
	process->event = parse_event(fields);
	if (fields_has(fields, "ppid"))
		process->ppid = fields_i32(fields, "ppid");
	process->exe = text_or_null(fields, "exe");
	if (fields_has(fields, "argv"))
		process->argv = parse_words(parser, "argv", &process->argc);
	if (fields_has(fields, "limits"))
		parse_limits(fields, process);
	if (fields_has(fields, "cap_ipc_lock"))
		process->cap_ipc_lock = fields_bool(fields, "cap_ipc_lock");
	if (fields_has(fields, "mdwe"))
		process->mdwe = (uint8_t)fields_u64(fields, "mdwe");
	process->merge_any = fields_has(fields, "merge_any") && fields_bool(fields, "merge_any");
	if (fields_has(fields, "carried"))
		parse_carried(parser, process);
	process->has_status = fields_has(fields, "status");
	if (process->has_status)
		process->status = fields_i32(fields, "status");
}

static bool is_hex(const char *text)
{
	return text[strspn(text, "0123456789abcdefABCDEF")] == '\0';
}

static void parse_build_id(struct fields *fields, struct record_module *module)
{
	struct field held = { .kind = FIELD_TEXT };

	module->build_id = fields_text(fields, "build_id");
	if (!module->build_id || (module->build_id[0] && is_hex(module->build_id)))
		return;
	held.text = module->build_id;
	held.length = strlen(held.text);
	fields_fail(fields, "build_id", &held, "hex digits");
}

void parse_module(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_module *module = &record->module;

	module->id = fields_u32(fields, "id");
	if (fields_has(fields, "pid"))
		record->pid = fields_i32(fields, "pid");
	module->base = fields_addr(fields, "base");
	module->start = fields_addr(fields, "start");
	module->end = fields_addr(fields, "end");
	if (module->end < module->start)
		fields_refuse(fields, "\"end\" is below \"start\"");
	if (fields_has(fields, "build_id"))
		parse_build_id(fields, module);
	module->path = fields_text(fields, "path");
}

void parse_mark(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;

	parse_origin(fields, record);
	record->tid = fields_i32(fields, "tid");
	record->mark.label = fields_text(fields, "label");
	if (fields_has(fields, "stack"))
		record->mark.stack = fields_u32(fields, "stack");
}

void parse_loss(struct parser *parser, struct record *record)
{
	record->loss.count = fields_u64(&parser->fields, "count");
	record->loss.why = text_or_null(&parser->fields, "why");
}

/* "seqs":[377,380],"start":"0x7f0000001000","end":"0x7f0000003000" */
static void parse_race(struct fields *fields, struct record_note *note)
{
	json_t *seqs = fields_list(fields, "seqs");

	if (seqs && json_array_size(seqs) != 2)
		fields_refuse(fields, "\"seqs\" has %zu numbers, expected 2", json_array_size(seqs));
	for (size_t i = 0; seqs && !fields->failed && i < 2; i++) {
		struct field field = field_of(json_array_get(seqs, i));

		if (field.kind != FIELD_NUMBER || field.negative || !field.bits)
			fields_fail_at(fields, "seqs", i, field.json, "the number of a record");
		note->seqs[i] = field.bits;
	}
	note->start = fields_addr(fields, "start");
	note->end = fields_addr(fields, "end");
	note->child = fields_has(fields, "child") ? fields_i32(fields, "child") : 0;
	note->rules = fields_has(fields, "rules") && fields_bool(fields, "rules");
}

void parse_note(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;

	if (fields_has(fields, "pid"))
		record->pid = fields_i32(fields, "pid");
	if (fields_has(fields, "tid"))
		record->tid = fields_i32(fields, "tid");
	record->t_ns = count_or_zero(fields, "t");
	record->note.what = fields_text(fields, "what");
	record->note.text = text_or_null(fields, "text");
	record->note.path = text_or_null(fields, "path");
	record->note.object = text_or_null(fields, "object");
	record->note.error = text_or_null(fields, "errno");
	record->note.found = count_or_zero(fields, "found");
	record->note.rewritten = count_or_zero(fields, "rewritten");
	record->note.off = fields_has(fields, "off") && fields_bool(fields, "off");
	if (fields_has(fields, "calls"))
		record->note.call = parse_words(parser, "calls", &record->note.calls);
	if (fields_has(fields, "seqs"))
		parse_race(fields, &record->note);
}

/* Beside the order: it changes nothing.  What the shim sends has no counts yet. */
void parse_check(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_check *check = &record->check;

	record->pid = fields_i32(fields, "pid");
	record->tid = fields_i32(fields, "tid");
	record->t_ns = fields_u64(fields, "t");
	check->why = fields_text(fields, "why");
	check->pages = count_or_zero(fields, "pages");
	check->differ = count_or_zero(fields, "differ");
	check->unread = text_or_null(fields, "unread");
}

static void parse_coverage(struct fields *fields, struct record_trailer *trailer)
{
	struct field held = fields_any(fields, "coverage");
	struct fields coverage;

	if (held.kind != FIELD_OBJECT) {
		fields_fail(fields, "coverage", &held, "an object");
		return;
	}
	fields_enter(&coverage, fields, "coverage", FIELDS_ALONE, held.json);
	trailer->revealed = count_or_zero(&coverage, "revealed_pages");
	fields_leave(fields, &coverage);
}

/* 32 hexadecimal digits: digest.h */
static bool is_digest(const char *text)
{
	return text && strspn(text, "0123456789abcdef") == 32 && !text[32];
}

static void parse_state(struct fields *fields, struct record_trailer *trailer)
{
	trailer->state_form = fields_u64(fields, "state_form");
	trailer->state = text_or_null(fields, "state");
	if ((trailer->state_form == 1 || trailer->state_form == 2) && !is_digest(trailer->state))
		fields_refuse(fields, "\"state\" is not 32 hexadecimal digits");
}

void parse_trailer(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_trailer *trailer = &record->trailer;

	trailer->calls = fields_u64(fields, "calls");
	trailer->unfinished = count_or_zero(fields, "unfinished");
	trailer->losses = fields_u64(fields, "losses");
	trailer->processes = count_or_zero(fields, "processes");
	trailer->stacks = count_or_zero(fields, "stacks");
	trailer->modules = count_or_zero(fields, "modules");
	trailer->marks = count_or_zero(fields, "marks");
	trailer->snapshots = count_or_zero(fields, "snapshots");
	trailer->lines = count_or_zero(fields, "lines");
	if (fields_has(fields, "coverage"))
		parse_coverage(fields, trailer);
	if (fields_has(fields, "state_form"))
		parse_state(fields, trailer);
	trailer->continued = text_or_null(fields, "continued");
	trailer->complete = fields_bool(fields, "complete");
}
