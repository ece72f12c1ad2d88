#include "doc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../report/text.h"
#include "../util/alloc.h"
#include "../util/nearest.h"

/* Objects keep the order of the text (since 2.8), which is how place_find() counts members. */
_Static_assert(JANSSON_VERSION_HEX >= 0x020800, "members in order");

#define NAMES_MAX 128	/* that are looked through for the one that was meant */

/* ---- faults ---- */

/* "allow[2].reason" */
static void put_way(struct text *text, const struct doc *doc)
{
	for (unsigned i = 0; i < doc->depth; i++) {
		if (!doc->step[i].key) {
			text_printf(text, "[%zu]", doc->step[i].index);
			continue;
		}
		text_put(text, i ? "." : "");
		text_safe(text, doc->step[i].key);
	}
	text_put(text, doc->depth ? ": " : "");
}

/* What stands there, in few words: a long string is cut. */
static void put_found(struct text *text, json_t *value)
{
	char start[48];

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		text_put(text, json_object_size(value) ? "an object" : "an empty object");
		break;
	case JSON_ARRAY:
		text_put(text, json_array_size(value) ? "an array" : "an empty array");
		break;
	case JSON_STRING:
		snprintf(start, sizeof(start), "%s", json_string_value(value));
		text_quoted(text, start);
		text_put(text, json_string_length(value) >= sizeof(start) ? "..." : "");
		break;
	case JSON_INTEGER:
		text_printf(text, "%lld", (long long)json_integer_value(value));
		break;
	case JSON_REAL:
		text_printf(text, "%g", json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		text_put(text, json_is_true(value) ? "true" : "false");
		break;
	case JSON_NULL:
		text_put(text, "null");
		break;
	}
}

int doc_fail(struct doc *doc, json_t *found, const char *format, ...)
{
	const struct place place = place_find(doc->bytes, doc->length, doc->step, doc->depth);
	struct text text = { 0 };
	char said[320];
	va_list ap;

	va_start(ap, format);
	vsnprintf(said, sizeof(said), format, ap);
	va_end(ap);
	put_way(&text, doc);
	text_put(&text, said);
	if (found) {
		text_put(&text, ", found ");
		put_found(&text, found);
	}
	err_set(doc->err, -EINVAL, "%s:%u:%u: %s", doc->name, place.line, place.column, text_read(&text));
	text_free(&text);
	return -EINVAL;
}

static void put_names(struct text *text, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		text_printf(text, "%s%s", !i ? "" : names[i + 1] ? ", " : " or ", names[i]);
}

int doc_no_name(struct doc *doc, const char *what, const char *typed, const char *const *names, const char *see)
{
	const char *nearest = nearest_name(typed, names);
	struct text text = { 0 };
	char start[48];
	int code;

	snprintf(start, sizeof(start), "%s", typed);
	text_printf(&text, "no %s ", what);
	text_quoted(&text, start);
	if (nearest) {
		text_printf(&text, "; did you mean \"%s\"?", nearest);
	} else if (see) {
		text_printf(&text, "; %s", see);
	} else {
		text_put(&text, "; expected ");
		put_names(&text, names);
	}
	code = doc_fail(doc, NULL, "%s", text_read(&text));
	text_free(&text);
	return code;
}

/* ---- the whole ---- */

int doc_open(struct doc *doc, const char *bytes, size_t length, size_t most, const char *name, struct err *err)
{
	json_error_t error;
	struct text said = { 0 };

	*doc = (struct doc){ .name = name, .bytes = bytes, .length = length, .err = err };
	if (length > most)
		return err_set(err, -EINVAL, "%s: %zu bytes; expected at most %zu", name, length, most);
	doc->root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
	if (doc->root)
		return 0;
	text_safe(&said, error.text);
	err_set(err, -EINVAL, "%s:%d:%d: not JSON: %s", name, error.line > 0 ? error.line : 1,
		error.column > 0 ? error.column : 1, text_read(&said));
	text_free(&said);
	return -EINVAL;
}

