#include "anonymize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "edit.h"
#include "fields.h"
#include "pseudonyms.h"

struct anonymizer {
	unsigned keep;
	struct pseudonyms *names;
	const struct call_desc *call;	/* the record at hand is one of it */
};

/* What may stand in the place of a value: a new reference, or NULL to leave the field out. */
typedef json_t *rule_fn(struct anonymizer *anonymizer, json_t *value);

/* The fields of one kind of object. */
struct row {
	rule_fn *rule;
	const char *fields;	/* names, a blank before and after each */
};

static json_t *take_fields(struct anonymizer *anonymizer, const struct row *rows, json_t *object);

/* ---- what says nothing about anybody ---- */

static bool consists_of(const char *text, const char *letters, size_t most)
{
	size_t length = strlen(text);

	return length <= most && strspn(text, letters) == length;
}

/* Numbers, truth values and addresses, and lists of them. */
static bool is_plain(json_t *value)
{
	struct field field = field_of(value);
	uint64_t address;

	if (field.kind == FIELD_LIST) {
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!is_plain(json_array_get(value, i)))
				return false;
		return true;
	}
	return field.kind != FIELD_OBJECT && (field.kind != FIELD_TEXT || field_addr(&field, &address));
}

static json_t *plain(struct anonymizer *anonymizer, json_t *value)
{
	(void)anonymizer;
	return is_plain(value) ? json_incref(value) : NULL;
}

