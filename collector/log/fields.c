#include "fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 40 /* bytes of a wrong value that a message repeats */

/* Logs are untrusted and messages go to terminals: anything but plain ASCII is shown as a dot. */
static void show_text(char *out, size_t size, const char *text, size_t length)
{
	size_t n = length < SHOWN ? length : SHOWN;
	char shown[SHOWN + 1];

	for (size_t i = 0; i < n; i++)
		shown[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '.';
	shown[n] = '\0';
	snprintf(out, size, "\"%s%s\"", shown, n < length ? "..." : "");
}

static void show_field(char *out, size_t size, const struct field *field)
{
	static const char *const word[] = {
		[FIELD_TRUE] = "true", [FIELD_FALSE] = "false", [FIELD_NULL] = "null", [FIELD_REAL] = "a fraction",
		[FIELD_LIST] = "an array", [FIELD_OBJECT] = "an object",
	};

	if (field->kind == FIELD_TEXT)
		show_text(out, size, field->text, field->length);
	else if (field->kind == FIELD_NUMBER && field->negative)
		snprintf(out, size, "%" PRId64, (int64_t)field->bits);
	else if (field->kind == FIELD_NUMBER)
		snprintf(out, size, "%" PRIu64, field->bits);
	else
		snprintf(out, size, "%s", word[field->kind]);
}

void fields_refuse(struct fields *fields, const char *format, ...)
{
	char text[320], where[64] = "";
	va_list ap;

	if (fields->failed)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (fields->parent && fields->index == FIELDS_ALONE)
		snprintf(where, sizeof(where), "\"%s\": ", fields->parent);
	else if (fields->parent)
		snprintf(where, sizeof(where), "\"%s\"[%zu]: ", fields->parent, fields->index);
	fields->failed = err_set(fields->err, -EINVAL, "%s%s%s%s", fields->type, fields->type[0] ? ": " : "", where,
				 text);
}

void fields_fail(struct fields *fields, const char *name, const struct field *held, const char *expected)
{
	char shown[SHOWN + 8];

	show_field(shown, sizeof(shown), held);
	fields_refuse(fields, "\"%s\" is %s, expected %s", name, shown, expected);
}

void fields_fail_at(struct fields *fields, const char *name, size_t index, json_t *held, const char *expected)
{
	struct field field = field_of(held);
	char shown[SHOWN + 8];

	show_field(shown, sizeof(shown), &field);
	fields_refuse(fields, "\"%s\"[%zu] is %s, expected %s", name, index, shown, expected);
}

/* A text that begins with a NUL byte is a number jansson cannot hold: see load.c. */
static void text_of(json_t *json, struct field *field)
{
	field->text = json_string_value(json);
	field->length = json_string_length(json);
	if (field->length && !field->text[0]) {
		field->kind = FIELD_NUMBER;
		field->bits = strtoull(field->text + 1, NULL, 10);
	}
}

struct field field_of(json_t *json)
{
	static const enum field_kind kind[] = {
		[JSON_OBJECT] = FIELD_OBJECT, [JSON_ARRAY] = FIELD_LIST, [JSON_STRING] = FIELD_TEXT,
		[JSON_INTEGER] = FIELD_NUMBER, [JSON_REAL] = FIELD_REAL, [JSON_TRUE] = FIELD_TRUE,
		[JSON_FALSE] = FIELD_FALSE, [JSON_NULL] = FIELD_NULL,
	};
	struct field field = { .kind = kind[json_typeof(json)], .json = json };

	if (field.kind == FIELD_TEXT) {
		text_of(json, &field);
	} else if (field.kind == FIELD_NUMBER) {
		field.bits = (uint64_t)json_integer_value(json);
		field.negative = json_integer_value(json) < 0;
	}
	return field;
}

/* Keys are a few letters: a loop is quicker than the calls of strlen() and memcmp(). */
static inline bool key_is(const struct field_item *item, const char *name)
{
	for (size_t i = 0; i < item->key_length; i++)
		if (item->key[i] != name[i])
			return false;
	return !name[item->key_length];
}

/* Writers keep an order, so the field asked for is nearly always the one after the last. */
static struct field_item *find_item(struct fields *fields, const char *name)
{
	if (fields->taken == fields->count || !(fields->keys & fields_key_bit(name[0], name[0] ? name[1] : 0)))
		return NULL;
	for (size_t n = 0, i = fields->cursor; n < fields->count; n++, i++) {
		if (i >= fields->count)
			i = 0;
		if (!key_is(&fields->item[i], name))
			continue;
		fields->cursor = i;
		return &fields->item[i];
	}
	return NULL;
}

bool fields_has(struct fields *fields, const char *name)
{
	if (fields->object)
		return json_object_get(fields->object, name) != NULL;
	return find_item(fields, name) != NULL;
}

/* Copies the field out; a missing one is a failure. */
static bool take(struct fields *fields, const char *name, struct field *field)
{
	json_t *json = fields->object ? json_object_get(fields->object, name) : NULL;
	struct field_item *item = fields->object ? NULL : find_item(fields, name);

	if (json) {
		*field = field_of(json);
		return true;
	}
	if (item) {
		*field = item->value;
		fields->taken += !item->taken;
		item->taken = true;
		fields->cursor++;
		return true;
	}
	fields_refuse(fields, "\"%s\" is missing", name);
	return false;
}

static bool take_number(struct fields *fields, const char *name, struct field *field, const char *expected)
{
	if (!take(fields, name, field))
		return false;
	if (field->kind == FIELD_NUMBER)
		return true;
	fields_fail(fields, name, field, expected);
	return false;
}

static uint64_t take_unsigned(struct fields *fields, const char *name, uint64_t max, const char *expected)
{
	struct field field;

	if (!take_number(fields, name, &field, "a number"))
		return 0;
	if (!field.negative && field.bits <= max)
		return field.bits;
	fields_fail(fields, name, &field, expected);
	return 0;
}

static int64_t take_signed(struct fields *fields, const char *name, int64_t min, int64_t max, const char *expected)
{
	struct field field;

	if (!take_number(fields, name, &field, "a number"))
		return 0;
	if (field.negative ? (int64_t)field.bits >= min : field.bits <= (uint64_t)max)
		return (int64_t)field.bits;
	fields_fail(fields, name, &field, expected);
	return 0;
}

uint64_t fields_u64(struct fields *fields, const char *name)
{
	return take_unsigned(fields, name, UINT64_MAX, "a number from 0");
}

uint32_t fields_u32(struct fields *fields, const char *name)
{
	return (uint32_t)take_unsigned(fields, name, UINT32_MAX, "a number from 0 to 4294967295");
}

int64_t fields_i64(struct fields *fields, const char *name)
{
	return take_signed(fields, name, INT64_MIN, INT64_MAX, "a signed 64-bit number");
}

int32_t fields_i32(struct fields *fields, const char *name)
{
	return (int32_t)take_signed(fields, name, INT32_MIN, INT32_MAX, "a signed 32-bit number");
}

uint64_t fields_limit(struct fields *fields, const char *name)
{
	struct field field;

	if (!take_number(fields, name, &field, "a number of bytes, or -1 for unlimited"))
		return 0;
	if (!field.negative || field.bits == UINT64_MAX)
		return field.bits;
	fields_fail(fields, name, &field, "a number of bytes, or -1 for unlimited");
	return 0;
}

const int8_t hex_digits[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['a'] = 11, 12, 13, 14, 15, 16, ['A'] = 11, 12, 13, 14, 15, 16,
};

bool field_addr(const struct field *field, uint64_t *value)
{
	uint64_t bits = 0;

	if (field->kind != FIELD_TEXT || field->length < 3 || field->length > 18 || field->text[0] != '0' ||
	    field->text[1] != 'x')
		return false;
	for (size_t i = 2; i < field->length; i++) {
		int digit = hex_digit(field->text[i]);

		if (digit < 0)
			return false;
		bits = bits << 4 | (uint64_t)digit;
	}
	*value = bits;
	return true;
}

uint64_t fields_addr(struct fields *fields, const char *name)
{
	struct field field;
	uint64_t value = 0;

	if (take(fields, name, &field) && !field_addr(&field, &value))
		fields_fail(fields, name, &field, "an address like \"0x7f10\"");
	return value;
}

int64_t fields_result(struct fields *fields, const char *name)
{
	struct field field;
	uint64_t value = 0;

	if (!take(fields, name, &field))
		return 0;
	if (field.kind == FIELD_NUMBER && (field.negative || field.bits <= INT64_MAX))
		return (int64_t)field.bits;
	if (!field_addr(&field, &value))
		fields_fail(fields, name, &field, "a number, or an address like \"0x7f10\"");
	return (int64_t)value;
}

bool fields_bool(struct fields *fields, const char *name)
{
	struct field field;

	if (!take(fields, name, &field))
		return false;
	if (field.kind != FIELD_TRUE && field.kind != FIELD_FALSE)
		fields_fail(fields, name, &field, "true or false");
	return field.kind == FIELD_TRUE;
}

static bool take_text(struct fields *fields, const char *name, struct field *field)
{
	if (!take(fields, name, field))
		return false;
	if (field->kind == FIELD_TEXT)
		return true;
	fields_fail(fields, name, field, "a string");
	return false;
}

const char *fields_text(struct fields *fields, const char *name)
{
	struct field field;
	char *copy;

	if (!take_text(fields, name, &field))
		return NULL;
	if (field.json || (field.text >= fields->room && field.text < fields->room + fields->room_used))
		return field.text;
	copy = fields->room + fields->room_used;
	memcpy(copy, field.text, field.length);
	copy[field.length] = '\0';
	fields->room_used += field.length + 1;
	fields->item[fields->cursor - 1].value.text = copy; /* read again, it takes no more room */
	return copy;
}

const char *fields_word(struct fields *fields, const char *name, size_t *length)
{
	struct field field;

	*length = 0;
	if (!take_text(fields, name, &field))
		return "";
	*length = field.length;
	return field.text;
}

struct field fields_any(struct fields *fields, const char *name)
{
	struct field field = { .kind = FIELD_NULL };

	take(fields, name, &field);
	return field;
}

json_t *fields_list(struct fields *fields, const char *name)
{
	struct field field;

	if (!take(fields, name, &field))
		return NULL;
	if (field.kind == FIELD_LIST)
		return field.json;
	fields_fail(fields, name, &field, "an array");
	return NULL;
}

void fields_enter(struct fields *fields, const struct fields *parent, const char *name, size_t index, json_t *object)
{
	fields->type = parent->type;
	fields->parent = name;
	fields->index = index;
	fields->err = parent->err;
	fields->failed = parent->failed;
	fields->object = object;
}

void fields_leave(struct fields *parent, const struct fields *fields)
{
	parent->failed = fields->failed;
}