void doc_close(struct doc *doc)
{
	json_decref(doc->root);
	doc->root = NULL;
}

void doc_enter_key(struct doc *doc, const char *key, size_t index)
{
	doc->step[doc->depth++] = (struct place_step){ key, index, false };
}

void doc_enter_index(struct doc *doc, size_t index)
{
	doc->step[doc->depth++] = (struct place_step){ NULL, index, false };
}

void doc_leave(struct doc *doc)
{
	doc->depth--;
}

/* ---- objects and arrays ---- */

static int unknown_key(struct doc *doc, const char *key, const struct doc_member *members)
{
	const char *names[NAMES_MAX + 1] = { NULL };

	for (size_t i = 0; i < NAMES_MAX && members[i].key; i++)
		names[i] = members[i].key;
	doc->step[doc->depth - 1].at_key = true;
	return doc_no_name(doc, "key", key, names, NULL);
}

static int read_member(struct doc *doc, const char *key, json_t *value, const struct doc_member *members,
		       void *into)
{
	for (; members->key; members++)
		if (!strcmp(members->key, key))
			return members->read(doc, value, into);
	return 1;
}

int doc_object(struct doc *doc, json_t *value, const struct doc_member *members, const char *what, void *into)
{
	const char *key;
	json_t *at;
	size_t index = 0;
	int code = 0;

	if (!json_is_object(value))
		return doc_fail(doc, value, "expected %s, an object", what);
	json_object_foreach(value, key, at) {
		doc_enter_key(doc, key, index++);
		code = read_member(doc, key, at, members, into);
		if (code > 0)
			code = unknown_key(doc, key, members);
		if (code)
			return code;
		doc_leave(doc);
	}
	for (; members->key; members++)
		if (members->required && !json_object_get(value, members->key))
			return doc_fail(doc, NULL, "expected %s to have \"%s\"", what, members->key);
	return 0;
}

int doc_array(struct doc *doc, json_t *value, size_t most, const char *what,
	      int (*read)(struct doc *doc, json_t *value, void *into), void *into)
{
	json_t *at;
	size_t index;
	int code;

	if (!json_is_array(value))
		return doc_fail(doc, value, "expected %s, an array", what);
	if (json_array_size(value) > most)
		return doc_fail(doc, NULL, "expected at most %zu elements, found %zu", most, json_array_size(value));
	json_array_foreach(value, index, at) {
		doc_enter_index(doc, index);
		code = read(doc, at, into);
		if (code)
			return code;
		doc_leave(doc);
	}
	return 0;
}

int doc_strings(struct doc *doc, json_t *value, size_t most, const char *what,
		int (*read)(struct doc *doc, json_t *value, void *into), void *into)
{
	if (json_is_string(value))
		return read(doc, value, into);
	if (json_is_array(value) && !json_array_size(value))
		return doc_fail(doc, value, "expected %s", what);
	return doc_array(doc, value, most, what, read, into);
}

/* ---- single values ---- */

int doc_text(struct doc *doc, json_t *value, const char *expected, char **into)
{
	const char *text = json_string_value(value);

	if (!text || !text[strspn(text, " \t\r\n")])
		return doc_fail(doc, value, "expected %s", expected);
	*into = alloc_copy(text, json_string_length(value));
	return 0;
}

int doc_choice(struct doc *doc, json_t *value, const char *const *names, unsigned *into)
{
	const char *text = json_string_value(value);
	struct text list = { 0 };
	int code;

	for (unsigned i = 0; text && names[i]; i++) {
		if (strcmp(names[i], text))
			continue;
		*into = i;
		return 0;
	}
	put_names(&list, names);
	code = doc_fail(doc, value, "expected %s", text_read(&list));
	text_free(&list);
	return code;
}

int doc_number(struct doc *doc, json_t *value, const char *expected, uint64_t *into)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return doc_fail(doc, value, "expected %s", expected);
	*into = (uint64_t)json_integer_value(value);
	return 0;
}
