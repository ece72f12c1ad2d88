/*
 * parse_call.c - calls: arguments as calls.def has them, result, and what was noted beside them.
 */
#include <string.h>

#include "parser.h"

static uint64_t parse_arg(struct fields *fields, const struct call_arg *arg)
{
	switch (arg->format) {
	case FORMAT_ADDR:
		return fields_addr(fields, arg->name);
	case FORMAT_SIZE:
	case FORMAT_HEX:
		return fields_u64(fields, arg->name);
	case FORMAT_OFF:
		return (uint64_t)fields_i64(fields, arg->name);
	case FORMAT_UINT:
		return fields_u32(fields, arg->name);
	default:
		return (uint64_t)(int64_t)fields_i32(fields, arg->name);
	}
}

/* posix_madvise(3), posix_spawn(3): the result is the error number itself.  The others return -1. */
static bool has_failed(enum call_class result, int64_t ret)
{
	return result == CLASS_ERRNO ? ret != 0 : ret == -1;
}

/* "ENOMEM"; a number where the kernel gave one that has no name.  MAX_ERRNO, include/linux/err.h. */
static int parse_errno(struct parser *parser)
{
	struct fields *fields = &parser->fields;
	struct field held = fields_any(fields, "errno");
	int value = -1;

	if (held.kind == FIELD_TEXT)
		value = names_find(&parser->errors, held.text, held.length);
	else if (held.kind == FIELD_NUMBER && !held.negative && held.bits && held.bits <= 4095)
		value = (int)held.bits;
	if (value < 0)
		fields_fail(fields, "errno", &held, "the name of an error, like \"ENOMEM\"");
	return value < 0 ? 0 : value;
}

/* Of the calls that return a value some may mean -1 (personality(2)); then there is no errno and it is no failure. */
static void parse_result(struct parser *parser, struct record_call *call)
{
	struct fields *fields = &parser->fields;
	enum call_class result = call_table[call->call].result;

	call->has |= HAS_RET;
	if (fields_has(fields, "dur"))
		call->dur_ns = fields_u64(fields, "dur");
	call->ret = fields_result(fields, "ret");
	if (!has_failed(result, call->ret)) {
		if (fields_has(fields, "errno"))
			fields_refuse(fields, "\"errno\" is there, but \"ret\" is not a failure");
	} else if (result != CLASS_VALUE || fields_has(fields, "errno")) {
		call->err = parse_errno(parser);
	}
}

/* A call that never returns when it works (execve, exit) needs no word about it. */
static void parse_no_result(struct fields *fields, const struct record_call *call)
{
	if (call_table[call->call].result == CLASS_NONE && !fields_has(fields, "unfinished"))
		return;
	if (!fields_has(fields, "unfinished"))
		fields_refuse(fields, "\"ret\" is missing, and so is \"unfinished\"");
	else if (!fields_bool(fields, "unfinished"))
		fields_refuse(fields, "\"unfinished\" is false, but \"ret\" is missing");
}

/* Return: which of the words, from 1; 0: none. */
static unsigned one_of(const char *const words[], size_t count, const char *text, size_t length)
{
	for (unsigned i = 0; i < count; i++)
		if (strlen(words[i]) == length && !memcmp(words[i], text, length))
			return i + 1;
	return 0;
}

enum fd_kind fd_kind_of(const char *text, size_t length)
{
	static const char *const words[] = { "regular", "memfd", "secret", "hugetlb",
					     "device",  "other", "zero",   "socket",  "pipe" };

	return one_of(words, sizeof(words) / sizeof(words[0]), text, length);
}

enum call_via via_of(const char *text, size_t length)
{
	static const char *const words[] = { "plt", "site", "syscall" };

	return one_of(words, sizeof(words) / sizeof(words[0]), text, length);
}

enum fd_access access_of(const char *text, size_t length)
{
	unsigned access = ACCESS_UNKNOWN;

	for (size_t i = 0; i < length; i++)
		access |= text[i] == 'r' ? ACCESS_READ : text[i] == 'w' ? ACCESS_WRITE : 0;
	return access;
}

static enum call_via parse_via(struct fields *fields)
{
	size_t length;
	const char *text = fields_has(fields, "via") ? fields_word(fields, "via", &length) : NULL;

	return text ? via_of(text, length) : VIA_PLT;
}

static void parse_file(struct fields *fields, struct record_call *call)
{
	size_t length;
	const char *text = fields_word(fields, "fdkind", &length);

	call->has |= HAS_FILE;
	call->fd_kind = fd_kind_of(text, length);
	if (fields_has(fields, "access")) {
		text = fields_word(fields, "access", &length);
		call->access = access_of(text, length);
	}
	if (fields_has(fields, "dev"))
		call->dev = fields_u64(fields, "dev");
	if (fields_has(fields, "ino"))
		call->ino = fields_u64(fields, "ino");
	if (fields_has(fields, "seals"))
		call->seals = (uint32_t)fields_u64(fields, "seals");
	call->noexec = fields_has(fields, "noexec") && fields_bool(fields, "noexec");
}

/* All three or nothing: without the amount that was locked, the limit explains no refusal. */
static void parse_lock_limit(struct fields *fields, struct record_call *call)
{
	if (!fields_has(fields, "limit") || !fields_has(fields, "vmlck"))
		return;
	call->has |= HAS_LIMIT;
	call->limit_bytes = fields_limit(fields, "limit");
	call->cap_ipc_lock = fields_bool(fields, "cap");
	call->vmlck_bytes = fields_u64(fields, "vmlck");
}

