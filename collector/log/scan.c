/*
 * scan.c - one pass over a flat JSON object, without copying.
 *
 * Every step takes the cursor and the end, and gives the cursor back or NULL: not plain.  There is no error here and no
 * message: a line that is not plain goes to jansson, which accepts it or says what is wrong with it.
 */
#include "scan.h"

#include <string.h>

const bool scan_plain[256] = {
	[' '] = true, ['!'] = true, ['#' ... '['] = true, [']' ... 0x7f] = true,
};

static inline const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

static inline const char *expect(const char *p, const char *end, char c)
{
	p = skip_space(p, end);
	return p < end && *p == c ? p + 1 : NULL;
}

/* @p stands behind the opening quote; the result behind the closing one. */
static inline const char *scan_string(const char *p, const char *end, const char **text, size_t *length)
{
	*text = p;
	while (p < end && scan_plain[(unsigned char)*p])
		p++;
	if (p == end || *p != '"')
		return NULL;
	*length = (size_t)(p - *text);
	return p + 1;
}

/* 2^63 is the magnitude of the least negative number. */
static inline bool apply_sign(struct field *field, bool minus)
{
	if (!minus)
		return true;
	if (field->bits > (uint64_t)INT64_MAX + 1)
		return false;
	field->negative = field->bits != 0;
	field->bits = -field->bits;
	return true;
}

static inline const char *scan_number(const char *p, const char *end, struct field *field)
{
	bool minus = *p == '-';
	const char *first;
	uint64_t value = 0;

	first = p += minus;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (p - first < 19)
			value = value * 10 + (uint64_t)(*p - '0');
		else if (__builtin_mul_overflow(value, 10, &value) ||
			 __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return NULL;
	}
	if (p == first || (*first == '0' && p - first > 1))
		return NULL;
	field->kind = FIELD_NUMBER;
	field->negative = false;
	field->bits = value;
	return apply_sign(field, minus) ? p : NULL;
}

static const char *scan_name(const char *p, const char *end, struct field *field)
{
	static const struct { const char *text; size_t length; enum field_kind kind; } names[] = {
		{ "true", 4, FIELD_TRUE }, { "false", 5, FIELD_FALSE }, { "null", 4, FIELD_NULL },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((size_t)(end - p) < names[i].length || memcmp(p, names[i].text, names[i].length))
			continue;
		field->kind = names[i].kind;
		return p + names[i].length;
	}
	return NULL;
}

static inline const char *scan_value(const char *p, const char *end, struct field *field)
{
	p = skip_space(p, end);
	field->json = NULL;
	if (p == end)
		return NULL;
	if (*p == '"') {
		field->kind = FIELD_TEXT;
		return scan_string(p + 1, end, &field->text, &field->length);
	}
	if (*p == '-' || (*p >= '0' && *p <= '9'))
		return scan_number(p, end, field);
	return scan_name(p, end, field);
}

/* jansson refuses a key that occurs twice, so must we: which of the two would count is anybody's guess. */
static inline bool is_new_key(struct fields *fields, const struct field_item *item)
{
	size_t length = item->key_length;
	uint64_t bit = fields_key_bit(length ? item->key[0] : 0, length > 1 ? item->key[1] : 0);

	if (fields->keys & bit) {
		for (const struct field_item *other = fields->item; other < item; other++)
			if (other->key_length == length && !memcmp(other->key, item->key, length))
				return false;
	}
	fields->keys |= bit;
	return true;
}

static inline const char *scan_field(const char *p, const char *end, struct fields *fields)
{
	struct field_item *item = &fields->item[fields->count];
	size_t length;

	if (fields->count == FIELDS_MAX)
		return NULL;
	p = expect(p, end, '"');
	p = p ? scan_string(p, end, &item->key, &length) : NULL;
	p = p ? expect(p, end, ':') : NULL;
	p = p ? scan_value(p, end, &item->value) : NULL;
	if (!p)
		return NULL;
	item->key_length = (uint32_t)length;
	item->taken = false;
	if (!is_new_key(fields, item))
		return NULL;
	fields->count++;
	return p;
}

bool scan_object(const char *line, size_t length, struct fields *fields)
{
	const char *end = line + length, *p = expect(line, end, '{'), *close;

	fields->object = NULL;
	fields->count = fields->taken = fields->cursor = 0;
	fields->keys = 0;
	if (!p)
		return false;
	close = expect(p, end, '}');
	while (!close) {
		p = scan_field(p, end, fields);
		if (!p)
			return false;
		p = skip_space(p, end);
		if (p < end && *p == '}')
			close = p + 1;
		else if (p == end || *p++ != ',')
			return false;
	}
	return skip_space(close, end) == end;
}