/* {"memlock":[1,2]}, {"by_via":{"plt":3}} */
static json_t *counts(struct anonymizer *anonymizer, json_t *value)
{
	json_t *copy = json_is_object(value) ? json_object() : NULL, *member;
	const char *key;

	if (!copy)
		return plain(anonymizer, value);
	json_object_foreach(value, key, member)
		if (consists_of(key, "abcdefghijklmnopqrstuvwxyz_", 24))
			json_object_set_new(copy, key, counts(anonymizer, member));
	return copy;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static json_t *text_of(json_t *value, const char *letters, size_t most)
{
	return json_is_string(value) && consists_of(json_string_value(value), letters, most) ? json_incref(value) : NULL;
}

/* "exec", "ENOMEM", "munmap", "CLOCK_MONOTONIC": names of ours and the kernel's. */
static json_t *word(struct anonymizer *anonymizer, json_t *value)
{
	return json_is_string(value) ? text_of(value, LOWER UPPER "_-", 24) : plain(anonymizer, value);
}

/* "rw-p", "rd wr mr", "ring full" */
static json_t *words(struct anonymizer *anonymizer, json_t *value)
{
	(void)anonymizer;
	return text_of(value, LOWER " ?-", 160);
}

/* What the tracer says of a record, in words of its own. */
static json_t *sentence(struct anonymizer *anonymizer, json_t *value)
{
	(void)anonymizer;
	return text_of(value, LOWER UPPER "_ ,.:;'-", 160);
}

static json_t *build_id(struct anonymizer *anonymizer, json_t *value)
{
	(void)anonymizer;
	return text_of(value, "0123456789abcdefABCDEF", 128);
}

/* "6.18.44-cloud-amd64" to "6.18": rules differ by version. */
static json_t *kernel(struct anonymizer *anonymizer, json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";
	size_t major = strspn(text, "0123456789"), minor;

	(void)anonymizer;
	if (!major || major > 3 || text[major] != '.')
		return NULL;
	minor = strspn(text + major + 1, "0123456789");
	return minor && minor <= 3 ? json_stringn(text, major + 1 + minor) : NULL;
}

static json_t *tool(struct anonymizer *anonymizer, json_t *value)
{
	(void)anonymizer;
	return text_of(value, LOWER UPPER " .-", 64);
}

static json_t *list_of(struct anonymizer *anonymizer, json_t *value, rule_fn *rule)
{
	json_t *copy = json_is_array(value) ? json_array() : NULL;

	for (size_t i = 0; copy && i < json_array_size(value); i++) {
		json_t *element = rule(anonymizer, json_array_get(value, i));

		if (element)
			json_array_append_new(copy, element);
	}
	return copy;
}

static json_t *word_list(struct anonymizer *anonymizer, json_t *value)
{
	return list_of(anonymizer, value, word);
}

/* Runs of pages, each like ["0x7f00",2,"swapped"]. */
static json_t *run_list(struct anonymizer *anonymizer, json_t *value)
{
	return list_of(anonymizer, value, word_list);
}

/* ---- what is replaced ---- */

static json_t *owned(char *text)
{
	json_t *json = json_string(text);

	free(text);
	return json;
}

static json_t *path(struct anonymizer *anonymizer, json_t *value)
{
	return json_is_string(value) ? owned(pseudonyms_path(anonymizer->names, json_string_value(value))) : NULL;
}

/* "libc.so.6", "ld.so": preload/sites.c */
static json_t *object_name(struct anonymizer *anonymizer, json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";

	if (!strncmp(text, "libc.so.", 8) || !strcmp(text, "ld.so"))
		return text_of(value, LOWER ".", 16);
	return path(anonymizer, value);
}

static json_t *label(struct anonymizer *anonymizer, json_t *value)
{
	if (!json_is_string(value) || anonymizer->keep & ANONYMIZE_MARKS)
		return json_is_string(value) ? json_incref(value) : NULL;
	return owned(pseudonyms_label(anonymizer->names, json_string_value(value)));
}

/* ---- names of functions ---- */

static json_t *as_it_is(struct anonymizer *anonymizer, json_t *value)
{
	(void)anonymizer;
	return json_is_string(value) ? json_incref(value) : NULL;
}

static json_t *last_part(struct anonymizer *anonymizer, json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : NULL;
	const char *slash = text ? strrchr(text, '/') : NULL;

	(void)anonymizer;
	return slash ? json_string(slash + 1) : text ? json_incref(value) : NULL;
}

static const struct row name_rows[] = {
	{ as_it_is, " function " }, { plain, " in line inlined " }, { last_part, " file " }, { 0 },
};

static json_t *name(struct anonymizer *anonymizer, json_t *value)
{
	return take_fields(anonymizer, name_rows, value);
}

static json_t *frame_names(struct anonymizer *anonymizer, json_t *value)
{
	return json_is_array(value) ? list_of(anonymizer, value, name) : json_null();
}

static json_t *names(struct anonymizer *anonymizer, json_t *value)
{
	return anonymizer->keep & ANONYMIZE_NAMES ? list_of(anonymizer, value, frame_names) : NULL;
}

/* ---- records ---- */

static const struct row range_rows[] = {
	{ plain, " start end offset dev ino guard zero listed " }, { words, " perms vmflags kind " }, { path, " path " }, { 0 },
};
static const struct row difference_rows[] = { { plain, " start end " }, { words, " model kernel " }, { 0 } };

static json_t *range(struct anonymizer *anonymizer, json_t *value)
{
	return take_fields(anonymizer, range_rows, value);
}

static json_t *range_list(struct anonymizer *anonymizer, json_t *value)
{
	return list_of(anonymizer, value, range);
}

static json_t *difference(struct anonymizer *anonymizer, json_t *value)
{
	return take_fields(anonymizer, difference_rows, value);
}

static json_t *difference_list(struct anonymizer *anonymizer, json_t *value)
{
	return list_of(anonymizer, value, difference);
}

#define ORIGIN { word, " type " }, { plain, " seq pid tid t " }

static const struct row rows[][8] = {
	[RECORD_HEADER] = {
		{ word, " type arch clock " }, { tool, " tool " }, { kernel, " kernel " },
		{ plain, " version page_size start_ns max_map_count part " },
	},
	[RECORD_PROCESS] = { ORIGIN, { word, " event " }, { plain, " ppid key cap_ipc_lock mdwe merge_any status " },
			     { path, " exe " }, { counts, " limits carried " } },
	[RECORD_MODULE] = { ORIGIN, { plain, " id key base start end " }, { path, " path " }, { build_id, " build_id " } },
	[RECORD_SNAPSHOT] = { ORIGIN, { word, " why " }, { plain, " part last from to vmlck " },
			      { range_list, " ranges " } },
	[RECORD_STACK] = { ORIGIN, { plain, " id frames truncated guessed " }, { names, " names " } },
	[RECORD_CALL] = {
		ORIGIN, { word, " call via errno fdkind access " }, { path, " path " },
		{ plain, " stack dur ret unfinished old dev ino seals noexec limit cap vmlck size soft hard child target iov iov_cut"
			 " resident resident_runs resident_cut looked overlap " },
	},
	[RECORD_MARK] = { ORIGIN, { plain, " stack " }, { label, " label " } },
	[RECORD_LOSS] = { ORIGIN, { plain, " count " }, { words, " why " } },
	[RECORD_NOTE] = {
		ORIGIN, { word, " what errno " }, { sentence, " text " }, { path, " path " }, { object_name, " object " },
		{ word_list, " calls " }, { plain, " found rewritten off seqs start end child rules " },
	},
	[RECORD_CHECK] = { ORIGIN, { word, " why unread " }, { plain, " threads pages differ unsettled " },
			   { difference_list, " ranges " }, { counts, " vmlck " } },
	[RECORD_RESIDENCY] = { ORIGIN, { word, " why unread " }, { plain, " part from to last cut " },
			       { run_list, " resident " } },
	[RECORD_TRAILER] = {
		ORIGIN, { counts, " coverage " },
		{ plain, " calls unfinished losses processes stacks modules marks snapshots lines checks checked_pages differing_pages"
			 " complete " },
	},
};

static rule_fn *find_rule(const struct row *of, const char *field)
{
	char wanted[40];

	if (snprintf(wanted, sizeof(wanted), " %s ", field) >= (int)sizeof(wanted) || strchr(field, ' '))
		return NULL;
	for (; of->rule; of++)
		if (strstr(of->fields, wanted))
			return of->rule;
	return NULL;
}

/* Numbers and addresses, named by calls.def. */
static bool is_argument(const struct call_desc *call, const char *field)
{
	for (int i = 0; call && i < call->nargs; i++)
		if (!strcmp(call->arg[i].name, field))
			return true;
	return false;
}

static json_t *take_fields(struct anonymizer *anonymizer, const struct row *of, json_t *object)
{
	json_t *copy = json_is_object(object) ? json_object() : NULL, *value;
	const char *key;

	if (!copy)
		return NULL;
	json_object_foreach(object, key, value) {
		rule_fn *rule = is_argument(anonymizer->call, key) ? plain : find_rule(of, key);
		json_t *instead = rule ? rule(anonymizer, value) : NULL;

		if (instead)
			json_object_set_new(copy, key, instead);
	}
	return copy;
}

struct anonymizer *anonymizer_new(unsigned keep)
{
	struct anonymizer *anonymizer = alloc_zero(1, sizeof(*anonymizer));

	anonymizer->keep = keep;
	anonymizer->names = pseudonyms_new();
	return anonymizer;
}

void anonymizer_free(struct anonymizer *anonymizer)
{
	if (!anonymizer)
		return;
	pseudonyms_free(anonymizer->names);
	free(anonymizer);
}

void anonymizer_learn(struct anonymizer *anonymizer, const struct record *record)
{
	const char *shown = record->type == RECORD_MODULE ? record->module.path :
			    record->type == RECORD_PROCESS ? record->process.exe : NULL;

	if (shown && anonymizer->keep & ANONYMIZE_MODULES)
		pseudonyms_show(anonymizer->names, shown);
}

/* A record of a type, or a call, that is not known here says nothing to anybody who could read the new log. */
int anonymizer_rewrite(void *arg, const struct record *record, struct rewrite_line *line, struct err *err)
{
	struct anonymizer *anonymizer = arg;
	json_t *copy;
	int rc = edit_load(line, err);

	if (rc)
		return rc;
	if (record->type == RECORD_OTHER)
		return REWRITE_DROP;
	anonymizer->call = record->type == RECORD_CALL ? &call_table[record->call.call] : NULL;
	copy = take_fields(anonymizer, rows[record->type], line->object);
	json_decref(line->object);
	line->object = copy;
	return REWRITE_CHANGED;
}
