/*
 * fields.h - the fields of one JSON object, read by name.
 *
 * Two sources stand behind the same readers: the scanner (scan.c: keys and values still lying in the line) and jansson
 * (load.c).  So the meaning of a record is written once, whichever way its line was read.
 *
 * The first reader that fails writes the message and sets failed; the readers after it do nothing of consequence.  A
 * parser reads all it wants and looks at failed at the end.
 */
#ifndef PAGETRAIL_FIELDS_H
#define PAGETRAIL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../util/err.h"
#include "../vm/record.h"

#define FIELDS_ALONE SIZE_MAX
#define FIELDS_MAX 48	/* of a line the scanner keeps; a mapping of a file, the longest call, has 22 */

enum field_kind {
	FIELD_NUMBER, FIELD_TEXT, FIELD_TRUE, FIELD_FALSE, FIELD_NULL, FIELD_REAL, FIELD_LIST, FIELD_OBJECT
};

struct field {
	enum field_kind kind;
	bool negative;		/* FIELD_NUMBER below zero */
	uint64_t bits;		/* FIELD_NUMBER, two's complement */
	const char *text;	/* FIELD_TEXT, length bytes; NUL-terminated if it comes from jansson */
	size_t length;
	json_t *json;		/* what jansson read; NULL from the scanner */
};

/* "len":64 as the scanner leaves it */
struct field_item {
	const char *key;
	uint32_t key_length;
	bool taken;
	struct field value;
};

struct fields {
	const char *type;	/* for messages: the record's type, "" while it is unknown */
	const char *parent;	/* for messages: the record's field this object was found in, NULL: it is the record */
	size_t index;		/* for messages: in the array parent, or FIELDS_ALONE */
	struct err *err;
	int failed;		/* 0 or -EINVAL: err says why */

	json_t *object;		/* the source, or NULL: the items are */
	char *room;		/* where texts of the scanner are copied to be terminated */
	size_t room_used;	/* never above the line's length: each text is shorter than its quoted form */

	size_t count, taken, cursor;
	uint64_t keys;		/* one bit for each fields_key_bit() that occurs */
	struct field_item item[FIELDS_MAX];
};

/*
 * fields_key_bit - a small hash of a key, to see quickly that a key is not there
 * @first, @second: its first two letters, 0 where there is none
 */
static inline uint64_t fields_key_bit(char first, char second)
{
	return 1ull << (((unsigned char)first + 42u * (unsigned char)second) & 63);
}

/*
 * fields_has - is there a field of this name, of whatever kind
 */
bool fields_has(struct fields *fields, const char *name);

/*
 * fields_u64, ... - the number in a field that must be there, within the type's range
 *
 * fields_addr wants a hex string ("0x7f10"); fields_limit a number >= 0, or -1 which becomes UINT64_MAX: unlimited.
 * Return: the value; 0 after a failure.
 */
uint64_t fields_u64(struct fields *fields, const char *name);
uint32_t fields_u32(struct fields *fields, const char *name);
int64_t fields_i64(struct fields *fields, const char *name);
int32_t fields_i32(struct fields *fields, const char *name);
uint64_t fields_addr(struct fields *fields, const char *name);
uint64_t fields_limit(struct fields *fields, const char *name);
bool fields_bool(struct fields *fields, const char *name);

/*
 * fields_text - the string in a field that must be there, NUL-terminated; NULL after a failure
 */
const char *fields_text(struct fields *fields, const char *name);

/*
 * fields_word - the string in a field that must be there, where it lies, not terminated
 *
 * Return: the bytes, *length of them; "" and 0 after a failure.
 */
const char *fields_word(struct fields *fields, const char *name, size_t *length);

/*
 * fields_result - a number, or an address in a hex string, as 64 bits
 */
int64_t fields_result(struct fields *fields, const char *name);

/*
 * fields_any - a field that must be there, whatever it holds; null after a failure
 */
struct field fields_any(struct fields *fields, const char *name);

/*
 * fields_list - the array in a field that must be there; NULL after a failure
 */
json_t *fields_list(struct fields *fields, const char *name);

/*
 * fields_enter - read an object inside @parent: the value of @name (FIELDS_ALONE), or element @index of that array
 *
 * Failures are passed back by fields_leave().
 */
void fields_enter(struct fields *fields, const struct fields *parent, const char *name, size_t index, json_t *object);
void fields_leave(struct fields *parent, const struct fields *fields);

/*
 * fields_fail - the message for a field that holds something else than @expected: type: "name" is HELD, expected ...
 */
void fields_fail(struct fields *fields, const char *name, const struct field *held, const char *expected);

/*
 * fields_fail_at - the same for element @index of the array @name
 */
void fields_fail_at(struct fields *fields, const char *name, size_t index, json_t *held, const char *expected);

/*
 * fields_refuse - a message of the caller's own, after "type: "
 */
void fields_refuse(struct fields *fields, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * field_of - what jansson read, as a field
 */
struct field field_of(json_t *json);

/* One more than the value of a hexadecimal digit; 0: it is none. */
extern const int8_t hex_digits[256];

static inline int hex_digit(char c)
{
	return hex_digits[(unsigned char)c] - 1;
}

/*
 * field_addr - is this field a hex string of up to 64 bits
 */
bool field_addr(const struct field *field, uint64_t *value);

#endif