static void parse_new_limit(struct fields *fields, struct record_call *call)
{
	call->has |= HAS_RLIMIT;
	call->soft = fields_limit(fields, "soft");
	call->hard = fields_limit(fields, "hard");
}

/* ["0x7f10aaf06000",4096] */
static bool parse_range(json_t *json, struct call_range *range)
{
	struct field addr, len;

	if (!json_is_array(json) || json_array_size(json) != 2)
		return false;
	addr = field_of(json_array_get(json, 0));
	len = field_of(json_array_get(json, 1));
	range->len = len.bits;
	return len.kind == FIELD_NUMBER && !len.negative && field_addr(&addr, &range->addr);
}

/* A vector of which only a part is told is as good as none. */
static void parse_vector(struct parser *parser, struct record_call *call)
{
	struct fields *fields = &parser->fields;
	json_t *list = fields_list(fields, "iov");
	struct call_range *ranges;

	call->iov_count = list ? json_array_size(list) : 0;
	call->iov = ranges = parser_list(parser, call->iov_count, sizeof(*ranges));
	for (size_t i = 0; i < call->iov_count && !fields->failed; i++)
		if (!parse_range(json_array_get(list, i), &ranges[i]))
			fields_fail_at(fields, "iov", i, json_array_get(list, i), "a range like [\"0x7f10\",4096]");
	if (!fields_has(fields, "iov_cut"))
		call->has |= HAS_IOV;
}

/* [1,2,4]: pages by turns absent and resident. */
static void parse_runs(struct parser *parser, struct record_call *call)
{
	struct fields *fields = &parser->fields;
	json_t *list = fields_list(fields, "resident_runs");
	uint64_t *runs;

	call->run_count = list ? json_array_size(list) : 0;
	call->run = runs = parser_list(parser, call->run_count, sizeof(*runs));
	for (size_t i = 0; i < call->run_count && !fields->failed; i++) {
		struct field count = field_of(json_array_get(list, i));

		runs[i] = count.bits;
		if (count.kind != FIELD_NUMBER || count.negative)
			fields_fail_at(fields, "resident_runs", i, json_array_get(list, i), "a number of pages");
	}
	call->has |= HAS_RUNS;
}

/* What mincore told. */
static void parse_mincore(struct parser *parser, struct record_call *call)
{
	if (fields_has(&parser->fields, "resident")) {
		call->has |= HAS_RESIDENT;
		call->resident = fields_u64(&parser->fields, "resident");
	}
	if (fields_has(&parser->fields, "resident_runs"))
		parse_runs(parser, call);
}

/* Fields that only some calls have and that were known before the call. */
static void parse_extras(struct parser *parser, struct record_call *call)
{
	struct fields *fields = &parser->fields;

	if (fields_has(fields, "old")) {
		call->has |= HAS_OLD;
		call->old = fields_addr(fields, "old");
	}
	if (fields_has(fields, "fdkind"))
		parse_file(fields, call);
	if (fields_has(fields, "size")) {
		call->has |= HAS_SIZE;
		call->size_bytes = fields_u64(fields, "size");
	}
	if (fields_has(fields, "soft"))
		parse_new_limit(fields, call);
	if (fields_has(fields, "child")) {
		call->has |= HAS_CHILD;
		call->child = fields_i32(fields, "child");
	}
	if (fields_has(fields, "target") && call->call == CALL_process_madvise) {
		call->has |= HAS_TARGET;
		call->target = fields_i32(fields, "target");
	}
	if (fields_has(fields, "iov"))
		parse_vector(parser, call);
	if (fields_has(fields, "path"))
		call->path = fields_text(fields, "path");
}

static int parse_name(struct parser *parser)
{
	size_t length;
	const char *text = fields_word(&parser->fields, "call", &length);

	return names_find(&parser->calls, text, length);
}

/* Reads the fields in the order in which the shim writes them, which is quickest; any other order will do. */
void parse_call(struct parser *parser, struct record *record)
{
	struct fields *fields = &parser->fields;
	struct record_call *call = &record->call;
	int id;

	record->seq = fields_u64(fields, "seq");
	record->pid = fields_i32(fields, "pid");
	record->tid = fields_has(fields, "tid") ? fields_i32(fields, "tid") : record->pid;
	id = parse_name(parser);
	if (id < 0) {
		record->type = RECORD_OTHER;
		return;
	}
	call->call = (enum call_id)id;
	for (int i = 0; i < call_table[id].nargs; i++)
		call->arg[i] = parse_arg(fields, &call_table[id].arg[i]);
	if (fields_has(fields, "stack"))
		call->stack = fields_u32(fields, "stack");
	call->via = parse_via(fields);
	parse_extras(parser, call);
	record->t_ns = fields_u64(fields, "t");
	if (fields_has(fields, "ret"))
		parse_result(parser, call);
	else
		parse_no_result(fields, call);
	parse_lock_limit(fields, call);
	if (call->call == CALL_mincore)
		parse_mincore(parser, call);
	if (fields_has(fields, "looked") && fields_bool(fields, "looked"))
		call->has |= HAS_LOOKED;
	if (fields_has(fields, "overlap") && fields_bool(fields, "overlap"))
		call->has |= HAS_OVERLAP;
}
